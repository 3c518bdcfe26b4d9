/** What differs in one node of a report: hunks, and their lines one below the other or side by side. */
import type { TextSegment } from '../diff/report/pairing/changed-words.ts'
import type { LineKind, Report, ReportHunk } from '../diff/report/types.ts'
import type { StoredDiffoscope } from '../diff/stored-diff.ts'
import type { DiffView } from '../resolvers/open-reports.ts'
import {
  type Page,
  pageOfLines,
  pageOfRows,
  type ShownLine,
  type ShownRow,
} from '../diff/report/pages.ts'
import { builder } from './builder.ts'
import {
  checkedPage,
  MAX_LINES,
  PageInfoType,
  pageArguments,
  pageCost,
  pageInfo,
  placePageArguments,
} from './page.ts'

/** Anything of a report carries the report, to read on, and how it was asked for. */
export interface InReport<T> {
  readonly view: DiffView<StoredDiffoscope>
  readonly report: Report
  readonly value: T
}

/** Relay's page information of a page within a report. */
export function infoOf({ items, hasNextPage, hasPreviousPage }: Page<unknown>) {
  return pageInfo(
    items.map(({ cursor }) => cursor),
    hasNextPage,
    hasPreviousPage,
  )
}

const DiffLineKind = builder.enumType('DiffLineKind', {
  description: 'What a line of a hunk is.',
  values: {
    CONTEXT: { value: 'context' as LineKind, description: 'It is on both sides.' },
    ADDED: { value: 'added' as LineKind, description: 'It is on the new side only.' },
    REMOVED: { value: 'removed' as LineKind, description: 'It is on the old side only.' },
    ELIDED: { value: 'elided' as LineKind, description: 'It stands for lines that the tool left out.' },
    NO_NEWLINE: {
      value: 'noNewline' as LineKind,
      description: 'The line before it does not end in a newline. Not among rows: see `DiffLine.noNewline`.',
    },
  },
})

const LineSegmentType = builder.objectRef<TextSegment>('LineSegment').implement({
  description: 'A piece of a line that changed.',
  fields: (t) => ({
    changed: t.exposeBoolean('changed', { description: 'Whether the other side has it otherwise, or not.' }),
    text: t.exposeString('text', { description: 'The piece. From a package: escape it.' }),
  }),
})

const DiffLineType = builder.objectRef<ShownLine>('DiffLine').implement({
  description: 'A line of a hunk.',
  fields: (t) => ({
    kind: t.field({ type: DiffLineKind, description: 'What it is.', resolve: ({ kind }) => kind }),
    position: t.exposeInt('position', {
      description: "Its place among the hunk's lines, from 0: for a link to it, and for `from` of `lines`.",
    }),
    oldNumber: t.exposeInt('oldNumber', {
      nullable: true,
      description: 'From 1; null where it is not on the old side.',
    }),
    newNumber: t.exposeInt('newNumber', {
      nullable: true,
      description: 'From 1; null where it is not on the new side.',
    }),
    text: t.exposeString('text', {
      description: 'Without its sign and newline, at most 10,000 characters. From a package: escape it.',
    }),
    textCut: t.exposeInt('textCut', { description: 'Characters of it that are not in `text`.' }),
    segments: t.field({
      type: [LineSegmentType],
      nullable: true,
      complexity: { field: 1, multiplier: 2 },
      description:
        '`text` in pieces, those marked that changed; null where the line is not one of a changed pair. `lines` pairs none in a block of more than 750 changed lines, `rows` does.',
      resolve: async (line) => {
        const segments = await line.segments()
        return segments && [...segments]
      },
    }),
    noNewline: t.exposeBoolean('noNewline', {
      description:
        'Of rows: the file ends behind it without a newline. `lines` has a line of its own for that.',
    }),
    elidedLines: t.exposeInt('elidedLines', {
      description: 'Of an ELIDED line: how many it stands for; else 0.',
    }),
  }),
})

interface LinePage extends Page<ShownLine> {
  readonly totalCount: number
}

const DiffLineConnectionType = builder.objectRef<LinePage>('DiffLineConnection').implement({
  description: 'A page of lines.',
  fields: (t) => ({
    nodes: t.field({
      type: [DiffLineType],
      description: 'In the order of the hunk.',
      resolve: ({ items }) => items.map(({ node }) => node),
    }),
    totalCount: t.exposeInt('totalCount', { description: 'Lines of the hunk.' }),
    pageInfo: t.field({ type: PageInfoType, description: 'Where the page ends.', resolve: infoOf }),
  }),
})

