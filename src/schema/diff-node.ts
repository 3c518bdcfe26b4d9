import type { LineKind, Report, ReportHunk, ReportLine, ReportNode } from '../diff/report/types.ts'
import {
  type Page,
  type PageArguments,
  pageOfChildren,
  pageOfHunks,
  pageOfLines,
} from '../resolvers/report-pages.ts'
import { builder } from './builder.ts'
import { DiffStatType } from './diff-stat.ts'
import { PageInfoType, pageInfo, pageSize } from './page.ts'

/** Anything of a report carries the report, to read on. */
interface Of<T> {
  readonly report: Report
  readonly value: T
}

type Connection<T> = Of<Page<T>>

const MAX_LINES = 1000

const DiffLineKind = builder.enumType('DiffLineKind', {
  description: 'What a line of a hunk is.',
  values: {
    CONTEXT: { value: 'context' as LineKind, description: 'It is on both sides.' },
    ADDED: { value: 'added' as LineKind, description: 'It is on the new side only.' },
    REMOVED: { value: 'removed' as LineKind, description: 'It is on the old side only.' },
    ELIDED: { value: 'elided' as LineKind, description: 'It stands for lines that the tool left out.' },
    NO_NEWLINE: {
      value: 'noNewline' as LineKind,
      description: 'The line before it does not end in a newline.',
    },
  },
})

const DiffLineType = builder.objectRef<ReportLine>('DiffLine').implement({
  description: 'A line of a hunk.',
  fields: (t) => ({
    kind: t.field({ type: DiffLineKind, description: 'What it is.', resolve: ({ kind }) => kind }),
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
    elidedLines: t.exposeInt('elidedLines', {
      description: 'Of an ELIDED line: how many it stands for; else 0.',
    }),
  }),
})

const HunkType = builder.objectRef<Of<ReportHunk>>('Hunk').implement({
  description: 'Lines that differ, with some around them.',
  fields: (t) => ({
    position: t.int({
      description: "Its place among the node's hunks, from 0.",
      resolve: ({ value }) => value.position,
    }),
    header: t.string({
      nullable: true,
      description: 'The line `@@ … @@`, at most 200 characters.',
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
    lines: t.field({
      type: lineConnection(),
      description: 'Its lines, without the header.',
      args: {
        first: t.arg.int({
          required: true,
          defaultValue: 50,
          description: `How many at most, up to ${MAX_LINES}.`,
        }),
        after: t.arg.string({ description: 'A cursor: the page begins behind it.' }),
      },
      resolve: async ({ report, value }, { first, after }) => ({
        report,
        value: await pageOfLines(report, value, { first: pageSize(first, MAX_LINES), after }),
      }),
    }),
  }),
})

const HunkConnectionType = builder.objectRef<Connection<ReportHunk>>('HunkConnection').implement({
  description: 'A page of hunks.',
  fields: (t) => ({
    nodes: t.field({
      type: [HunkType],
      description: 'In the order of the file.',
      resolve: ({ report, value }) => value.items.map(({ node }) => ({ report, value: node })),
    }),
    pageInfo: t.field({
      type: PageInfoType,
      description: 'Where the page ends.',
      resolve: ({ value }) => infoOf(value),
    }),
  }),
})

export const DiffNodeType = builder.objectRef<Of<ReportNode>>('DiffNode')
export const DiffNodeConnectionType = builder.objectRef<Connection<ReportNode>>('DiffNodeConnection')

DiffNodeType.implement({
  description:
    'A thing that differs: a package, a file, a member of an archive, the output of a program on it.',
  fields: (t) => ({
    ordinal: t.int({
      description: 'Its place in the report, in document order; the root is 0.',
      resolve: ({ value }) => value.ordinal,
    }),
    depth: t.int({ description: '0 for the root.', resolve: ({ value }) => value.depth }),
    source1: t.string({
      description: 'What it is called on the old side. From a package: escape it.',
      resolve: ({ value }) => value.source1,
    }),
    source2: t.string({
      description: 'What it is called on the new side.',
      resolve: ({ value }) => value.source2,
    }),
    comments: t.stringList({
      description: 'What diffoscope remarks.',
      resolve: ({ value }) => [...value.comments],
    }),
    path: t.stringList({
      description: 'The names from the root down to it, the root left out; the new side’s.',
      resolve: async ({ report, value }) =>
        (await report.ancestry(value.ordinal)).slice(1).map((node) => node.source2),
    }),
    stat: t.field({
      type: DiffStatType,
      description: 'Of it and all below it.',
      resolve: ({ value }) => value.subtree,
    }),
    children: t.field({
      type: DiffNodeConnectionType,
      description: 'What is directly below it.',
      args: pageArguments(t.arg),
      resolve: async ({ report, value }, args) => ({
        report,
        value: await pageOfChildren(report, value.ordinal, bounded(args)),
      }),
    }),
    hunks: t.field({
      type: HunkConnectionType,
      description: 'Its own lines that differ.',
      args: pageArguments(t.arg),
      resolve: async ({ report, value }, args) => ({
        report,
        value: await pageOfHunks(report, value.ordinal, bounded(args)),
      }),
    }),
  }),
})

DiffNodeConnectionType.implement({
  description: 'A page of nodes.',
  fields: (t) => ({
    nodes: t.field({
      type: [DiffNodeType],
      description: 'In document order.',
      resolve: ({ report, value }) => value.items.map(({ node }) => ({ report, value: node })),
    }),
    pageInfo: t.field({
      type: PageInfoType,
      description: 'Where the page ends.',
      resolve: ({ value }) => infoOf(value),
    }),
  }),
})

function lineConnection() {
  return builder.objectRef<Connection<ReportLine>>('DiffLineConnection').implement({
    description: 'A page of lines.',
    fields: (t) => ({
      nodes: t.field({
        type: [DiffLineType],
        description: 'In the order of the hunk.',
        resolve: ({ value }) => value.items.map(({ node }) => node),
      }),
      pageInfo: t.field({
        type: PageInfoType,
        description: 'Where the page ends.',
        resolve: ({ value }) => infoOf(value),
      }),
    }),
  })
}

function infoOf({ items, hasNextPage, after }: Page<unknown>) {
  return pageInfo(
    items.map(({ cursor }) => cursor),
    hasNextPage,
    after,
  )
}

type ArgumentBuilder = Parameters<Parameters<typeof builder.queryField>[1]>[0]['arg']

/** The arguments of a page, which every list of a report takes. */
export function pageArguments(arg: ArgumentBuilder) {
  return {
    first: arg.int({ required: true, defaultValue: 50, description: 'How many at most, from 1 to 100.' }),
    after: arg.string({ description: 'A cursor: the page begins behind it.' }),
  } as const
}

export function bounded({ first, after }: PageArguments): PageArguments {
  return { first: pageSize(first), after }
}
