/**
 * How long do views of a campaign take with a million summaries, while others are written?
 *
 * Method: a private PostgreSQL server with its default settings. It generates 1,000,000 summaries of 50 campaigns, one
 * of which has 20,000, and about 5,000,000 findings; a run does one of 400 things, the most common ones far more often
 * than the rest, as in a real campaign. Then each query of a page runs 100 times on the campaign of 20,000 runs, first
 * alone, then while 500 new summaries are written each second. `--summaries=N` generates fewer.
 *
 * Reading: the goals are 50 ms for a page (median), 100 ms for the first page of any filter (the slowest filter's
 * median), 300 ms for clusters, and 500 summaries written each second.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Db, openDatabase } from '../src/db/database.ts'
import { findCampaign, listClusters, namedCounts, rulesOfCampaigns } from '../src/state/campaign-queries.ts'
import { type ComparisonFilter, listComparisons } from '../src/state/matching-comparisons.ts'
import { listSummarisedRuns } from '../src/state/matching-runs.ts'
import { digestNumber } from '../src/state/signature.ts'
import { State } from '../src/state/state.ts'
import type { SummaryRecord } from '../src/state/summary-record.ts'
import { writeRecords } from '../src/state/write-records.ts'
import { startPostgres } from '../test/fixtures/postgres.ts'
import { generateState } from './kit/generate-state.ts'

const REPEATS = 100
const PAGE = 50
const WRITES_PER_SECOND = 500
const BATCHES_PER_SECOND = 2

const FILTERS: Readonly<Record<string, ComparisonFilter>> = {
  'filter: verdict, common': { verdict: ['EXPECTED'] },
  'filter: verdict, rare': { verdict: [null] },
  'filter: rule, common': { rule: ['RULE_1'] },
  'filter: rule, rare': { rule: ['RULE_59'] },
  'filter: two rules': { rule: ['RULE_1', 'RULE_40'] },
  'filter: severity BAD, not expected': { severity: ['BAD'], expected: false },
  'filter: severity INFO': { severity: ['INFO'] },
  'filter: package': { package: 'package-777' },
  'filter: path, common': { path: 'usr/share/doc/1' },
  'filter: rule and path that never meet': { rule: ['RULE_1'], path: 'usr/share/doc/39' },
  'filter: common rule and rare verdict': { rule: ['RULE_1'], verdict: ['UNDECIDED'] },
}

const summaries = Number(
  process.argv.find((one) => one.startsWith('--summaries='))?.split('=')[1] ?? 1_000_000,
)
const server = await startPostgres()
const database = await openDatabase({ url: server.url }, { statementTimeoutMs: 3_600_000 })
const state = new State(database)
const query = <T>(work: (db: Db) => Promise<T>) => state.query('list', 'bench', work)
try {
  await query(async () => {})
  const started = performance.now()
  const { findings } = await generateState(server.sql, summaries)
  console.log(
    `${summaries} summaries, ${findings} findings, generated in ${Math.round((performance.now() - started) / 1000)} s`,
  )
  await reportStorage()
  const id = (await query((db) => findCampaign(db, 'campaign-1')))?.id ?? -1
  console.log('\nalone')
  await measure(id)
  console.log(`\nbeside ${WRITES_PER_SECOND} summaries written each second`)
  const stop = new AbortController()
  const writing = writeUntil(stop.signal)
  await measure(id)
  stop.abort()
  const { written, seconds, slowestMs } = await writing
  console.log(
    `${Math.round(written / seconds)} written each second, the slowest batch in ${Math.round(slowestMs)} ms`,
  )
} finally {
  await database.close()
  await server.stop()
}

async function measure(id: number): Promise<void> {
  await time('page: sums, rules, clusters, runs', async (db) => {
    await findCampaign(db, 'campaign-1')
    await namedCounts(db, [id], ['failure', 'noise', 'package', 'size', 'undecided', 'omitted'])
    await rulesOfCampaigns(db, [id], 'RAREST')
    await listClusters(db, [id], { limit: 20 })
    await listComparisons(db, [id], {}, { limit: PAGE })
  })
  await time('clusters', (db) => listClusters(db, [id], { limit: PAGE }))
  for (const [name, filter] of Object.entries(FILTERS))
    await time(name, (db) => listComparisons(db, [id], filter, { limit: PAGE, distinctRuns: true }))
  const page = { limit: PAGE, isOldestFirst: false }
  for (const name of ['filter: rule, rare', 'filter: common rule and rare verdict']) {
    const summary = FILTERS[name] ?? {}
    await time(`runs, ${name}`, (db) => listSummarisedRuns(db, { campaign: ['campaign-1'], summary }, page))
    await time(`all runs, ${name}`, (db) => listSummarisedRuns(db, { summary }, page))
  }
}

async function time(name: string, work: (db: Db) => Promise<unknown>): Promise<void> {
  const times: number[] = []
  for (let index = 0; index < REPEATS; index++) {
    const started = performance.now()
    await query(work)
    times.push(performance.now() - started)
  }
  times.sort((a, b) => a - b)
  const at = (part: number) => (times[Math.floor(part * (times.length - 1))] ?? 0).toFixed(1).padStart(7)
  console.log(`${name.padEnd(48)} p50 ${at(0.5)} ms   p99 ${at(0.99)} ms`)
}

async function reportStorage(): Promise<void> {
  const rows = await server.sql(`SELECT relname, pg_table_size(oid) AS data, pg_indexes_size(oid) AS indexes
    FROM pg_class WHERE relnamespace = 'differ'::regnamespace AND relkind = 'r' ORDER BY 2 DESC`)
  let total = 0
  for (const { relname, data, indexes } of rows) {
    total += Number(data) + Number(indexes)
    console.log(`${String(relname).padEnd(16)}${mega(data)} MB of rows${mega(indexes)} MB of indexes`)
  }
  console.log(`${Math.round(total / summaries)} bytes for each summary`)
}

function mega(bytes: unknown): string {
  return (Number(bytes) / 1e6).toFixed(0).padStart(8)
}

/** Writes new summaries of all campaigns at a steady rate. */
async function writeUntil(signal: AbortSignal) {
  const started = performance.now()
  let [written, slowestMs] = [0, 0]
  while (!signal.aborted) {
    const dueMs = (written / WRITES_PER_SECOND) * 1_000 - (performance.now() - started)
    if (dueMs > 0) await sleep(dueMs)
    const records = Array.from({ length: WRITES_PER_SECOND / BATCHES_PER_SECOND }, (_, index) =>
      newRecord(written + index),
    )
    const batchStarted = performance.now()
    await state.query('background', 'bench', (db) => writeRecords(db, records))
    slowestMs = Math.max(slowestMs, performance.now() - batchStarted)
    written += records.length
  }
  return { written, slowestMs, seconds: (performance.now() - started) / 1_000 }
}

