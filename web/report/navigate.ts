/** Finds where navigation in a report leads. Loads what it needs on the way. */
import type { ItemList } from './item-list.ts'
import { hunksAround, type Item, type Line, nodesAround, type Piece } from './items.ts'
import type { Loader } from './loader.ts'
import type { ReportModel } from './model.ts'
import type { ReportPosition } from './position.ts'

/** An item, and how many of its rows are above the position. */
export interface Found {
  readonly item: Item
  readonly row: number
}

/** Loads the item that shows a position. Null if the report has no such position. */
export async function findPosition(
  list: ItemList,
  loader: Loader,
  { ordinal, hunk, lines }: ReportPosition,
): Promise<Found | null> {
  const { model } = list
  if (ordinal < 1 || ordinal > model.last) return null
  await loadNode(model, loader, ordinal)
  model.reveal(ordinal)
  if (hunk === null || hunk >= (model.node(ordinal)?.facts.ownStat?.hunks ?? 0))
    return topOf(list.itemOf(ordinal, null))
  if (!model.hunk(ordinal, hunk)) await loader.load(hunksAround(ordinal, hunk))
  const begin = list.itemOf(ordinal, hunk)
  if (lines === null || begin?.kind !== 'piece') return topOf(begin)
  // Lines are requested by position; rows only one piece after the other.
  const first = model.mode === 'unified' ? Math.floor(lines[0] / model.pieceSize) : 0
  for (let piece = first; ; piece += 1) {
    const item = { ...begin, piece }
    if (!model.piece(item)) return topOf(begin)
    await loader.load(item)
    const row = rowOf(model.piece(item), lines[0])
    if (row !== null) return { item, row }
    if (model.mode === 'unified') return topOf(begin)
  }
}

/** The next visible hunk in this direction; null at the end. */
export async function nextHunk(
  list: ItemList,
  loader: Loader,
  from: { readonly ordinal: number; readonly hunk: number | null },
  step: 1 | -1,
): Promise<ReportPosition | null> {
  const { model } = list
  const inNode = from.hunk === null ? (step === 1 ? 0 : -1) : from.hunk + step
  if (inNode >= 0 && inNode < hunksOf(model, from.ordinal) && model.node(from.ordinal))
    return { ordinal: from.ordinal, hunk: inNode, lines: null }
  return nextNode(list, loader, from.ordinal, step, (hunks) => (step === 1 ? 0 : hunks - 1))
}

/**
 * The next visible node with hunks; null at the end.
 * @param choose which of its hunks, by their number
 */
export async function nextNode(
  list: ItemList,
  loader: Loader,
  from: number,
  step: 1 | -1,
  choose: (hunks: number) => number = () => 0,
): Promise<ReportPosition | null> {
  const { model } = list
  for (let ordinal = from + step; ordinal >= 1 && ordinal <= model.last; ordinal += step) {
    await loadNode(model, loader, ordinal)
    const item = list.itemOf(ordinal, null)
    // Hidden: continue after the folded node.
    if (item?.ordinal !== ordinal) {
      if (step === 1 && item && item.ordinal > ordinal) ordinal = item.ordinal - 1
      else if (!item) return null
      continue
    }
    const hunks = hunksOf(model, ordinal)
    if (hunks > 0) return { ordinal, hunk: choose(hunks), lines: null }
  }
  return null
}

/** 0 if the node is folded. */
function hunksOf(model: ReportModel, ordinal: number): number {
  return model.isFolded(ordinal) ? 0 : (model.node(ordinal)?.facts.ownStat?.hunks ?? 0)
}

async function loadNode(model: ReportModel, loader: Loader, ordinal: number): Promise<void> {
  if (!model.node(ordinal)) await loader.load(nodesAround(ordinal))
}

function rowOf(piece: Piece | null, position: number): number | null {
  const content = piece?.content
  if (!content) return null
  const matches = (line: Line | null) => line?.position === position
  const row =
    'lines' in content
      ? content.lines.findIndex(matches)
      : content.rows.findIndex((both) => matches(both.old) || matches(both.new))
  return row < 0 ? null : row
}

function topOf(item: Item | null): Found | null {
  return item && { item, row: 0 }
}
