/**
 * Properties of all paged lists: each item appears exactly once and in order, for any page sizes, also while
 * the list grows.
 */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { countOf } from '../fixtures/seeds.ts'
import { type ServiceOptions, startService, type TestService } from '../fixtures/service.ts'
import { dataOf } from './samples.ts'
import { firstOf, type Report } from './selections.ts'

const PAGE_INFO = 'pageInfo { hasNextPage hasPreviousPage startCursor endCursor }'

interface AnyPage {
  readonly nodes: readonly Record<string, unknown>[]
  readonly pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; endCursor: string | null }
}

/**
 * Reads a list to its end with pages of these sizes, repeated. Calls `between` before each page but the
 * first.
 */
async function read(
  sizes: readonly number[],
  pageOf: (args: { first: number; after: string | null }) => Promise<AnyPage>,
  between: (itemsRead: number) => Promise<void> = async () => {},
): Promise<Record<string, unknown>[]> {
  const items: Record<string, unknown>[] = []
  let after: string | null = null
  for (let pages = 0; ; pages++) {
    if (pages > 0) await between(items.length)
    const first = sizes[pages % sizes.length] ?? 1
    const { nodes, pageInfo } = await pageOf({ first, after })
    expect(nodes.length).toBeLessThanOrEqual(first)
    expect(pageInfo.hasPreviousPage).toBe(after !== null)
    items.push(...nodes)
    if (!pageInfo.hasNextPage) return items
    expect(nodes).toHaveLength(first)
    after = pageInfo.endCursor
  }
}

const sizesUpTo = (max: number) => fc.array(fc.integer({ min: 1, max }), { minLength: 1, maxLength: 4 })

/** Finish time of a run: one of a few, so that many are equal; null if it has not finished. */
const finish = fc.option(
  fc.integer({ min: 0, max: 3 }).map((day) => new Date(Date.UTC(2024, 5, 1 + day))),
  { freq: 4 },
)

interface Listed {
  readonly id: string
  readonly finishTime: Date | null
}

/** Unfinished runs first, then newest first; runs with the same finish time by descending id. */
function byAge(a: Listed, b: Listed): number {
  const [timeA, timeB] = [a, b].map(({ finishTime }) => finishTime?.getTime() ?? Number.POSITIVE_INFINITY)
  return timeA === timeB ? (a.id < b.id ? 1 : -1) : (timeA ?? 0) < (timeB ?? 0) ? 1 : -1
}

function pagesOfRuns(options: ServiceOptions): void {
  let service: TestService
  beforeAll(async () => {
    service = await startService(options)
  })
  afterAll(() => service?.close())

  it('contain each run exactly once, also runs that are added after the reader’s position', async () => {
    let attempts = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(finish, { maxLength: 12 }),
        // Runs to add before each further page.
        fc.array(fc.array(finish, { maxLength: 3 }), { maxLength: 6 }),
        sizesUpTo(5),
        async (present, arrivals, sizes) => {
          const codebase = `paged-${attempts++}`
          let added = 0
          // Later runs have neither only larger nor only smaller ids.
          const add = async (finishes: readonly (Date | null)[]): Promise<Listed[]> => {
            const runs = finishes.map((finishTime) => ({
              id: `${codebase}-${((added++ * 7919) % 1000).toString().padStart(3, '0')}`,
              finishTime,
            }))
            for (const run of runs) await service.addRun({ ...run, codebase }, [])
            return runs
          }
          const expected = (await add(present)).sort(byAge)
          const waves = [...arrivals]
          const items = await read(
            sizes,
            async (args) =>
              (
                await dataOf<{ runs: AnyPage }>(
                  service,
                  `query ($first: Int!, $after: String, $codebase: [String!]!) {
                    runs(first: $first, after: $after, filter: { codebase: $codebase }) { ... on RunConnection { nodes { runId } ${PAGE_INFO} } }
                  }`,
                  { ...args, codebase: [codebase] },
                )
              ).runs,
            async (itemsRead) => {
              const last = expected[itemsRead - 1]
              const newRuns = await add(waves.shift() ?? [])
              expected.push(...newRuns.filter((run) => last && byAge(last, run) < 0))
              expected.sort(byAge)
            },
          )
          expect(items.map(({ runId }) => runId)).toEqual(expected.map(({ id }) => id))
        },
      ),
      { numRuns: countOf(15, 40) },
    )
  })
}

describe('pages of runs from the embedded database', () => {
  pagesOfRuns({ embedded: true })
})

describe('pages of runs from PostgreSQL', () => {
  pagesOfRuns({})
})