function newRecord(number: number): SummaryRecord {
  const findings = Array.from({ length: 5 }, (_, index) => {
    const path = `usr/share/doc/${(number + index) % 40}`
    const rule = `RULE_${(number * 7 + index) % 60}`
    return {
      rule,
      severity: 'INFO' as const,
      expected: false,
      package: `package-${number % 30_000}`,
      path,
      pathKey: String(digestNumber(path)),
    }
  })
  return {
    ...{ oldId: `new-old-${number}`, newId: `new-${number}`, campaign: `campaign-${(number % 50) + 1}` },
    ...{
      codebase: `package-${number % 30_000}`,
      finishedMs: Date.now(),
      verdict: 'SUBSTANTIVE',
      failure: null,
    },
    ...{
      isPermanent: true,
      rulesVersion: 8,
      rulesFile: '',
      madeMs: Date.now(),
      bad: 0,
      verify: 0,
      info: 5,
      expected: 0,
    },
    signature: String(number % 400),
    counts: [
      { kind: 'verdict', key: 'SUBSTANTIVE', severity: '', expected: false, items: 1 },
      ...findings.map(({ rule, severity, expected }) => ({
        kind: 'rule' as const,
        key: rule,
        severity,
        expected,
        items: 1,
      })),
    ],
    findings,
  }
}
