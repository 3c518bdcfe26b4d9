/** The number of SQL statements of an operation does not depend on the number of runs. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { State } from '../../src/state/state.ts'
import { writeRecords } from '../../src/state/write-records.ts'
import { startPostgres, type TestPostgres } from '../fixtures/postgres.ts'
import { startService, type TestService } from '../fixtures/service.ts'
import { findingOf, recordOf } from '../state/state-kit.ts'
import { dataOf } from './samples.ts'
import type { Connection } from './selections.ts'

let postgres: TestPostgres
let service: TestService

beforeAll(async () => {
  postgres = await startPostgres({ logStatements: true })
  service = await startService({
    databaseUrl: postgres.url,
    // The backfill would add statements of its own.
    env: { DIFFER_CATCH_UP_INTERVAL: '3600' },
  })
  const day = (n: number) => new Date(Date.UTC(2024, 0, 1, n))
  for (let n = 0; n < 60; n++) {
    const shared = { codebase: `c${n}`, source: `s${n}`, version: '1-1', mainBranchRevision: `m${n}` }
    await service.addRun(
      { ...shared, id: `old-${n}`, campaign: 'unchanged', revision: `m${n}`, finishTime: day(n) },
      [],
    )
    await service.addRun(
      { ...shared, id: `new-${n}`, campaign: 'fixes', revision: `r${n}`, finishTime: day(100 + n) },
      [],
    )
  }
})
afterAll(async () => {
  await service?.close()
  await postgres?.stop()
})

/** Executes an operation and returns, from the log of the server, what each of its statements looks up. */
async function statementsOf<Data>(
  query: string,
  variables: object = {},
): Promise<{ data: Data; statements: string[] }> {
  const before = (await postgres.statements()).length
  const data = await dataOf<Data>(service, query, variables)
  const all = await postgres.statements()
  const statements = all
    .slice(before)
    .filter((sql) => /from "?run|unnest/i.test(sql))
    .map(subjectOf)
  return { data, statements }
}

/** What a statement looks up. */
function subjectOf(sql: string): string {
  if (/unnest/.test(sql)) return 'baselines'
  if (/= any/.test(sql)) return 'runs by id'
  return /count\(/.test(sql) ? 'count of runs' : 'page of runs'
}

const STAT = 'diffoscope { __typename ... on Diffoscope { stat { added } } } debdiff { __typename }'

describe('the SQL statements', () => {
  it.each([1, 10, 50])(
    'for a page of %i comparisons with their diffs are those for a page and its baselines',
    async (first) => {
      const { data, statements } = await statementsOf<{
        runs: { totalCount: number; nodes: readonly object[] }
      }>(
        `query ($first: Int!) { runs(first: $first, filter: { campaign: "fixes" }) { ... on RunConnection { totalCount nodes {
        runId baseline { runId } comparisonWithBaseline { old { runId } new { runId } ${STAT} } } } } }`,
        { first },
      )
      const { totalCount, nodes } = data.runs
      expect(totalCount).toBe(60)
      expect(nodes).toHaveLength(first)
      expect(nodes[0]).toEqual({
        runId: 'new-59',
        baseline: { runId: 'old-59' },
        comparisonWithBaseline: {
          old: { runId: 'old-59' },
          new: { runId: 'new-59' },
          debdiff: { __typename: 'DiffNotReadyError' },
          diffoscope: { __typename: 'DiffNotReadyError' },
        },
      })
      expect(statements.sort()).toEqual(['baselines', 'count of runs', 'page of runs', 'runs by id'])
    },
  )

  it('for 50 pairs are those for all runs and their baselines', async () => {
    const pairs = Array.from({ length: 50 }, (_, n) => ({ old: `old-${n}`, new: `new-${n}` }))
    const { data, statements } = await statementsOf<{
      comparisons: readonly { new: { baseline: { runId: string } } }[]
    }>(
      `query ($pairs: [RunPairInput!]!) { comparisons(pairs: $pairs) { ... on Comparison { old { version } new { version baseline { runId } } ${STAT} } } }`,
      { pairs },
    )
    expect(data.comparisons[7]?.new.baseline.runId).toBe('old-7')
    // The baselines are already loaded as runs, but another statement must find out which ones they are.
    expect(statements).toEqual(['runs by id', 'baselines', 'runs by id'])
  })

  it('for the two runs of a job include one for both', async () => {
    const { statements } = await statementsOf(
      'mutation { precache(old: "old-1", new: "new-1") { ... on PrecacheJob { old { runId } new { runId } } } }',
    )
    expect(statements).toContain('runs by id')
    expect(statements.length).toBeLessThanOrEqual(4)
  })
})

describe('the SQL statements about campaigns', () => {
  let withState: TestService
  beforeAll(async () => {
    await postgres.admin('CREATE DATABASE state TEMPLATE template0 ENCODING UTF8')
    const url = new URL(postgres.url)
    url.pathname = '/state'
    const database = await openDatabase({ url: url.href })
    for (let n = 0; n < 30; n++) {
      const records = [1, 2].map((run) =>
        recordOf(`new-${n}-${run}`, { campaign: `campaign-${n}`, findings: [findingOf()], finishedMs: n }),
      )
      await new State(database).query('background', 'test', (db) => writeRecords(db, records))
    }
    await database.close()
    withState = await startService({
      databaseUrl: postgres.url,
      env: { DIFFER_CATCH_UP_INTERVAL: '3600', DIFFER_STATE_DATABASE_URL: url.href },
    })
  })
  afterAll(() => withState?.close())

  /** Those that read tables of the state, and those that read runs. */
  const countOf = async (query: string, variables: object) => {
    const before = (await postgres.statements()).length
    const data = await dataOf<Record<string, { nodes: readonly object[] }>>(withState, query, variables)
    const all = (await postgres.statements()).slice(before)
    return { data, statements: all.filter((text) => /differ\.[a-z]|from "?run/i.test(text)).length }
  }

  it('are as many for one campaign as for thirty, whatever is asked about each', async () => {
    const query = `query ($first: Int!) { campaigns(first: $first) { nodes {
      name runCount comparisonCount outdatedComparisons verdicts { comparisons } failures { error }
      rules { rule comparisons } noise { class } packages { change } oldSize newSize
      clusters(first: 2) { totalCount nodes { comparisonCount findings { rule } } }
      comparisons(first: 2, filter: { severity: BAD }) { totalCount nodes { newRunId outdated } } } } }`
    const [one, all] = [await countOf(query, { first: 1 }), await countOf(query, { first: 30 })]
    expect(all.data.campaigns?.nodes).toHaveLength(30)
    for (const node of all.data.campaigns?.nodes ?? [])
      expect(node).toMatchObject({
        rules: [{ rule: 'MODE_SETUID', comparisons: 2 }],
        clusters: { totalCount: 1, nodes: [{ comparisonCount: 2 }] },
        comparisons: { totalCount: 2, nodes: [{ outdated: false }, { outdated: false }] },
      })
    expect(all.statements).toBe(one.statements)
    expect(all.statements).toBeLessThanOrEqual(8)
  })

  it('are as many for a page of one run by its summary as for fifty', async () => {
    const query = `query ($first: Int!) { runs(first: $first, filter: { rule: "MODE_SETUID" }) { totalCount nodes { runId baseline { runId } } } }`
    const [one, all] = [await countOf(query, { first: 1 }), await countOf(query, { first: 50 })]
    expect(all.statements).toBe(one.statements)
    expect(all.statements).toBeLessThanOrEqual(4)
  })
})

describe('pages of runs', () => {
  it.each([1, 3, 7, 100])('of %i contain each run exactly once while others are added', async (first) => {
    const seen: string[] = []
    let after: string | null = null
    for (let page = 0; ; page++) {
      const { runs }: { runs: Connection<{ runId: string }> } = await dataOf(
        service,
        `query ($first: Int!, $after: String) { runs(first: $first, after: $after, filter: { campaign: "unchanged" }) { ... on RunConnection { nodes { runId } pageInfo { hasNextPage endCursor } } } }`,
        { first, after },
      )
      seen.push(...runs.nodes.map(({ runId }) => runId))
      // Newer runs are listed before the pages that have been read.
      if (page < 5)
        await service.addRun(
          {
            id: `late-${first}-${page}`,
            codebase: 'late',
            campaign: 'unchanged',
            finishTime: new Date(Date.UTC(2025, 0, 1, page)),
          },
          [],
        )
      if (!runs.pageInfo.hasNextPage) break
      after = runs.pageInfo.endCursor
    }
    const old = seen.filter((id) => id.startsWith('old-'))
    expect(old).toEqual(Array.from({ length: 60 }, (_, n) => `old-${59 - n}`))
    expect(new Set(seen).size).toBe(seen.length)
  })
})
