/** Properties of every list that is read in pages: each entry exactly once, in order, whatever the pages' sizes, also while it grows. */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startPostgres, type TestPostgres } from '../fixtures/postgres.ts'
import { type ServiceOptions, startService, type TestService } from '../fixtures/service.ts'
import { dataOf } from './samples.ts'

const PAGE_INFO = 'pageInfo { hasNextPage hasPreviousPage startCursor endCursor }'

interface AnyPage {
  readonly nodes: readonly Record<string, unknown>[]
  readonly pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; endCursor: string | null }
}

/** Reads a list to its end by pages of these sizes, over and over; `between` is done before each page but the first. */
async function read(
  sizes: readonly number[],
  pageOf: (args: { first: number; after: string | null }) => Promise<AnyPage>,
  between: (entriesRead: number) => Promise<void> = async () => {},
): Promise<Record<string, unknown>[]> {
  const entries: Record<string, unknown>[] = []
  let after: string | null = null
  for (let pages = 0; ; pages++) {
    if (pages > 0) await between(entries.length)
    const first = sizes[pages % sizes.length] ?? 1
    const { nodes, pageInfo } = await pageOf({ first, after })
    expect(nodes.length).toBeLessThanOrEqual(first)
    expect(pageInfo.hasPreviousPage).toBe(after !== null)
    entries.push(...nodes)
    if (!pageInfo.hasNextPage) return entries
    expect(nodes).toHaveLength(first)
    after = pageInfo.endCursor
  }
}

const sizesUpTo = (most: number) =>
  fc.array(fc.integer({ min: 1, max: most }), { minLength: 1, maxLength: 4 })

/** A run's finish: one of few moments, so that many are equal; null has not finished. */
const finish = fc.option(
  fc.integer({ min: 0, max: 3 }).map((day) => new Date(Date.UTC(2024, 5, 1 + day))),
  { freq: 4 },
)

interface Listed {
  readonly id: string
  readonly finishTime: Date | null
}

/** Newest first, those that have not finished ahead of all, ids downwards at equal times. */
function byAge(a: Listed, b: Listed): number {
  const [timeA, timeB] = [a, b].map(({ finishTime }) => finishTime?.getTime() ?? Number.POSITIVE_INFINITY)
  return timeA === timeB ? (a.id < b.id ? 1 : -1) : (timeA ?? 0) < (timeB ?? 0) ? 1 : -1
}

function pagesOfRuns(optionsOf: () => ServiceOptions): void {
  let service: TestService
  beforeAll(async () => {
    service = await startService(optionsOf())
  })
  afterAll(() => service?.close())

  it('hold every run that was there exactly once, and those added behind the reader, while runs are added', async () => {
    let tries = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(finish, { maxLength: 12 }),
        // What is added before each further page.
        fc.array(fc.array(finish, { maxLength: 3 }), { maxLength: 6 }),
        sizesUpTo(5),
        async (present, arrivals, sizes) => {
          const codebase = `paged-${tries++}`
          let made = 0
          // Ids neither rise nor fall as runs arrive.
          const add = async (finishes: readonly (Date | null)[]): Promise<Listed[]> => {
            const runs = finishes.map((finishTime) => ({
              id: `${codebase}-${((made++ * 7919) % 1000).toString().padStart(3, '0')}`,
              finishTime,
            }))
            for (const run of runs) await service.addRun({ ...run, codebase }, [])
            return runs
          }
          const expected = (await add(present)).sort(byAge)
          const waves = [...arrivals]
          const entries = await read(
            sizes,
            async (args) =>
              (
                await dataOf(
                  service,
                  `query ($first: Int!, $after: String, $codebase: String!) {
                    runs(first: $first, after: $after, filter: { codebase: $codebase }) { ... on RunConnection { nodes { runId } ${PAGE_INFO} } }
                  }`,
                  { ...args, codebase },
                )
              ).runs,
            async (entriesRead) => {
              const last = expected[entriesRead - 1]
              const added = await add(waves.shift() ?? [])
              expected.push(...added.filter((run) => last && byAge(last, run) < 0))
              expected.sort(byAge)
            },
          )
          expect(entries.map(({ runId }) => runId)).toEqual(expected.map(({ id }) => id))
        },
      ),
      { numRuns: 40 },
    )
  })
}

