/**
 * Pages of a report's hunks, lines and rows; node-pages.ts has those of its nodes. A cursor contains the position
 * of its entry, so it is valid as long as the report does not change.
 */
import { UsageError } from '../../errors.ts'
import { changedSegments, pageBudget, type SearchBudget } from './pairing/changed-segments.ts'
import type { TextSegment } from './pairing/changed-words.ts'
import { changedWordsOfPage } from './pairing/page-changed-words.ts'
import type { PositionedLine, Row } from './pairing/pairing.ts'
import { hunkRows, isRowPosition, type PositionedRow, type RowPosition } from './pairing/pairing-rows.ts'
import type { Report, ReportHunk, ReportLine } from './types.ts'

export interface Page<T> {
  readonly items: readonly { readonly node: T; readonly cursor: string }[]
  readonly hasNextPage: boolean
  readonly hasPreviousPage: boolean
}

export interface PageArguments {
  /** At least 1. */
  readonly first: number
  /** A cursor; the page begins after its entry. */
  readonly after?: string | null | undefined
}

/**
 * A page that begins at any position, for a view that scrolls there. `after` and `from` exclude each other.
 */
export interface PositionPageArguments extends PageArguments {
  readonly from?: number | null | undefined
}

/** A line with its position and its changed words. */
export interface ShownLine extends ReportLine {
  /** Position among the hunk's lines, from 0. */
  readonly position: number
  /**
   * Whether the file ends after the line without a newline. Set only in rows; lists have a separate line for
   * it.
   */
  readonly noNewline: boolean
  /** Null if the line is not one of a changed pair. Computed when it is called. */
  segments(): Promise<readonly TextSegment[] | null> | readonly TextSegment[] | null
}

/** Two lines side by side. */
export interface ShownRow {
  readonly kind: Row['kind']
  readonly old: ShownLine | null
  readonly new: ShownLine | null
}

/** Position of the page's first entry. @throws UsageError */
export function firstPosition(after: string | null | undefined, from: number | null | undefined): number {
  if (from == null) return after == null ? 0 : positionOf(after) + 1
  if (after != null) throw new UsageError('"after" and "from" exclude each other: leave one out')
  if (from < 0) throw new UsageError(`"from" must be 0 or more, not ${from}`)
  return from
}

/** @throws UsageError for invalid arguments */
export async function pageOfHunks(
  report: Report,
  node: number,
  { first, after, from }: PositionPageArguments,
): Promise<Page<ReportHunk>> {
  const begin = firstPosition(after, from)
  const hunks = await report.hunks(node, begin, first + 1)
  const hasPreviousPage = begin > 0 && ((await report.node(node)).diff?.hunks ?? 0) > 0
  return pageOf(hunks, first, hasPreviousPage, (hunk) => String(hunk.position))
}

/** In UTF-16 units: a line of a minified file may have megabytes. */
export const MAX_LINE_LENGTH = 10_000

/**
 * @param onRead called with the length of what has been read; it may throw to stop the reading
 * @throws UsageError for invalid arguments
 */
export async function pageOfLines(
  report: Report,
  hunk: ReportHunk,
  { first, after, from: start }: PositionPageArguments,
  onRead: (length: number) => void = () => {},
): Promise<Page<ShownLine>> {
  const from = firstPosition(after, start)
  const lines: ShownLine[] = []
  // Computed once per page, on the first request for the segments of any line.
  let ofPage: ReturnType<typeof changedWordsOfPage> | null = null
  const segments = async (position: number) => {
    ofPage ??= changedWordsOfPage(report, hunk, { from, to: from + first }, MAX_LINE_LENGTH)
    return (await ofPage).get(position) ?? null
  }
  for await (const batch of report.lines(hunk, { from, count: first + 1, maxTextLength: MAX_LINE_LENGTH })) {
    onRead(batch.reduce((length, { text }) => length + text.length, 0))
    for (const line of batch) {
      const position = from + lines.length
      const isChange = line.kind === 'added' || line.kind === 'removed'
      lines.push({
        ...line,
        position,
        noNewline: false,
        segments: () => (isChange ? segments(position) : null),
      })
    }
  }
  return pageOf(lines, first, from > 0 && hunk.lines > 0, (line) => String(line.position))
}

