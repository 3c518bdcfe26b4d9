/** Searches generated reports, and compares the hits with those of simple loops over the parsed JSON. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createFinder, type SearchQuery } from '../../../src/diff/report/search/line-finder.ts'
import {
  SEARCH_START,
  type SearchBounds,
  type SearchHit,
  type SearchPosition,
  searchReport,
} from '../../../src/diff/report/search/search-report.ts'
import type { Report } from '../../../src/diff/report/types.ts'
import { anyReport, anyTree } from './any-tree.ts'
import { modelHunks, modelNodes, node, type Tree, toReport, withReport } from './model.ts'

const QUERY: SearchQuery = { text: '', isPattern: false, ignoreCase: false, side: 'BOTH' }
const RUNS = 60
const NO_BOUNDS: SearchBounds = { first: 1_000_000, maxMs: 600_000, maxMsWithHits: 600_000 }

interface Found {
  readonly hits: readonly SearchHit[]
  readonly pages: number
  readonly cutLines: number
}

/** All pages from the beginning. */
async function search(report: Report, query: SearchQuery, bounds: SearchBounds = NO_BOUNDS): Promise<Found> {
  const finder = createFinder(query)
  const hits: SearchHit[] = []
  let [pages, cutLines] = [0, 0]
  for (let from: SearchPosition | null = SEARCH_START; from !== null; pages += 1) {
    // A cursor is JSON on its way to the client and back.
    const page = await searchReport(report, query, finder, JSON.parse(JSON.stringify(from)), bounds)
    expect(page.hits.length).toBeLessThanOrEqual(bounds.first)
    expect(page.next).not.toEqual(from)
    hits.push(...page.hits)
    cutLines += page.cutLines
    from = page.next
  }
  return { hits, pages, cutLines }
}

const factsOf = ({ node, place, line, matches: [first] }: SearchHit) => ({
  node,
  place,
  line: line && [line.hunk, line.position, line.kind, line.oldNumber, line.newNumber],
  match: first && [first.start, first.end],
})

/** What a naive search finds. */
function expected(tree: Tree, query: SearchQuery) {
  const { side } = query
  const hits: ReturnType<typeof factsOf>[] = []
  const add = (text: string, place: Omit<(typeof hits)[number], 'match'>) => {
    const match = firstMatch(text, query)
    if (match) hits.push({ ...place, match })
  }
  for (const { ordinal, tree: one } of modelNodes(tree)) {
    const { source1, source2, comments = [], unified_diff: diff } = one
    if (ordinal > 0 && side !== 'NEW') add(source1, { node: ordinal, place: 'oldName', line: null })
    if (ordinal > 0 && side !== 'OLD' && !(side === 'BOTH' && source1 === source2))
      add(source2, { node: ordinal, place: 'newName', line: null })
    if (side === 'BOTH')
      for (const comment of comments) add(comment, { node: ordinal, place: 'comment', line: null })
    for (const [hunk, { lines }] of modelHunks(diff ?? '').entries())
      for (const [position, { kind, oldNumber, newNumber, text }] of lines.entries())
        if (side === 'BOTH' || kind === { OLD: 'removed', NEW: 'added' }[side])
          add(text, {
            node: ordinal,
            place: 'line',
            line: [hunk, position, kind as never, oldNumber, newNumber],
          })
  }
  return hits
}

function firstMatch(text: string, { text: wanted, isPattern, ignoreCase }: SearchQuery): number[] | null {
  const source = isPattern ? wanted : wanted.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
  // The flag `u` makes characters of surrogate pairs.
  const match = new RegExp(source, ignoreCase ? 'isu' : 'su').exec(text)
  return match && [match.index, match.index + match[0].length]
}

/** Texts that occur in the tree, and others. */
const anyText = (tree: Tree) => {
  const texts = modelNodes(tree).flatMap(({ tree: one }) => [
    one.source1,
    ...(one.comments ?? []),
    ...(one.unified_diff ?? '').split('\n'),
  ])
  return fc
    .oneof(
      {
        weight: 4,
        arbitrary: fc
          .tuple(fc.constantFrom(...texts), fc.nat({ max: 20 }), fc.integer({ min: 1, max: 8 }))
          .map(([text, start, length]) =>
            text.slice(text.length > 40 ? start : start % (text.length || 1)).slice(0, length),
          ),
      },
      {
        weight: 1,
        arbitrary: fc.constantFrom(
          'a',
          ' ',
          'unified_diff',
          '\\',
          '"',
          '/',
          '\u00e9',
          '\u{1f600}',
          '\ud83d',
          '\ufffd',
          'source1',
          'u00',
        ),
      },
    )
    .map((text) => text.replaceAll('\n', '') || 'a')
}