describe('pages of runs, over the embedded database,', () => {
  pagesOfRuns(() => ({}))
})

describe("pages of runs, over a farm's PostgreSQL,", () => {
  let postgres: TestPostgres
  beforeAll(async () => {
    postgres = await startPostgres()
  })
  afterAll(() => postgres?.stop())
  pagesOfRuns(() => ({ databaseUrl: postgres.url }))
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

  async function report(fields: string, args: string): Promise<any> {
    const { comparison } = await dataOf(
      service,
      `{ comparison(old: "wide-old", new: "wide-new") { ... on Comparison { diffoscope(${args}) { ... on Diffoscope { ${fields} } ... on Error { message } } } } }`,
    )
    return comparison.diffoscope
  }

  const argumentsOf = (given: Record<string, unknown>) =>
    Object.entries(given)
      .filter(([, value]) => value !== null)
      .map(([name, value]) => `${name}: ${JSON.stringify(value)}`)
      .join(', ')

  it('hold every node that is asked for exactly once, in document order', async () => {
    let largest = 0
    await fc.assert(
      fc.asyncProperty(
        sizesUpTo(60),
        fc.boolean(),
        fc.constantFrom(null, '**/usr/share/wide/3/*', '*1*', 'nothing-has-this'),
        fc.option(fc.integer({ min: 1, max: 5 })),
        async (sizes, filterBoring, pathGlob, maxDepth) => {
          const nodes = (given: object) =>
            report(
              `nodes(${argumentsOf({ ...given, pathGlob, maxDepth })}) { totalCount nodes { ordinal depth path } ${PAGE_INFO} }`,
              `filterBoring: ${filterBoring}`,
            ).then(({ nodes }) => nodes)
          const entries = await read(sizes, nodes)
          const whole = await nodes({ first: 100 })
          expect(whole.pageInfo.hasNextPage).toBe(false)
          expect(entries).toEqual(whole.nodes)
          const ordinals = entries.map(({ ordinal }) => ordinal as number)
          expect(ordinals).toEqual([...new Set(ordinals)].sort((a, b) => a - b))
          if (pathGlob === null && maxDepth === null) largest = Math.max(largest, entries.length)
          if (maxDepth !== null)
            expect(entries.every(({ depth }) => (depth as number) <= maxDepth)).toBe(true)
          if (pathGlob === 'nothing-has-this') expect(entries).toEqual([])
        },
      ),
      { numRuns: 40, examples: [[[7], false, null, null]] },
    )
    expect(largest).toBeGreaterThan(40)
  })

  it.each(['hunks', 'lines', 'rows'])('hold every one of the %s exactly once', async (list) => {
    await fc.assert(
      fc.asyncProperty(sizesUpTo(60), async (sizes) => {
        const page = async (given: Record<string, unknown>): Promise<AnyPage> => {
          const args = argumentsOf(given)
          const fields =
            list === 'hunks'
              ? `hunks(${args}) { nodes { position } ${PAGE_INFO} }`
              : `hunks(first: 1) { nodes { ${list}(${args}) { nodes { ${list === 'lines' ? 'position text' : 'old { position text } new { position text }'} } ${PAGE_INFO} } } }`
          const found = await report(
            `nodes(first: 1, pathGlob: "**/usr/share/wide/0/0") { nodes { ${fields} } }`,
            'mode: CACHED_ONLY',
          )
          const node = found.nodes.nodes[0]
          return list === 'hunks' ? node.hunks : node.hunks.nodes[0][list]
        }
        const entries = await read(sizes, page)
        const whole = await page({ first: 100 })
        expect(whole.pageInfo.hasNextPage).toBe(false)
        expect(entries).toEqual(whole.nodes)
        if (list !== 'rows') expect(entries.map(({ position }) => position)).toEqual(entries.map((_, i) => i))
        expect(entries.length).toBeGreaterThan(list === 'hunks' ? 20 : 5)
      }),
      { numRuns: 15 },
    )
  })
})