const DiffRowKind = builder.enumType('DiffRowKind', {
  description: 'What a row of a hunk is.',
  values: {
    CONTEXT: { value: 'unmodified' as ShownRow['kind'], description: 'The same line on both sides.' },
    CHANGED: {
      value: 'changed' as ShownRow['kind'],
      description: 'Two lines, one taken to have become the other.',
    },
    REMOVED: { value: 'deleted' as ShownRow['kind'], description: 'A line on the old side only.' },
    ADDED: { value: 'added' as ShownRow['kind'], description: 'A line on the new side only.' },
  },
})

const DiffRowType = builder.objectRef<ShownRow>('DiffRow').implement({
  description: 'The two sides of a hunk next to each other.',
  fields: (t) => ({
    kind: t.field({ type: DiffRowKind, description: 'What it is.', resolve: ({ kind }) => kind }),
    old: t.expose('old', { type: DiffLineType, nullable: true, description: 'Null for an added line.' }),
    new: t.expose('new', { type: DiffLineType, nullable: true, description: 'Null for a removed line.' }),
  }),
})

const DiffRowConnectionType = builder.objectRef<Page<ShownRow>>('DiffRowConnection').implement({
  description: 'A page of rows.',
  fields: (t) => ({
    nodes: t.field({
      type: [DiffRowType],
      description: 'In the order of the hunk.',
      resolve: ({ items }) => items.map(({ node }) => node),
    }),
    pageInfo: t.field({ type: PageInfoType, description: 'Where the page ends.', resolve: infoOf }),
  }),
})

export const HunkType = builder.objectRef<InReport<ReportHunk>>('Hunk').implement({
  description: 'Lines that differ, with some around them.',
  fields: (t) => ({
    position: t.int({
      description: "Its place among the node's hunks, from 0.",
      resolve: ({ value }) => value.position,
    }),
    header: t.string({
      nullable: true,
      description: 'The line `@@ … @@`, at most 200 characters; null for lines ahead of the first header.',
      resolve: ({ value }) => value.header,
    }),
    oldStart: t.int({
      description: 'First line on the old side, from 1; 0 for an empty side.',
      resolve: ({ value }) => value.oldStart,
    }),
    oldLines: t.int({
      description: 'Lines on the old side, as the header says.',
      resolve: ({ value }) => value.oldCount,
    }),
    newStart: t.int({
      description: 'First line on the new side, from 1; 0 for an empty side.',
      resolve: ({ value }) => value.newStart,
    }),
    newLines: t.int({
      description: 'Lines on the new side, as the header says.',
      resolve: ({ value }) => value.newCount,
    }),
    added: t.int({ description: 'Lines on the new side only.', resolve: ({ value }) => value.addedLines }),
    removed: t.int({
      description: 'Lines on the old side only.',
      resolve: ({ value }) => value.removedLines,
    }),
    cut: t.boolean({
      description: 'Whether the tool left lines out: there is one of kind ELIDED.',
      resolve: ({ value }) => value.cut,
    }),
    lines: t.field({
      type: DiffLineConnectionType,
      description: 'Its lines one below the other, without the header.',
      args: placePageArguments(t.arg, '`DiffLine.position`', MAX_LINES),
      complexity: pageCost,
      resolve: async ({ report, value }, page) => ({
        ...(await pageOfLines(report, value, checkedPage(page, MAX_LINES))),
        totalCount: value.lines,
      }),
    }),
    rows: t.field({
      type: DiffRowConnectionType,
      description: 'Its two sides next to each other, removed lines beside the added ones that they became.',
      args: pageArguments(t.arg, MAX_LINES),
      complexity: pageCost,
      resolve: ({ report, value }, page) => pageOfRows(report, value, checkedPage(page, MAX_LINES)),
    }),
  }),
})

export const HunkConnectionType = builder
  .objectRef<InReport<Page<ReportHunk>> & { readonly totalCount: number }>('HunkConnection')
  .implement({
    description: 'A page of hunks.',
    fields: (t) => ({
      nodes: t.field({
        type: [HunkType],
        description: 'In the order of the file.',
        resolve: ({ view, report, value }) => value.items.map(({ node }) => ({ view, report, value: node })),
      }),
      totalCount: t.exposeInt('totalCount', { description: 'Hunks of the node.' }),
      pageInfo: t.field({
        type: PageInfoType,
        description: 'Where the page ends.',
        resolve: ({ value }) => infoOf(value),
      }),
    }),
  })