const PATTERNS = [
  'a|b',
  '^.',
  '.$',
  '^$',
  '\\ba',
  '[^\\ufffd]$',
  '\\p{L}+',
  '\\\\+n',
  '\\d\\w',
  '(?:`{3}|mov) ?%?',
  '[\\ud800-\\udfff]',
  '.{3,5}?\\s',
  '\\u{1f600}',
  '"quoted"|x*y',
  '[^ -~]',
  '(?:quoted|mov) ?.',
  'source1|quo|\\\\',
]

describe('a search', () => {
  const anySearch = anyReport.chain(({ tree, json }) =>
    fc.record({
      tree: fc.constant(tree),
      json: fc.constant(json),
      query: fc.oneof(
        { weight: 2, arbitrary: anyText(tree).map((text) => ({ text, isPattern: false })) },
        { weight: 1, arbitrary: fc.constantFrom(...PATTERNS).map((text) => ({ text, isPattern: true })) },
      ),
      ignoreCase: fc.boolean(),
      side: fc.constantFrom('OLD' as const, 'NEW' as const, 'BOTH' as const),
      first: fc.integer({ min: 1, max: 7 }),
    }),
  )

  it('finds what a naive search finds, in any notation, on pages of any size and length', async () => {
    await fc.assert(
      fc.asyncProperty(anySearch, async ({ tree, json, query: asked, ignoreCase, side, first }) => {
        const query = { ...asked, ignoreCase, side }
        const wanted = expected(tree, query)
        await withReport(json, async (report) => {
          expect((await search(report, query)).hits.map(factsOf)).toEqual(wanted)
          const short = await search(report, query, { ...NO_BOUNDS, first })
          expect(short.hits.map(factsOf)).toEqual(wanted)
          // Time is over at once: each page reads as little as it can.
          const slow = await search(report, query, { first, maxMs: -1, maxMsWithHits: -1 })
          expect(slow.hits.map(factsOf)).toEqual(wanted)
          expect(slow.pages).toBeGreaterThanOrEqual(short.pages)
        })
      }),
      { numRuns: RUNS },
    )
  })

  it('goes on after any hit', async () => {
    const tree = node('node', {
      details: [
        node('x', {
          source2: 'xx',
          comments: ['x', 'y', 'x'],
          unified_diff: '@@ -1 +1,2 @@\n-x\n+x\n+x\n@@ -9 +9 @@\n x\n',
        }),
      ],
    })
    await withReport(toReport(tree), async (report) => {
      const query = { ...QUERY, text: 'x' }
      const { hits } = await search(report, query)
      expect(hits).toHaveLength(8)
      for (const [index, { next }] of hits.entries()) {
        const rest = await searchReport(report, query, createFinder(query), next, NO_BOUNDS)
        expect(rest.hits).toEqual(hits.slice(index + 1))
      }
    })
  })

  it('finds texts that extend over the pieces in which a long diff is read', async () => {
    const lines = Array.from({ length: 6000 }, (_, at) => `+${at} ${'\u00e9\u{1f600}"\\'.repeat(8)} end${at}`)
    const tree = node('node', {
      details: [node('node', { unified_diff: `@@ -0,0 +1,${lines.length} @@\n${lines.join('\n')}\n` })],
    })
    await withReport(toReport(tree), async (report) => {
      expect(report.sizeBytes).toBeGreaterThan(500_000)
      for (const at of [0, 1, 1234, 2999, 3000, 5999]) {
        const text = `${'\u00e9\u{1f600}"\\'.repeat(8)} end${at}`
        for (const query of [
          { ...QUERY, text },
          { ...QUERY, text: text.replace('end', 'END'), ignoreCase: true },
          { ...QUERY, text: `[\u00e9x].* end${at}$`, isPattern: true },
          { ...QUERY, text: `^${at} |zzz`, isPattern: true },
        ]) {
          const { hits } = await search(report, query, { first: 100, maxMs: -1, maxMsWithHits: -1 })
          expect(hits.map(({ line }) => line?.position)).toContain(at)
          expect(hits.every(({ line }) => `${line?.position}`.startsWith(`${at}`))).toBe(true)
        }
      }
    })
  })

  it('shows a bounded part of a long line, with the positions of its matches', async () => {
    const line = `${'\u{1f600}'.repeat(50_000)}needle${'\u{1f600}'.repeat(50_000)}`
    const tree = node('node', {
      details: [node('node', { unified_diff: `@@ -0,0 +1,2 @@\n+${line}\n+a needle and a needle\n` })],
    })
    await withReport(toReport(tree), async (report) => {
      const { hits } = await search(report, { ...QUERY, text: 'needle' })
      const [long, short] = hits
      expect(long?.matches).toEqual([{ start: 100_000, end: 100_006 }])
      expect(long?.text.length).toBeLessThanOrEqual(300)
      expect(Buffer.from(long?.text ?? '').toString()).toBe(long?.text)
      expect(long?.text.slice(100_000 - (long?.textStart ?? 0)).startsWith('needle')).toBe(true)
      expect(short).toMatchObject({
        text: 'a needle and a needle',
        textStart: 0,
        matches: [
          { start: 2, end: 8 },
          { start: 15, end: 21 },
        ],
      })
    })
  })

  it('says which lines are too long to be searched to their end', async () => {
    const line = `${'x'.repeat(17_000_000)}needle`
    const tree = node('node', {
      details: [node('node', { unified_diff: `@@ -0,0 +1,2 @@\n+${line}\n+needle\n` })],
    })
    await withReport(toReport(tree), async (report) => {
      const { hits, cutLines } = await search(report, { ...QUERY, text: 'needle' })
      expect(hits.map(({ line }) => line?.position)).toEqual([1])
      expect(cutLines).toBe(1)
    })
  })

  it('finds half a surrogate pair only where it stands alone', async () => {
    const tree = node('node', {
      details: [node('node', { unified_diff: '@@ -0,0 +1,2 @@\n+\u{1f600}\n+\ud83d!\n+\ufffd\n' })],
    })
    await withReport(toReport(tree), async (report) => {
      const positions = async (query: SearchQuery) =>
        (await search(report, query)).hits.map(({ line }) => line?.position)
      expect(await positions({ ...QUERY, text: '\ud83d' })).toEqual([1])
      expect(await positions({ ...QUERY, text: '\ufffd' })).toEqual([2])
      expect(await positions({ ...QUERY, text: '[\\ud83d]', isPattern: true })).toEqual([1])
    })
  })

  it('reads the numbers of lines after those that the tool omitted', async () => {
    const tree = node('node', {
      details: [
        node('node', { unified_diff: '@@ -1,7 +1,1 @@\n-[ 5 lines removed ]\n-a\n+needle\n-needle\n' }),
      ],
    })
    await withReport(toReport(tree), async (report) => {
      const { hits } = await search(report, { ...QUERY, text: 'needle' })
      expect(hits.map(({ line }) => [line?.oldNumber, line?.newNumber])).toEqual([
        [null, 1],
        [7, null],
      ])
    })
  })

  it('stops when it is cancelled', async () => {
    await withReport(toReport(node('node', { details: [node('node')] })), async (report) => {
      const query = { ...QUERY, text: 'a' }
      const cancelled = searchReport(
        report,
        query,
        createFinder(query),
        SEARCH_START,
        NO_BOUNDS,
        AbortSignal.abort(new Error('left')),
      )
      await expect(cancelled).rejects.toThrow('left')
    })
  })

  it('looks at every node of a large tree', async () => {
    const [tree] = fc.sample(anyTree, { numRuns: 1, seed: 7 })
    const many = node('node', {
      details: Array.from({ length: 700 }, (_, at) => ({
        ...node(`n${at}`),
        details: at % 100 === 0 && tree ? [tree] : [],
      })),
    })
    await withReport(toReport(many), async (report) => {
      const query = { ...QUERY, text: 'n[0-9]*5$', isPattern: true, side: 'OLD' as const }
      expect((await search(report, query, { ...NO_BOUNDS, first: 3 })).hits.map(factsOf)).toEqual(
        expected(many, query),
      )
    })
  })
})
