/** Pages of a report's nodes, hunks, lines and rows. A cursor is the place of what it stands for, so it stays right as long as the report does. */
import { setImmediate as othersTurn } from 'node:timers/promises'
import { UsageError } from '../../errors.ts'
import { diffWords, type TextSegment } from './pairing/changed-words.ts'
import { changedWordsOfPage } from './pairing/page-changed-words.ts'
import type { PositionedLine, Row } from './pairing/pairing.ts'
import { hunkRows, isRowPosition, type PositionedRow, type RowPosition } from './pairing/pairing-rows.ts'
import { pathGlob } from './path-glob.ts'
import type { Report, ReportHunk, ReportLine, ReportNode } from './types.ts'

export interface Page<T> {
  readonly items: readonly { readonly node: T; readonly cursor: string }[]
  readonly hasNextPage: boolean
  readonly hasPreviousPage: boolean
}

/** `first` is at least 1. */
export interface PageArguments {
  readonly first: number
  readonly after?: string | null | undefined
}

/** A page of what has a number of its own, which may begin anywhere: for a view that is scrolled to a place. Only one of both is given. */
export interface PositionPageArguments extends PageArguments {
  readonly from?: number | null | undefined
}

/** A line as it is shown: its own text, and what changed in it. */
export interface ShownLine extends ReportLine {
  /** Its place among the hunk's lines, from 0. */
  readonly position: number
  /** The file ends behind it without a newline; said by rows only, which have no line of its own for that. */
  readonly noNewline: boolean
  /** Null where it is not one of a changed pair. Found when it is asked for. */
  segments(): Promise<readonly TextSegment[] | null> | readonly TextSegment[] | null
}

/** Two lines next to each other. */
export interface ShownRow {
  readonly kind: Row['kind']
  readonly old: ShownLine | null
  readonly new: ShownLine | null
}

export interface NodeFilter {
  /** Nodes deeper than this are left out. */
  readonly maxDepth?: number | null | undefined
  /** Nodes whose path does not match (see path-glob.ts) are left out. */
  readonly pathGlob?: string | null | undefined
}

/** Nodes read at a time. */
const BATCH = 500

/** Nodes below the root in document order, those that the filter leaves. A pattern costs the reading of all nodes up to the page's end. */
export async function pageOfNodes(
  report: Report,
  { first, after, from: place, maxDepth, pathGlob: pattern }: PositionPageArguments & NodeFilter,
): Promise<Page<ReportNode>> {
  const fits = pattern == null ? null : pathGlob(pattern)
  const found: ReportNode[] = []
  let from = Math.max(1, firstPlace(after, place))
  /** The new side's names from below the root down to the node before. */
  const names = fits && from > 1 && from <= report.counts.nodes ? await namesOf(report, from - 1) : []
  while (found.length <= first && from < report.counts.nodes) {
    const wanted = fits ? BATCH : Math.min(BATCH, Math.max(first + 1 - found.length, 50))
    const batch = await report.nodes(from, wanted)
    if (batch.length === 0) break
    for (let index = 0; index < batch.length && found.length <= first; ) {
      const node = batch[index] as ReportNode
      names.length = Math.min(names.length, node.depth - 1)
      names.push(node.source2)
      if ((maxDepth == null || node.depth <= maxDepth) && (!fits || fits(names.join('/')))) found.push(node)
      index += 1
      from = node.ordinal + 1
      // Nothing below a node at the greatest depth is wanted: go on behind its subtree.
      if (maxDepth != null && node.depth >= maxDepth && node.end > from) {
        from = node.end
        const behind = batch.findIndex((other) => other.ordinal >= node.end)
        index = behind < 0 ? batch.length : behind
      }
    }
    if (fits) await othersTurn()
  }
  return pageOf(found, first, after ?? place, (node) => String(node.ordinal))
}

/** Where a page begins. @throws UsageError */
function firstPlace(after: string | null | undefined, from: number | null | undefined): number {
  if (from == null) return after == null ? 0 : placeOf(after) + 1
  if (after != null) throw new UsageError('"after" and "from" both say where the page begins: leave one out')
  if (from < 0) throw new UsageError(`"from" is ${from}; places are counted from 0`)
  return from
}

/** The new side's names from below the root down to a node. */
export async function namesOf(report: Report, ordinal: number): Promise<string[]> {
  return (await report.ancestry(ordinal)).slice(1).map((node) => node.source2)
}

