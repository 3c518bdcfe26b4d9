/** The column of a report that is shown: leaves in order, heights that add up, and nothing in view that moves when more is known. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { HunkFactsFragment, LineFactsFragment, NodeFactsFragment } from '../../web/generated/graphql.ts'
import { Column } from '../../web/report/column.ts'
import { HUNKS, keyOf, type Leaf, type Mode, NODES, ReportModel } from '../../web/report/model.ts'
import { readPlace, writePlace } from '../../web/report/place.ts'
import { nextFound, searchLoaded } from '../../web/report/search.ts'

const HEIGHTS = { line: 20, head: 34, hunk: 28 }

/** A report as the service would tell it: for each node its depth, and the numbers of lines of its hunks. */
interface Story {
  readonly nodes: readonly { readonly depth: number; readonly hunks: readonly number[] }[]
}

const stories: fc.Arbitrary<Story> = fc
  .array(
    fc.record({
      depth: fc.integer({ min: 1, max: 4 }),
      hunks: fc.array(fc.integer({ min: 1, max: 260 }), { maxLength: 25 }),
    }),
    { minLength: 1, maxLength: 230 },
  )
  // A node is at most one deeper than the one ahead of it.
  .map((nodes) => {
    let before = 0
    return {
      nodes: nodes.map(({ depth, hunks }) => {
        before = Math.min(depth, before + 1)
        return { depth: before, hunks }
      }),
    }
  })

class Told {
  readonly model: ReportModel
  readonly story: Story

  constructor(story: Story, mode: Mode = 'unified') {
    this.story = story
    const hunks = story.nodes.flatMap((node) => node.hunks)
    const removed = hunks.reduce((sum, lines) => sum + lines, 0)
    const totals = { nodes: story.nodes.length + 1, hunks: hunks.length, added: 0, removed }
    this.model = new ReportModel(totals, mode, HEIGHTS)
  }