/**
 * The two sides of a hunk side by side.
 * @param onRead as for `pageOfLines`
 * @throws UsageError for an invalid cursor
 */
export async function pageOfRows(
  report: Report,
  hunk: ReportHunk,
  { first, after }: PageArguments,
  onRead: (length: number) => void = () => {},
): Promise<Page<ShownRow>> {
  const from = after == null ? { line: 0, rows: 0, newLine: null } : await rowPosition(report, hunk, after)
  // A cursor is the position of its own row, so the page begins one row later.
  let skip = after == null ? 0 : 1
  const found: PositionedRow[] = []
  for await (const batch of hunkRows(report, hunk, from, MAX_LINE_LENGTH)) {
    onRead(batch.reduce((length, { row }) => length + lengthOf(row), 0))
    found.push(...batch.slice(skip))
    skip -= Math.min(skip, batch.length)
    if (found.length > first) break
  }
  const { items, ...page } = pageOf(found, first, after != null, ({ position }) => rowCursor(position))
  const budget = pageBudget()
  return {
    ...page,
    items: items.map(({ node, cursor }) => ({ node: shownRow(report, hunk, node.row, budget), cursor })),
  }
}

function lengthOf({ old, new: newer }: Row): number {
  return (old?.line.text.length ?? 0) + (newer?.line.text.length ?? 0)
}

function shownRow(
  report: Report,
  hunk: ReportHunk,
  { kind, old, new: newer }: Row,
  budget: SearchBudget,
): ShownRow {
  const segments = once(async () => (old && newer ? changedSegments(report, hunk, old, newer, budget) : null))
  const shown = (positioned: PositionedLine | null, side: 'old' | 'new'): ShownLine | null =>
    positioned && {
      ...positioned.line,
      position: positioned.position,
      noNewline: positioned.noNewline,
      segments: async () => (kind === 'changed' ? ((await segments())?.[side] ?? null) : null),
    }
  return { kind, old: shown(old, 'old'), new: shown(newer, 'new') }
}

function rowCursor({ line, rows, newLine }: RowPosition): string {
  return newLine === null ? `${line}.${rows}` : `${line}.${rows}.${newLine}`
}

/** @throws UsageError if the cursor is not that of a row of this hunk */
async function rowPosition(report: Report, hunk: ReportHunk, cursor: string): Promise<RowPosition> {
  const [, line, rows, newLine] = /^(\d{1,10})\.(\d{1,10})(?:\.(\d{1,10}))?$/.exec(cursor) ?? []
  const position = {
    line: Number(line),
    rows: Number(rows),
    newLine: newLine === undefined ? null : Number(newLine),
  }
  if (line === undefined || !(await isRowPosition(report, hunk, position))) throw invalidCursor(cursor)
  return position
}

function once<T>(compute: () => T): () => T {
  let result: { readonly value: T } | null = null
  return () => {
    result ??= { value: compute() }
    return result.value
  }
}

/** @param found one more entry than the page has, if there is a next page */
export function pageOf<T>(
  found: readonly T[],
  first: number,
  hasPreviousPage: boolean,
  cursor: (item: T) => string,
): Page<T> {
  const items = found.slice(0, first).map((node) => ({ node, cursor: cursor(node) }))
  return { items, hasNextPage: found.length > first, hasPreviousPage }
}

/** The position in a cursor. @throws UsageError */
export function positionOf(cursor: string): number {
  if (!/^\d{1,10}$/.test(cursor)) throw invalidCursor(cursor)
  return Number(cursor)
}

export function invalidCursor(cursor: string): UsageError {
  return new UsageError(
    `"${cursor.slice(0, 100)}" is not a cursor of this list; take one from pageInfo.endCursor`,
  )
}
