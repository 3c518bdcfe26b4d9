/**
 * The virtual list of a report: items in order, heights that add up, and a viewport in which nothing jumps.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HUNKS, type Item, keyOf } from '../../web/report/items.ts'
import { formatPosition, parsePosition } from '../../web/report/position.ts'
import { nextMatch } from '../../web/report/search.ts'
import { Viewport } from '../../web/report/viewport.ts'
import { FakeReport, itemsOf, loadedReport, shapes } from './fake-report.ts'

/** What may happen to a report while it is viewed. `at` chooses one of its items. */
const steps = fc.array(
  fc.record({
    what: fc.constantFrom('load', 'load', 'load', 'measure', 'fold', 'unfold', 'drop'),
    at: fc.nat(),
    height: fc.integer({ min: 20, max: 3000 }),
  }),
  { maxLength: 40 },
)
type Step = (typeof steps extends fc.Arbitrary<infer S> ? S : never)[number]

function take(report: FakeReport, { what, at, height }: Step): void {
  const { model } = report
  const items = itemsOf(report.list)
  const item = items[at % items.length]
  if (!item) return
  if (what === 'load') report.load(item)
  if (what === 'measure' && model.isLoaded(item)) model.measure(item, height)
  if (what === 'fold') model.fold(item.ordinal, true)
  if (what === 'unfold') model.reveal(item.ordinal)
  if (what === 'drop' && item.kind === 'piece') model.dropHunks(item.ordinal, item.hunk - (item.hunk % HUNKS))
}

