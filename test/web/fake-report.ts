/** A report of any shape for tests of its list, without a service. */
import fc from 'fast-check'
import type { HunkFactsFragment, LineFactsFragment, NodeFactsFragment } from '../../web/generated/graphql.ts'
import { ItemList } from '../../web/report/item-list.ts'
import { HUNKS, type Item, type Mode, NODES } from '../../web/report/items.ts'
import { ReportModel } from '../../web/report/model.ts'

const HEIGHTS = { line: 20, head: 34, hunk: 28 }

/** The shape of a report: for each node its depth and the number of lines of each hunk. */
export interface Shape {
  readonly nodes: readonly { readonly depth: number; readonly hunks: readonly number[] }[]
}

export const shapes: fc.Arbitrary<Shape> = fc
  .array(
    fc.record({
      depth: fc.integer({ min: 1, max: 4 }),
      hunks: fc.array(fc.integer({ min: 1, max: 260 }), { maxLength: 25 }),
    }),
    { minLength: 1, maxLength: 230 },
  )
  // A node is at most one level deeper than the previous one.
  .map((nodes) => {
    let before = 0
    return {
      nodes: nodes.map(({ depth, hunks }) => {
        before = Math.min(depth, before + 1)
        return { depth: before, hunks }
      }),
    }
  })

/** A report of a given shape, and what a loader would load of it. */
export class FakeReport {
  readonly model: ReportModel
  readonly list: ItemList
  readonly shape: Shape

  constructor(shape: Shape, mode: Mode = 'unified') {
    this.shape = shape
    const hunks = shape.nodes.flatMap((node) => node.hunks)
    const removed = hunks.reduce((sum, lines) => sum + lines, 0)
    const totals = { nodes: shape.nodes.length + 1, hunks: hunks.length, added: 0, removed }
    this.model = new ReportModel(totals, mode, HEIGHTS)
    this.list = new ItemList(this.model)
  }

  /** Loads what an item stands for, as the loader does. */
  load({ kind, ordinal, hunk, piece }: Item): void {
    const { model } = this
    if (kind === 'nodes') {
      const last = Math.min(ordinal + NODES - 1, model.last)
      model.setNodes(
        ordinal,
        Array.from({ length: last - ordinal + 1 }, (_, i) => this.facts(ordinal + i)),
      )
    }
    const lines = this.shape.nodes[ordinal - 1]?.hunks ?? []
    if (kind === 'hunks')
      model.setHunks(
        ordinal,
        hunk,
        lines
          .slice(hunk, hunk + HUNKS)
          .map((count, i) =>
            model.newHunk(
              hunkFacts(hunk + i),
              count,
              { lines: linesOf(0, Math.min(count, model.pieceSize)) },
              null,
            ),
          ),
      )
    const from = piece * model.pieceSize
    const count = Math.min(model.pieceSize, (lines[hunk] ?? 0) - from)
    if (kind === 'piece' && model.piece({ kind, ordinal, hunk, piece })?.content === null)
      model.setPiece({ kind, ordinal, hunk, piece }, { lines: linesOf(from, count) }, null)
  }

  loadAll(): void {
    for (let again = true; again; ) {
      again = false
      for (const item of itemsOf(this.list)) {
        if (this.model.isLoaded(item)) continue
        this.load(item)
        again = true
        if (item.kind !== 'piece') break
      }
    }
  }

  facts(ordinal: number): NodeFactsFragment {
    const { depth, hunks } = this.shape.nodes[ordinal - 1] as Shape['nodes'][number]
    const behind = this.shape.nodes.findIndex((node, index) => index >= ordinal && node.depth <= depth)
    const end = behind < 0 ? this.shape.nodes.length : behind
    const removed = hunks.reduce((sum, lines) => sum + lines, 0)
    return {
      id: `node ${ordinal}`,
      ordinal,
      depth,
      source1: `name ${ordinal}`,
      source2: `name ${ordinal}`,
      comments: [],
      stat: { nodes: end - ordinal + 1, hunks: hunks.length, added: 0, removed },
      ownStat: hunks.length > 0 ? { nodes: 1, hunks: hunks.length, added: 0, removed } : null,
    }
  }
}

function hunkFacts(position: number): HunkFactsFragment {
  return {
    position,
    header: null,
    oldStart: 1,
    oldLines: 1,
    newStart: 1,
    newLines: 1,
    added: 0,
    removed: 1,
    cut: false,
    whiteSpaceOnly: false,
  }
}

function linesOf(from: number, count: number): LineFactsFragment[] {
  return Array.from({ length: count }, (_, i) => ({
    position: from + i,
    kind: 'REMOVED',
    oldNumber: from + i + 1,
    newNumber: null,
    text: `line ${from + i}`,
    textCut: 0,
    elidedLines: 0,
    segments: null,
  }))
}

export function itemsOf(list: ItemList): Item[] {
  const items: Item[] = []
  for (let item = list.first(); item; item = list.next(item)) items.push(item)
  return items
}

/** A fully loaded report. */
export function loadedReport(nodes: Shape['nodes']): FakeReport {
  const report = new FakeReport({ nodes })
  report.loadAll()
  return report
}
