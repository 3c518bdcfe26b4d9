/** The hunks of a node, with their lines in one column or side by side. */

import type { ShownLine, ShownRow } from '../diff/report/pages.ts'
import type { TextSegment } from '../diff/report/pairing/changed-words.ts'
import type { LineKind, ReportHunk } from '../diff/report/types.ts'
import { isWhiteSpaceOnly } from '../diff/report/white-space.ts'
import { hunkId, loadHunk } from '../resolvers/diff-ids.ts'
import { linesOf, rowsOf } from '../resolvers/report-fields.ts'
import type { ReportPart } from '../resolvers/report-part.ts'
import { builder, NULL_IF_FAILED } from './builder.ts'
import {
  checkedPage,
  checkedSlice,
  connectionType,
  linesCost,
  MAX_LINES,
  pageArguments,
  positionArguments,
} from './page.ts'
import { selectedTexts } from './selected-texts.ts'

export const DiffLineKind = builder.enumType('DiffLineKind', {
  description: 'Kind of a line in a hunk.',
  values: {
    CONTEXT: { value: 'context' as LineKind, description: 'The line is on both sides.' },
    ADDED: { value: 'added' as LineKind, description: 'The line is only on the new side.' },
    REMOVED: { value: 'removed' as LineKind, description: 'The line is only on the old side.' },
    ELIDED: { value: 'elided' as LineKind, description: 'A placeholder for lines that the tool omitted.' },
    NO_NEWLINE: {
      value: 'noNewline' as LineKind,
      description:
        'The previous line does not end with a newline. Rows have no such lines; see `DiffLine.noNewline`.',
    },
  },
})

const LineSegmentType = builder.objectRef<TextSegment>('LineSegment').implement({
  description: 'A segment of a changed line.',
  fields: (t) => ({
    changed: t.exposeBoolean('changed', {
      description: 'Whether this segment differs from the other side.',
    }),
    text: t.exposeString('text', {
      description: 'Text of the segment. It comes from the package, so escape it.',
    }),
  }),
})

const DiffLineType = builder.objectRef<ShownLine>('DiffLine').implement({
  description: 'A line of a hunk.',
  fields: (t) => ({
    kind: t.field({ type: DiffLineKind, description: 'Kind of the line.', resolve: ({ kind }) => kind }),
    position: t.exposeInt('position', {
      description:
        'Index of the line in its hunk, from 0, for example for a link to it or for `lines(from:)`.',
    }),
    oldNumber: t.exposeInt('oldNumber', {
      nullable: true,
      description: 'Line number on the old side, from 1; null if the line is not there.',
    }),
    newNumber: t.exposeInt('newNumber', {
      nullable: true,
      description: 'Line number on the new side, from 1; null if the line is not there.',
    }),
    text: t.exposeString('text', {
      description:
        'Text of the line without sign and newline, at most 10,000 characters. It comes from the ' +
        'package, so escape it.',
    }),
    textCut: t.exposeInt('textCut', {
      description: 'Number of characters of the line that `text` does not include.',
    }),
    segments: t.field({
      type: [LineSegmentType],
      nullable: true,
      complexity: { field: 1, multiplier: 2 },
      description:
        '`text` split into changed and unchanged segments; null if the line is not one of a changed ' +
        'pair. If the lines differ only beyond `text`, an ellipsis and an excerpt with the first ' +
        'difference follow. `lines` finds no pairs in a block of more than 750 changed lines; `rows` does.',
      resolve: async (line) => {
        const segments = await line.segments()
        return segments && [...segments]
      },
    }),
    noNewline: t.exposeBoolean('noNewline', {
      description:
        'In rows, whether the file ends after this line without a newline. `lines` has a NO_NEWLINE ' +
        'line instead.',
    }),
    elidedLines: t.exposeInt('elidedLines', {
      description: 'Number of lines that an ELIDED line stands for; 0 for other lines.',
    }),
  }),
})

const DiffLineConnectionType = connectionType('DiffLine', DiffLineType, {
  noun: 'line',
  totalCount: 'Number of lines in the hunk.',
  isCounted: true,
})