describe('pages of a report', () => {
  let service: TestService

  beforeAll(async () => {
    service = await startService()
    const lines = (word: string) =>
      Array.from({ length: 800 }, (_, i) => (i % 31 === 0 ? `${word} ${i}` : `${i}`))
    for (const [id, word] of [
      ['wide-old', 'old'],
      ['wide-new', 'new'],
    ] as const)
      await service.addRun({ id, codebase: 'wide', source: 'wide' }, [
        {
          name: 'wide',
          version: '1-1',
          files: Object.fromEntries(
            Array.from({ length: 40 }, (_, i) => [
              `usr/share/wide/${i % 5}/${i}`,
              i === 0 ? lines(word).join('\n') : `${word} ${i}\n`,
            ]),
          ),
        },
        { name: `only-${id}`, version: '1-1', files: {} },
      ])
    await report('stat { nodes }', 'mode: WAIT')
    await report('stat { nodes }', 'mode: WAIT, filterBoring: true')
  })
  afterAll(() => service?.close())

  async function report(fields: string, args: string): Promise<Report> {
    const { comparison } = await dataOf<{ comparison: { diffoscope: Report } }>(
      service,
      `{ comparison(old: "wide-old", new: "wide-new") { ... on Comparison { diffoscope(${args}) { ... on Diffoscope { ${fields} } ... on Error { message } } } } }`,
    )
    return comparison.diffoscope
  }

  const argumentsOf = (values: Record<string, unknown>) =>
    Object.entries(values)
      .filter(([, value]) => value !== null)
      .map(([name, value]) => `${name}: ${JSON.stringify(value)}`)
      .join(', ')

  it('contain each matching node exactly once, in document order', async () => {
    let largest = 0
    await fc.assert(
      fc.asyncProperty(
        sizesUpTo(60),
        fc.boolean(),
        fc.constantFrom(null, '**/usr/share/wide/3/*', '*1*', 'nothing-has-this'),
        fc.option(fc.integer({ min: 1, max: 5 })),
        async (sizes, filterBoring, pathGlob, maxDepth) => {
          const nodes = (page: object) =>
            report(
              `nodes(${argumentsOf({ ...page, pathGlob, maxDepth })}) { totalCount nodes { ordinal depth path } ${PAGE_INFO} }`,
              `filterBoring: ${filterBoring}`,
            ).then(({ nodes }) => nodes as unknown as AnyPage)
          const items = await read(sizes, nodes)
          const whole = await nodes({ first: 100 })
          expect(whole.pageInfo.hasNextPage).toBe(false)
          expect(items).toEqual(whole.nodes)
          const ordinals = items.map(({ ordinal }) => ordinal as number)
          expect(ordinals).toEqual([...new Set(ordinals)].sort((a, b) => a - b))
          if (pathGlob === null && maxDepth === null) largest = Math.max(largest, items.length)
          if (maxDepth !== null) expect(items.every(({ depth }) => (depth as number) <= maxDepth)).toBe(true)
          if (pathGlob === 'nothing-has-this') expect(items).toEqual([])
        },
      ),
      { numRuns: countOf(15, 40), examples: [[[7], false, null, null]] },
    )
    expect(largest).toBeGreaterThan(40)
  })

  it.each(['hunks', 'lines', 'rows'] as const)('contain each of the %s exactly once', async (list) => {
    await fc.assert(
      fc.asyncProperty(sizesUpTo(60), async (sizes) => {
        const page = async (values: Record<string, unknown>): Promise<AnyPage> => {
          const args = argumentsOf(values)
          const lineFields =
            list === 'lines' ? 'position text' : 'old { position text } new { position text }'
          const fields =
            list === 'hunks'
              ? `hunks(${args}) { nodes { position } ${PAGE_INFO} }`
              : `hunks(first: 1) { nodes { ${list}(${args}) { nodes { ${lineFields} } ${PAGE_INFO} } } }`
          const found = await report(
            `nodes(first: 1, pathGlob: "**/usr/share/wide/0/0") { nodes { ${fields} } }`,
            'mode: CACHED_ONLY',
          )
          const { hunks } = firstOf(found.nodes.nodes)
          return (list === 'hunks' ? hunks : firstOf(hunks.nodes)[list]) as unknown as AnyPage
        }
        const items = await read(sizes, page)
        const whole = await page({ first: 100 })
        expect(whole.pageInfo.hasNextPage).toBe(false)
        expect(items).toEqual(whole.nodes)
        if (list !== 'rows') expect(items.map(({ position }) => position)).toEqual(items.map((_, i) => i))
        expect(items.length).toBeGreaterThan(list === 'hunks' ? 20 : 5)
      }),
      { numRuns: countOf(8, 15) },
    )
  })
})
