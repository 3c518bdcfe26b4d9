/** Where to go in a report from where one is. What lies there is loaded on the way. */
import type { Loader } from './loader.ts'
import { HUNKS, type Leaf, type Line, NODES, type Piece, type ReportModel } from './model.ts'
import type { ReportPlace } from './place.ts'

/** Loads what a place needs, and says which leaf shows it and how far into it that is. Null where there is no such place. */
export async function findPlace(
  model: ReportModel,
  loader: Loader,
  { ordinal, hunk, lines }: ReportPlace,
): Promise<{ leaf: Leaf; row: number } | null> {
  if (ordinal < 1 || ordinal > model.last) return null
  await loadNode(model, loader, ordinal)
  model.reveal(ordinal)
  if (hunk === null) return at(model.leafOf(ordinal, null), 0)
  if (hunk >= (model.node(ordinal)?.facts.ownStat?.hunks ?? 0)) return at(model.leafOf(ordinal, null), 0)
  if (!model.hunk(ordinal, hunk))
    await loader.load({ kind: 'hunks', ordinal, hunk: hunk - (hunk % HUNKS), piece: 0 })
  const begin = model.leafOf(ordinal, hunk)
  if (lines === null || begin?.kind !== 'piece') return at(begin, 0)
  // Lines are found by their number; rows only one piece after the other.
  const first = model.mode === 'unified' ? Math.floor(lines[0] / model.pieceSize) : 0
  for (let piece = first; ; piece += 1) {
    const leaf = { ...begin, piece }
    if (!model.piece(leaf)) return at(begin, 0)
    await loader.load(leaf)
    const row = rowOf(model.piece(leaf), lines[0])
    if (row !== null) return { leaf, row }
    if (model.mode === 'unified') return at(begin, 0)
  }
}

/** The next hunk in this direction that is not folded away; null at the end. */
export async function nextHunk(
  model: ReportModel,
  loader: Loader,
  from: { readonly ordinal: number; readonly hunk: number | null },
  step: 1 | -1,
): Promise<ReportPlace | null> {
  const inNode = from.hunk === null ? (step === 1 ? 0 : -1) : from.hunk + step
  const here = model.node(from.ordinal)
  if (inNode >= 0 && inNode < hunksOf(model, from.ordinal) && here)
    return { ordinal: from.ordinal, hunk: inNode, lines: null }
  return nextNode(model, loader, from.ordinal, step, (hunks) => (step === 1 ? 0 : hunks - 1))
}

/** The next node with lines of its own. @param hunk which of its hunks */
export async function nextNode(
  model: ReportModel,
  loader: Loader,
  from: number,
  step: 1 | -1,
  hunk: (hunks: number) => number = () => 0,
): Promise<ReportPlace | null> {
  for (let ordinal = from + step; ordinal >= 1 && ordinal <= model.last; ordinal += step) {
    await loadNode(model, loader, ordinal)
    const leaf = model.leafOf(ordinal, null)
    // Folded away: go on where something is seen again.
    if (leaf?.ordinal !== ordinal) {
      if (step === 1 && leaf && leaf.ordinal > ordinal) ordinal = leaf.ordinal - 1
      else if (!leaf) return null
      continue
    }
    const hunks = hunksOf(model, ordinal)
    if (hunks > 0) return { ordinal, hunk: hunk(hunks), lines: null }
  }
  return null
}

function hunksOf(model: ReportModel, ordinal: number): number {
  return model.isFolded(ordinal) ? 0 : (model.node(ordinal)?.facts.ownStat?.hunks ?? 0)
}

async function loadNode(model: ReportModel, loader: Loader, ordinal: number): Promise<void> {
  if (model.node(ordinal)) return
  await loader.load({ kind: 'nodes', ordinal: ordinal - ((ordinal - 1) % NODES), hunk: 0, piece: 0 })
}

function rowOf(piece: Piece | null, position: number): number | null {
  const content = piece?.content
  if (!content) return null
  const is = (line: Line | null) => line?.position === position
  const row =
    'lines' in content
      ? content.lines.findIndex(is)
      : content.rows.findIndex((both) => is(both.old) || is(both.new))
  return row < 0 ? null : row
}

function at(leaf: Leaf | null, row: number): { leaf: Leaf; row: number } | null {
  return leaf && { leaf, row }
}