  /** Loads what a leaf stands for, as the loader does. */
  load({ kind, ordinal, hunk, piece }: Leaf): void {
    const { model } = this
    if (kind === 'nodes') {
      const last = Math.min(ordinal + NODES - 1, model.last)
      model.setNodes(
        ordinal,
        Array.from({ length: last - ordinal + 1 }, (_, i) => this.facts(ordinal + i)),
      )
    }
    const lines = this.story.nodes[ordinal - 1]?.hunks ?? []
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
      for (const leaf of leavesOf(this.model)) {
        if (isLoaded(this.model, leaf)) continue
        this.load(leaf)
        again = true
        if (leaf.kind !== 'piece') break
      }
    }
  }

  facts(ordinal: number): NodeFactsFragment {
    const { depth, hunks } = this.story.nodes[ordinal - 1] as Story['nodes'][number]
    const behind = this.story.nodes.findIndex((node, index) => index >= ordinal && node.depth <= depth)
    const end = behind < 0 ? this.story.nodes.length : behind
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

function leavesOf(model: ReportModel): Leaf[] {
  const leaves: Leaf[] = []
  for (let leaf = model.first(); leaf; leaf = model.next(leaf)) leaves.push(leaf)
  return leaves
}

function isLoaded(model: ReportModel, leaf: Leaf): boolean {
  return leaf.kind === 'head' || model.piece(leaf)?.content != null
}

/** What may be done to a report while it is looked at; numbers choose among the leaves there are. */
const steps = fc.array(
  fc.record({
    what: fc.constantFrom('load', 'load', 'load', 'measure', 'fold', 'unfold', 'drop'),
    at: fc.nat(),
    height: fc.integer({ min: 20, max: 3000 }),
  }),
  { maxLength: 40 },
)
type Step = (typeof steps extends fc.Arbitrary<infer S> ? S : never)[number]

function take(told: Told, { what, at, height }: Step): void {
  const { model } = told
  const leaves = leavesOf(model)
  const leaf = leaves[at % leaves.length]
  if (!leaf) return
  if (what === 'load') told.load(leaf)
  if (what === 'measure' && isLoaded(model, leaf)) model.measure(leaf, height)
  if (what === 'fold') model.fold(leaf.ordinal, true)
  if (what === 'unfold') model.reveal(leaf.ordinal)
  if (what === 'drop' && leaf.kind === 'piece') model.dropHunks(leaf.ordinal, leaf.hunk - (leaf.hunk % HUNKS))
}

describe('the column of a report', () => {
  it('goes up the way that it goes down, and is as high as all its leaves, whatever has been loaded, measured or folded', () => {
    fc.assert(
      fc.property(stories, steps, (story, todo) => {
        const told = new Told(story)
        for (const step of todo) take(told, step)
        const { model } = told
        const leaves = leavesOf(model)
        const back: Leaf[] = []
        for (let leaf = model.end(); leaf; leaf = model.previous(leaf)) back.unshift(leaf)
        expect(back.map(keyOf)).toEqual(leaves.map(keyOf))
        let offset = 0
        for (const leaf of leaves) {
          expect(model.offsetOf(leaf)).toBeCloseTo(offset, 3)
          const found = model.leafAt(offset + model.height(leaf) / 2)
          if (model.height(leaf) > 1) expect(found && keyOf(found.leaf)).toBe(keyOf(leaf))
          offset += model.height(leaf)
        }
        expect(model.total).toBeCloseTo(offset, 3)
      }),
      { numRuns: 60 },
    )
  })

  it('shows every line once, in order, when all is loaded', () => {
    fc.assert(
      fc.property(stories, (story) => {
        const told = new Told(story)
        told.loadAll()
        const shown = leavesOf(told.model).map((leaf) => {
          const content = told.model.piece(leaf)?.content
          const lines = content && 'lines' in content ? content.lines.map(({ position }) => position) : []
          return leaf.kind === 'head' ? `node ${leaf.ordinal}` : `${leaf.ordinal}.${leaf.hunk}: ${lines}`
        })
        const expected = story.nodes.flatMap(({ hunks }, index) => [
          `node ${index + 1}`,
          ...hunks.flatMap((count, hunk) =>
            Array.from({ length: Math.ceil(count / 100) }, (_, piece) => {
              const lines = Array.from(
                { length: Math.min(100, count - piece * 100) },
                (_, i) => piece * 100 + i,
              )
              return `${index + 1}.${hunk}: ${lines}`
            }),
          ),
        ])
        expect(shown).toEqual(expected)
      }),
      { numRuns: 20 },
    )
  })

  it('hides below a folded node what lies in it, and nothing else', () => {
    const depths = [1, 2, 3, 2, 1, 2]
    const told = new Told({ nodes: depths.map((depth) => ({ depth, hunks: [3] })) })
    told.loadAll()
    const whole = told.model.total
    const heads = () =>
      leavesOf(told.model).flatMap(({ kind, ordinal }) => (kind === 'head' ? [ordinal] : []))
    told.model.fold(2, true)
    expect(heads()).toEqual([1, 2, 4, 5, 6])
    told.model.fold(1, true)
    expect(heads()).toEqual([1, 5, 6])
    expect(
      leavesOf(told.model)
        .filter(({ kind }) => kind === 'piece')
        .map(({ ordinal }) => ordinal),
    ).toEqual([5, 6])
    told.model.reveal(3)
    expect(heads()).toEqual([1, 2, 3, 4, 5, 6])
    expect(told.model.total).toBe(whole)
  })
})

describe('the view of a column', () => {
  /** Where a leaf is seen that has been loaded. */
  const seen = (column: Column) =>
    new Map(column.layout(0).map(({ leaf, top, height }) => [keyOf(leaf), { top, height }]))

  it('does not move what is seen of a loaded leaf when others are loaded or measured', () => {
    fc.assert(
      fc.property(stories, fc.nat(), steps, (story, place, todo) => {
        const told = new Told(story)
        const { model } = told
        const column = new Column(model)
        column.jumpTo(((place % 1000) / 1000) * model.total)
        // Everything in view is loaded, as the page does it.
        for (let i = 0; i < 20; i++) for (const { leaf } of column.layout(0)) told.load(leaf)
        const pinned = column
          .layout(0)
          .find(({ leaf, top, height }) => isLoaded(model, leaf) && top + height > 0)
        if (!pinned) return
        for (const step of todo) {
          if (step.what !== 'load' && step.what !== 'measure') continue
          const leaves = leavesOf(model)
          const leaf = leaves[step.at % leaves.length] as Leaf
          // What is at either end of everything may have to move, so that nothing empty is seen.
          if (keyOf(leaf) === keyOf(pinned.leaf)) continue
          take(told, step)
          column.layout(0)
        }
        const now = seen(column).get(keyOf(pinned.leaf))
        const isAtEnd = column.offset + column.viewHeight >= model.total - 1 || column.offset <= 1
        if (!isAtEnd) expect(now?.top).toBeCloseTo(pinned.top, 3)
      }),
      { numRuns: 60 },
    )
  })

  it('is filled without a gap wherever it is, and scrolling back comes to the same place', () => {
    fc.assert(
      fc.property(
        stories,
        fc.array(fc.integer({ min: -900, max: 900 }), { maxLength: 20 }),
        (story, moves) => {
          const told = new Told(story)
          told.loadAll()
          const column = new Column(told.model)
          for (const move of moves) {
            const from = column.offset
            column.scrollBy(move)
            const placed = column.layout(300)
            for (const [index, { top, height }] of placed.entries())
              if (index > 0)
                expect(top).toBeCloseTo((placed[index - 1]?.top ?? 0) + (placed[index - 1]?.height ?? 0), 3)
              else expect(top + height).toBeGreaterThanOrEqual(-300)
            const room = Math.max(0, told.model.total - column.viewHeight)
            expect(column.offset).toBeCloseTo(Math.min(Math.max(from + move, 0), room), 3)
          }
        },
      ),
      { numRuns: 60 },
    )
  })

  it('stays at the end while that is loaded', () => {
    const told = new Told({ nodes: Array.from({ length: 150 }, () => ({ depth: 1, hunks: [5, 500, 30] })) })
    const column = new Column(told.model)
    column.jumpToEnd()
    for (let i = 0; i < 10; i++) for (const { leaf } of column.layout(0)) told.load(leaf)
    const last = column.layout(0).at(-1)
    expect(last && keyOf(last.leaf)).toBe('piece.150.2.0')
    expect((last?.top ?? 0) + (last?.height ?? 0)).toBe(column.viewHeight)
  })

  it('holds on to the head of what is folded over it', () => {
    const told = new Told({ nodes: [1, 2, 2, 1].map((depth) => ({ depth, hunks: [400] })) })
    told.loadAll()
    const column = new Column(told.model)
    column.show({ kind: 'piece', ordinal: 3, hunk: 0, piece: 2 }, 100, 0)
    told.model.fold(1, true)
    const [first] = column.layout(0)
    expect(first && keyOf(first.leaf)).toBe('head.1.0.0')
  })
})

describe('a place in a report', () => {
  it.each(['17', '17.3', '17.3.40', '17.3.40-45'])('%s is read as it is written', (text) => {
    const place = readPlace(text)
    expect(place && writePlace(place)).toBe(text)
  })
  it.each([null, '', 'x', '1.', '1.2.3-', '-1', '1.2.3.4', '12345678901'])('%s is none', (text) => {
    expect(readPlace(text)).toBeNull()
  })
  it('has its lines in order', () => {
    expect(readPlace('1.0.9-4')?.lines).toEqual([4, 9])
  })
})

describe('looking for text in what is loaded', () => {
  it('finds lines in order, goes on from where one is, and begins again behind the last', () => {
    const told = new Told({ nodes: [{ depth: 1, hunks: [30, 120] }] })
    told.loadAll()
    const found = searchLoaded(told.model, 'LINE 11')
    expect(found.map(writePlace)).toEqual([
      '1.0.11',
      '1.1.11',
      ...Array.from({ length: 10 }, (_, i) => `1.1.${110 + i}`),
    ])
    const next = (from: string | null, step: 1 | -1) => {
      const place = nextFound(found, readPlace(from), step)
      return place && writePlace(place)
    }
    expect(next(null, 1)).toBe('1.0.11')
    expect(next('1.0.11', 1)).toBe('1.1.11')
    expect(next('1.1.50', 1)).toBe('1.1.110')
    expect(next('1.1.119', 1)).toBe('1.0.11')
    expect(next('1.1.50', -1)).toBe('1.1.11')
    expect(next('1.0.11', -1)).toBe('1.1.119')
    expect(searchLoaded(told.model, '')).toEqual([])
  })
})
