/** What a page says about its list, for cursors that are empty, foreign or stale. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { required } from '../fixtures/required.ts'
import { addPair, startService, type TestService } from '../fixtures/service.ts'

const PAGE_INFO = 'pageInfo { hasNextPage hasPreviousPage startCursor endCursor }'

let service: TestService
let batchId: string
beforeAll(async () => {
  service = await startService()
  await addPair(service, 'a')
  const pair = '(old: "a-old", new: "a-new")'
  await service.graphql(
    `{ comparison${pair} { ... on Comparison { summary(mode: WAIT) { __typename } diffoscope(mode: WAIT) { __typename } } } }`,
  )
  await service.graphql(`mutation { precache${pair} { __typename } }`)
  const { data } = await service.graphql(
    'mutation { precacheAll { ... on PrecacheAllPayload { batch { batchId } } } }',
  )
  batchId = data.precacheAll.batch.batchId
})
afterAll(() => service?.close())

const runCursor = (finishTime: string | null, id: string) =>
  Buffer.from(JSON.stringify([finishTime, id])).toString('base64url')

interface ListCase {
  readonly list: string
  /** Everything around the list's arguments. */
  readonly query: (args: string) => string
  /** Cursors that the list has never returned, but that have the form of its cursors. */
  readonly strange: readonly string[]
}

const inReport = (field: (args: string) => string) => (args: string) =>
  `{ comparison(old: "a-old", new: "a-new") { ... on Comparison { diffoscope { ... on Diffoscope { ${field(args)} } } } } }`
const inHunk = (field: (args: string) => string) =>
  inReport(
    (args) =>
      `nodes(first: 1, pathGlob: "**/control") { nodes { hunks(first: 1) { nodes { ${field(args)} } } } }`,
  )
const inSummary = (field: string) => (args: string) =>
  `{ comparison(old: "a-old", new: "a-new") { ... on Comparison { summary { ... on Summary { at: ${field}(${args}) { nodes { __typename } totalCount ${PAGE_INFO} } } } } } }`
const at = (name: string) => (args: string) =>
  `at: ${name}(${args}) { nodes { __typename } totalCount ${PAGE_INFO} }`
const POSITIONS = ['0', '1', '3', '999', '999999999']

const LISTS: readonly ListCase[] = [
  {
    list: 'runs',
    query: (args) =>
      `{ at: runs(${args}) { ... on RunConnection { nodes { runId } totalCount ${PAGE_INFO} } } }`,
    strange: [
      runCursor(null, 'zzz'),
      runCursor(null, ''),
      runCursor('infinity', 'x'),
      runCursor('-infinity', ''),
      runCursor('9999-12-31 00:00:00', 'x'),
      runCursor('0044-03-15 00:00:00 BC', 'x'),
    ],
  },
  {
    list: 'runs that no filter matches',
    query: (args) =>
      `{ at: runs(${args}, filter: { codebase: "none" }) { ... on RunConnection { nodes { runId } totalCount ${PAGE_INFO} } } }`,
    strange: [runCursor(null, 'zzz'), runCursor('2024-01-01 00:00:00', 'x')],
  },
  {
    list: 'jobs',
    query: (args) =>
      `{ at: precacheJobs(${args}) { ... on PrecacheJobConnection { nodes { jobId } ${PAGE_INFO} } } }`,
    strange: ['0.0', '0.999', '5.0', '9.999999999'],
  },
  {
    list: 'jobs of a batch',
    query: (args) =>
      `{ precacheBatch(batchId: "BATCH") { ... on PrecacheBatch { at: jobs(${args}) { nodes { jobId } ${PAGE_INFO} } } } }`,
    strange: ['0', '1', '999999999'],
  },
  { list: 'nodes', query: inReport(at('nodes')), strange: POSITIONS },
  {
    list: 'nodes that a pattern matches',
    query: inReport(
      (args) => `at: nodes(${args}, pathGlob: "**/control") { nodes { __typename } totalCount ${PAGE_INFO} }`,
    ),
    strange: POSITIONS,
  },
  {
    list: 'nodes that no pattern matches',
    query: inReport(
      (args) => `at: nodes(${args}, pathGlob: "none") { nodes { __typename } totalCount ${PAGE_INFO} }`,
    ),
    strange: POSITIONS,
  },
  {
    list: 'children',
    query: inReport((args) => `root { ${at('children')(args)} }`),
    strange: POSITIONS,
  },
  {
    list: 'hunks',
    query: inReport((args) => `nodes(first: 1, pathGlob: "**/control") { nodes { ${at('hunks')(args)} } }`),
    strange: POSITIONS,
  },
  { list: 'lines', query: inHunk(at('lines')), strange: POSITIONS },
  {
    list: 'hunks of a node without any',
    query: inReport((args) => `root { ${at('hunks')(args)} }`),
    strange: POSITIONS,
  },
  { list: 'findings', query: inSummary('findings'), strange: POSITIONS },
  { list: 'files', query: inSummary('files'), strange: POSITIONS },
]

interface Page {
  readonly nodes: readonly object[]
  readonly totalCount?: number | null
  readonly pageInfo: {
    readonly hasNextPage: boolean
    readonly hasPreviousPage: boolean
    readonly endCursor: string | null
  }
}

/** The field `at`, wherever it is. */
function pageIn(data: unknown): Page {
  if (typeof data !== 'object' || data === null) throw new Error('the answer has no page')
  if (Object.hasOwn(data, 'at')) return (data as { at: Page }).at
  const [inner] = Array.isArray(data) ? data : Object.values(data)
  return pageIn(inner)
}

describe.each(LISTS)('$list', ({ query, strange }) => {
  /** Null if the cursor is refused. */
  const ask = async (args: string): Promise<Page | null> => {
    const { data, errors } = await service.graphql(query(args).replace('BATCH', batchId))
    if (errors?.[0]?.extensions?.code === 'USAGE') return null
    expect(errors).toBeUndefined()
    return pageIn(data)
  }

  it('say whether entries precede and follow a page, for any cursor', async () => {
    const all = required(await ask('first: 100'))
    expect(all.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: false })
    for (const cursor of strange) {
      const page = await ask(`first: 100, after: ${JSON.stringify(cursor)}`)
      // A cursor may be known to be another list's.
      if (page === null) continue
      // All that the page lacks is before it.
      expect([cursor, page.pageInfo.hasNextPage, page.pageInfo.hasPreviousPage]).toEqual([
        cursor,
        false,
        page.nodes.length < all.nodes.length,
      ])
      expect(page.totalCount).toBe(all.totalCount)
    }
    if (all.totalCount !== undefined && all.totalCount !== null)
      expect(all.nodes).toHaveLength(all.totalCount)
  })

  it('refuse cursors of another form', async () => {
    for (const cursor of [
      '',
      ' ',
      'x',
      '-1',
      '1e3',
      'null',
      '\u0000',
      runCursor('2024-02-30 00:00:00', 'x'),
    ]) {
      const { errors } = await service.graphql(
        query(`first: 1, after: ${JSON.stringify(cursor)}`).replace('BATCH', batchId),
      )
      expect([cursor, errors?.[0]?.extensions?.code]).toEqual([cursor, 'USAGE'])
    }
  })
})