const DiffRowKind = builder.enumType('DiffRowKind', {
  description: 'Kind of a row in a side-by-side hunk.',
  values: {
    CONTEXT: { value: 'unmodified' as ShownRow['kind'], description: 'The same line is on both sides.' },
    CHANGED: {
      value: 'changed' as ShownRow['kind'],
      description: 'A removed line next to the added line that probably replaced it.',
    },
    REMOVED: { value: 'deleted' as ShownRow['kind'], description: 'The line is only on the old side.' },
    ADDED: { value: 'added' as ShownRow['kind'], description: 'The line is only on the new side.' },
  },
})

const DiffRowType = builder.objectRef<ShownRow>('DiffRow').implement({
  description: 'A row of a side-by-side hunk.',
  fields: (t) => ({
    kind: t.field({ type: DiffRowKind, description: 'Kind of the row.', resolve: ({ kind }) => kind }),
    old: t.expose('old', {
      type: DiffLineType,
      nullable: true,
      description: 'Line on the old side; null in an ADDED row.',
    }),
    new: t.expose('new', {
      type: DiffLineType,
      nullable: true,
      description: 'Line on the new side; null in a REMOVED row.',
    }),
  }),
})

const DiffRowConnectionType = connectionType('DiffRow', DiffRowType, {
  noun: 'row',
  totalCount: 'Always null: how many rows a hunk has is known only when all its lines are paired.',
})

export const HunkType = builder.objectRef<ReportPart<ReportHunk>>('Hunk')

builder.node(HunkType, {
  description: 'Lines that differ, with context around them.',
  id: {
    description: 'Global id, for `Query.node`. It changes when the report is made again.',
    resolve: hunkId,
  },
  loadOne: loadHunk,
  fields: (t) => ({
    position: t.int({
      description: 'Index of the hunk in its node, from 0.',
      resolve: ({ value }) => value.position,
    }),
    header: t.string({
      nullable: true,
      description: 'The `@@ … @@` line, at most 200 characters; null for lines before the first header.',
      resolve: ({ value }) => value.header,
    }),
    oldStart: t.int({
      description: 'First line number on the old side, from 1; 0 if that side is empty.',
      resolve: ({ value }) => value.oldStart,
    }),
    oldLines: t.int({
      description: 'Number of lines on the old side, according to the header.',
      resolve: ({ value }) => value.oldCount,
    }),
    newStart: t.int({
      description: 'First line number on the new side, from 1; 0 if that side is empty.',
      resolve: ({ value }) => value.newStart,
    }),
    newLines: t.int({
      description: 'Number of lines on the new side, according to the header.',
      resolve: ({ value }) => value.newCount,
    }),
    added: t.int({
      description: 'Number of lines that are only on the new side.',
      resolve: ({ value }) => value.addedLines,
    }),
    removed: t.int({
      description: 'Number of lines that are only on the old side.',
      resolve: ({ value }) => value.removedLines,
    }),
    cut: t.boolean({
      description: 'Whether the tool omitted lines; if so, the hunk has an ELIDED line.',
      resolve: ({ value }) => value.cut,
    }),
    whiteSpaceOnly: t.boolean({
      description:
        'Whether the changed lines differ only in spaces, tabs, carriage returns, empty lines or a newline at the ' +
        'end, so that a client may fold them. False for a hunk of more than 5,000 lines.',
      complexity: 5,
      resolve: ({ report, value }) => isWhiteSpaceOnly(report, value),
    }),
    lines: t.field({
      type: DiffLineConnectionType,
      ...NULL_IF_FAILED,
      description: 'Lines of both sides in one column, without the header, in the order of the hunk.',
      args: positionArguments(t.arg, '`DiffLine.position`', MAX_LINES),
      complexity: linesCost,
      resolve: (hunk, args, context, info) =>
        linesOf(hunk, checkedSlice(args, MAX_LINES), selectedTexts(info), context),
    }),
    rows: t.field({
      type: DiffRowConnectionType,
      ...NULL_IF_FAILED,
      description: 'Lines side by side, with removed lines next to the added lines that replaced them.',
      args: pageArguments(t.arg, MAX_LINES),
      complexity: linesCost,
      resolve: (hunk, page, context, info) =>
        rowsOf(hunk, checkedPage(page, MAX_LINES), selectedTexts(info), context),
    }),
  }),
})

export const HunkConnectionType = connectionType('Hunk', HunkType, {
  noun: 'hunk',
  totalCount: 'Number of hunks in the node.',
  isCounted: true,
})