describe('ItemList', () => {
  it('has the same items in both directions, and their total height, after any loading, measuring and folding', () => {
    fc.assert(
      fc.property(shapes, steps, (shape, todo) => {
        const report = new FakeReport(shape)
        for (const step of todo) take(report, step)
        const { model, list } = report
        const items = itemsOf(list)
        const back: Item[] = []
        for (let item = list.last(); item; item = list.previous(item)) back.unshift(item)
        expect(back.map(keyOf)).toEqual(items.map(keyOf))
        let offset = 0
        for (const item of items) {
          expect(list.offsetOf(item)).toBeCloseTo(offset, 3)
          const found = list.itemAt(offset + model.height(item) / 2)
          if (model.height(item) > 1) expect(found && keyOf(found.item)).toBe(keyOf(item))
          offset += model.height(item)
        }
        expect(model.total).toBeCloseTo(offset, 3)
      }),
      { numRuns: 60 },
    )
  })

  it('shows every line once and in order when everything is loaded', () => {
    fc.assert(
      fc.property(shapes, (shape) => {
        const report = new FakeReport(shape)
        report.loadAll()
        const { pieceSize } = report.model
        const shown = itemsOf(report.list).map((item) => {
          const content = report.model.piece(item)?.content
          const lines = content && 'lines' in content ? content.lines.map(({ position }) => position) : []
          return item.kind === 'head' ? `node ${item.ordinal}` : `${item.ordinal}.${item.hunk}: ${lines}`
        })
        const expected = shape.nodes.flatMap(({ hunks }, index) => [
          `node ${index + 1}`,
          ...hunks.flatMap((count, hunk) =>
            Array.from({ length: Math.ceil(count / pieceSize) }, (_, piece) => {
              const lines = Array.from(
                { length: Math.min(pieceSize, count - piece * pieceSize) },
                (_, i) => piece * pieceSize + i,
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

  it('hides exactly the nodes below a folded node', () => {
    const depths = [1, 2, 3, 2, 1, 2]
    const { model, list } = loadedReport(depths.map((depth) => ({ depth, hunks: [3] })))
    const total = model.total
    const heads = () => itemsOf(list).flatMap(({ kind, ordinal }) => (kind === 'head' ? [ordinal] : []))
    model.fold(2, true)
    expect(heads()).toEqual([1, 2, 4, 5, 6])
    model.fold(1, true)
    expect(heads()).toEqual([1, 5, 6])
    const pieces = itemsOf(list).filter(({ kind }) => kind === 'piece')
    expect(pieces.map(({ ordinal }) => ordinal)).toEqual([5, 6])
    model.reveal(3)
    expect(heads()).toEqual([1, 2, 3, 4, 5, 6])
    expect(model.total).toBe(total)
  })
})

describe('Viewport', () => {
  it('does not move a visible loaded item when others are loaded or measured', () => {
    fc.assert(
      fc.property(shapes, fc.nat(), steps, (shape, place, todo) => {
        const report = new FakeReport(shape)
        const { model, list } = report
        const viewport = new Viewport(list)
        viewport.jumpTo(((place % 1000) / 1000) * model.total)
        // Everything in view is loaded, as on the page.
        for (let i = 0; i < 20; i++) for (const { item } of viewport.layout(0)) report.load(item)
        const anchor = viewport
          .layout(0)
          .find(({ item, top, height }) => model.isLoaded(item) && top + height > 0)
        if (!anchor) return
        for (const step of todo) {
          if (step.what !== 'load' && step.what !== 'measure') continue
          const items = itemsOf(list)
          const item = items[step.at % items.length]
          if (!item || keyOf(item) === keyOf(anchor.item)) continue
          take(report, step)
          viewport.layout(0)
        }
        const now = viewport.layout(0).find(({ item }) => keyOf(item) === keyOf(anchor.item))
        // At either end it may have to move, so that no empty space is visible.
        const isAtEnd = viewport.offset + viewport.height >= model.total - 1 || viewport.offset <= 1
        if (!isAtEnd) expect(now?.top).toBeCloseTo(anchor.top, 3)
      }),
      { numRuns: 60 },
    )
  })

  it('has no gaps anywhere, and scrolls back to the same offset', () => {
    fc.assert(
      fc.property(
        shapes,
        fc.array(fc.integer({ min: -900, max: 900 }), { maxLength: 20 }),
        (shape, moves) => {
          const { model, list } = loadedReport(shape.nodes)
          const viewport = new Viewport(list)
          for (const move of moves) {
            const from = viewport.offset
            viewport.scrollBy(move)
            const placed = viewport.layout(300)
            for (const [index, { top, height }] of placed.entries())
              if (index > 0)
                expect(top).toBeCloseTo((placed[index - 1]?.top ?? 0) + (placed[index - 1]?.height ?? 0), 3)
              else expect(top + height).toBeGreaterThanOrEqual(-300)
            const room = Math.max(0, model.total - viewport.height)
            expect(viewport.offset).toBeCloseTo(Math.min(Math.max(from + move, 0), room), 3)
          }
        },
      ),
      { numRuns: 60 },
    )
  })

  it('stays at the end while the end is loaded', () => {
    const report = new FakeReport({
      nodes: Array.from({ length: 150 }, () => ({ depth: 1, hunks: [5, 500, 30] })),
    })
    const viewport = new Viewport(report.list)
    viewport.jumpToEnd()
    for (let i = 0; i < 10; i++) for (const { item } of viewport.layout(0)) report.load(item)
    const last = viewport.layout(0).at(-1)
    expect(last && keyOf(last.item)).toBe('piece.150.2.0')
    expect((last?.top ?? 0) + (last?.height ?? 0)).toBe(viewport.height)
  })

  it('moves to the heading of a node that is folded over it', () => {
    const { model, list } = loadedReport([1, 2, 2, 1].map((depth) => ({ depth, hunks: [400] })))
    const viewport = new Viewport(list)
    viewport.show({ kind: 'piece', ordinal: 3, hunk: 0, piece: 2 }, 100, 0)
    model.fold(1, true)
    const [first] = viewport.layout(0)
    expect(first && keyOf(first.item)).toBe('head.1.0.0')
  })
})

describe('A position', () => {
  it.each(['17', '17.3', '17.3.40', '17.3.40-45'])('is formatted as it was parsed: %s', (text) => {
    const position = parsePosition(text)
    expect(position && formatPosition(position)).toBe(text)
  })
  it.each([null, '', 'x', '1.', '1.2.3-', '-1', '1.2.3.4', '12345678901'])('is not %s', (text) => {
    expect(parsePosition(text)).toBeNull()
  })
  it('has its lines in order', () => {
    expect(parsePosition('1.0.9-4')?.lines).toEqual([4, 9])
  })
})

describe('nextMatch', () => {
  it('continues from a position and wraps around', () => {
    const matches = ['1.0.11', '1.1.11', '1.1.110', '1.1.119'].flatMap((text) => parsePosition(text) ?? [])
    const next = (from: string | null, step: 1 | -1) => {
      const match = nextMatch(matches, parsePosition(from), step)
      return match && formatPosition(match)
    }
    expect(next(null, 1)).toBe('1.0.11')
    expect(next('1.0.11', 1)).toBe('1.1.11')
    expect(next('1.1.50', 1)).toBe('1.1.110')
    expect(next('1.1.119', 1)).toBe('1.0.11')
    expect(next('1.1.50', -1)).toBe('1.1.11')
    expect(next('1.0.11', -1)).toBe('1.1.119')
    expect(nextMatch([], null, 1)).toBeNull()
  })
})