export async function pageOfChildren(
  report: Report,
  parent: number,
  { first, after }: PageArguments,
): Promise<Page<ReportNode>> {
  const page = { count: first + 1, ...(after != null && { after: placeOf(after) }) }
  return pageOf(await report.children(parent, page), first, after, (node) => String(node.ordinal))
}

export async function pageOfHunks(
  report: Report,
  node: number,
  { first, after, from }: PositionPageArguments,
): Promise<Page<ReportHunk>> {
  const hunks = await report.hunks(node, firstPlace(after, from), first + 1)
  return pageOf(hunks, first, after ?? from, (hunk) => String(hunk.position))
}

/** A line of a minified file may be megabytes long; nobody reads that in one piece. */
const MAX_LINE_LENGTH = 10_000

export async function pageOfLines(
  report: Report,
  hunk: ReportHunk,
  { first, after, from: place }: PositionPageArguments,
): Promise<Page<ShownLine>> {
  const from = firstPlace(after, place)
  const lines: ShownLine[] = []
  // Paired once, for whichever line asks first.
  let found: ReturnType<typeof changedWordsOfPage> | null = null
  const segments = async (position: number) => {
    found ??= changedWordsOfPage(report, hunk, { from, to: from + first }, MAX_LINE_LENGTH)
    return (await found).get(position) ?? null
  }
  for await (const batch of report.lines(hunk, { from, count: first + 1, maxTextLength: MAX_LINE_LENGTH })) {
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
  return pageOf(lines, first, after ?? place, (line) => String(line.position))
}

/** The two sides of a hunk next to each other. */
export async function pageOfRows(
  report: Report,
  hunk: ReportHunk,
  { first, after }: PageArguments,
): Promise<Page<ShownRow>> {
  const from = after == null ? { line: 0, rows: 0, newLine: null } : await rowPlace(report, hunk, after)
  // A cursor is the place of its own row, so the page begins behind that one.
  let skip = after == null ? 0 : 1
  const found: PositionedRow[] = []
  for await (const batch of hunkRows(report, hunk, from, MAX_LINE_LENGTH)) {
    found.push(...batch.slice(skip))
    skip -= Math.min(skip, batch.length)
    if (found.length > first) break
  }
  const { items, ...page } = pageOf(found, first, after, ({ position }) => rowCursor(position))
  return { ...page, items: items.map(({ node, cursor }) => ({ node: shownRow(node.row), cursor })) }
}

function shownRow({ kind, old, new: fresh }: Row): ShownRow {
  const segments = once(() => (old && fresh ? diffWords(old.line.text, fresh.line.text) : null))
  const shown = (placed: PositionedLine | null, side: 'old' | 'new'): ShownLine | null =>
    placed && {
      ...placed.line,
      position: placed.position,
      noNewline: placed.noNewline,
      segments: () => (kind === 'changed' ? (segments()?.[side] ?? null) : null),
    }
  return { kind, old: shown(old, 'old'), new: shown(fresh, 'new') }
}

function rowCursor({ line, rows, newLine }: RowPosition): string {
  return newLine === null ? `${line}.${rows}` : `${line}.${rows}.${newLine}`
}

/** @throws UsageError for a cursor that is none of this hunk's rows */
async function rowPlace(report: Report, hunk: ReportHunk, cursor: string): Promise<RowPosition> {
  const [, line, rows, newLine] = /^(\d{1,10})\.(\d{1,10})(?:\.(\d{1,10}))?$/.exec(cursor) ?? []
  const place = {
    line: Number(line),
    rows: Number(rows),
    newLine: newLine === undefined ? null : Number(newLine),
  }
  if (line === undefined || !(await isRowPosition(report, hunk, place))) throw noCursor(cursor)
  return place
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

function pageOf<T>(
  found: readonly T[],
  first: number,
  begin: string | number | null | undefined,
  cursor: (item: T) => string,
): Page<T> {
  const items = found.slice(0, first).map((node) => ({ node, cursor: cursor(node) }))
  return { items, hasNextPage: found.length > first, hasPreviousPage: begin != null && begin !== 0 }
}

function placeOf(cursor: string): number {
  if (!/^\d{1,10}$/.test(cursor)) throw noCursor(cursor)
  return Number(cursor)
}

function noCursor(cursor: string): UsageError {
  return new UsageError(
    `"${cursor.slice(0, 100)}" is not a cursor of this list; take one from pageInfo.endCursor`,
  )
}
