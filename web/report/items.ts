/** The items of the virtual list that shows a report, and the parts of a report that they show. */
import type {
  HunkFactsFragment,
  LineFactsFragment,
  NodeFactsFragment,
  RowsFragment,
} from '../generated/graphql.ts'

/** Nodes per request. */
export const NODES = 100
/** Hunks per request. */
export const HUNKS = 10
/** Lines or rows per piece: half as many as the service allows for ten hunks at once, so that a frame has time to draw one. A row may have two lines. */
export const PIECE = { unified: 50, split: 25 }

export type Mode = 'unified' | 'split'
export type Line = LineFactsFragment
export type Row = RowsFragment['nodes'][number]

/** The lines or rows of a piece. */
export type Content = { readonly lines: readonly Line[] } | { readonly rows: readonly Row[] }

/** Up to `PIECE` lines or rows of a hunk. */
export interface Piece {
  /** In pixels, like all heights. */
  height: number
  /** Null while it is not loaded. */
  content: Content | null
  /** The cursor before its rows; null for the first piece, and for lines, which are requested by position. */
  readonly after: string | null
}

export interface Hunk {
  readonly facts: HunkFactsFragment
  /** Of the whole hunk, in unified mode. */
  readonly lineCount: number
  /** In split mode only those known so far: each piece of rows tells where the next one begins. */
  readonly pieces: Piece[]
}

export interface Node {
  readonly facts: NodeFactsFragment
  headHeight: number
  /** Of the largest line number so far. */
  digits: number
  /** Pages of `HUNKS` hunks; null while a page is not loaded. */
  readonly hunkPages: (readonly Hunk[] | null)[]
  readonly hunkPageHeights: Float64Array
}

/**
 * An item of the virtual list:
 * - `nodes`: up to `NODES` nodes that are not loaded, from `ordinal` on
 * - `head`: the heading of a node
 * - `hunks`: up to `HUNKS` hunks of a node that are not loaded, from `hunk` on
 * - `piece`: a piece of a hunk; the first one includes the hunk's header
 */
export interface Item {
  readonly kind: 'nodes' | 'head' | 'hunks' | 'piece'
  readonly ordinal: number
  readonly hunk: number
  readonly piece: number
}

/** A unique key of an item. */
export function keyOf({ kind, ordinal, hunk, piece }: Item): string {
  return `${kind}.${ordinal}.${hunk}.${piece}`
}

export function headOf(ordinal: number): Item {
  return { kind: 'head', ordinal, hunk: 0, piece: 0 }
}

/** The item of the nodes that are loaded together with a node. */
export function nodesAround(ordinal: number): Item {
  return { kind: 'nodes', ordinal: pageStart(ordinal), hunk: 0, piece: 0 }
}

/** The item of the hunks that are loaded together with a hunk. */
export function hunksAround(ordinal: number, hunk: number): Item {
  return { kind: 'hunks', ordinal, hunk: hunk - (hunk % HUNKS), piece: 0 }
}

/** The index of the page of nodes that contains a node. Ordinals begin at 1. */
export function pageOf(ordinal: number): number {
  return Math.floor((ordinal - 1) / NODES)
}

/** The ordinal of the first node of that page. */
export function pageStart(ordinal: number): number {
  return pageOf(ordinal) * NODES + 1
}

/** The index of the page of hunks that contains a hunk. */
export function hunkPageOf(hunk: number): number {
  return Math.floor(hunk / HUNKS)
}

/** Lines or rows. */
export function sizeOf(content: Content): number {
  return 'lines' in content ? content.lines.length : content.rows.length
}
