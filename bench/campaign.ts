/**
 * How long do views of a campaign take with a million summaries, while others are written?
 *
 * Method: a private PostgreSQL server with its default settings. It generates 1,000,000 summaries of 50 campaigns, one
 * of which has 20,000, and about 5,000,000 findings; a run does one of 400 things, the most common ones far more often
 * than the rest, as in a real campaign. Then each query of a page runs 100 times on the campaign of 20,000 runs, first
 * alone, then while 500 new summaries are written each second. The first page of each pair of conditions that a filter
 * may combine is read 5 times, from the runs of that campaign and of all. `--summaries=N` generates fewer.
 *
 * Reading: the goals are 50 ms for a page (median), 100 ms for the first page of any filter (the slowest pair's
 * median), 300 ms for clusters, and 500 summaries written each second.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Db, openDatabase } from '../src/db/database.ts'
import { RULES_VERSION } from '../src/diff/summary-version.ts'
import { findCampaign, listClusters, namedCounts, rulesOfCampaigns } from '../src/state/campaign-queries.ts'
import type { ComparisonFilter } from '../src/state/comparison-filter.ts'
import { listComparisons } from '../src/state/matching-comparisons.ts'
import { listSummarisedRuns, type SummarisedRunFilter } from '../src/state/matching-runs.ts'
import { digestNumber } from '../src/state/signature.ts'
import { State } from '../src/state/state.ts'
import type { SummaryRecord } from '../src/state/summary-record.ts'
import { writeRecords } from '../src/state/write-records.ts'
import { startPostgres } from '../test/fixtures/postgres.ts'
import { generateState } from './kit/generate-state.ts'

const REPEATS = 100
const REPEATS_OF_PAIRS = 5
/** The slowest pairs are printed. */
const SLOWEST = 5
const PAGE = 50
const FIRST_PAGE = { limit: PAGE, isOldestFirst: false }
const WRITES_PER_SECOND = 500
const BATCHES_PER_SECOND = 2

type RunConditions = Omit<SummarisedRunFilter, 'campaign'>

const FILTERS: Readonly<Record<string, ComparisonFilter>> = {
  'verdict, common': { verdict: ['EXPECTED'] },
  'verdict, rare': { verdict: [null] },
  'rule, common': { rule: ['RULE_1'] },
  'rule, rare': { rule: ['RULE_59'] },
  'two rules': { rule: ['RULE_1', 'RULE_40'] },
  'severity BAD, not expected': { severity: ['BAD'], expected: false },
  'severity INFO': { severity: ['INFO'] },
  package: { package: 'package-777' },
  'path, common': { path: 'usr/share/doc/1' },
  'common rule and path that rarely meet': { rule: ['RULE_1'], path: 'usr/share/doc/39' },
  'common rule and verdict that never meet': { rule: ['RULE_1'], verdict: ['UNDECIDED'] },
  'common severity and verdict that never meet': { verdict: ['EXPECTED'], expected: false },
}

/** Conditions that are common, rare, or never met; those of one name exclude each other. */
const CONDITIONS: readonly (readonly [name: string, RunConditions])[] = [
  ['verdict EXPECTED', { summary: { verdict: ['EXPECTED'] } }],
  ['verdict UNDECIDED', { summary: { verdict: ['UNDECIDED'] } }],
  ['verdict or other', { summary: { verdict: ['SUBSTANTIVE', 'UNDECIDED'] } }],
  ['verdict null', { summary: { verdict: [null] } }],
  ['rule 1', { summary: { rule: ['RULE_1'] } }],
  ['rule 59', { summary: { rule: ['RULE_59'] } }],
  ['rule 0 to 4', { summary: { rule: ['RULE_0', 'RULE_1', 'RULE_2', 'RULE_3', 'RULE_4'] } }],
  ['severity BAD', { summary: { severity: ['BAD'] } }],
  ['severity INFO', { summary: { severity: ['INFO'] } }],
  ['expected', { summary: { expected: true } }],
  ['expected, not', { summary: { expected: false } }],
  ['package', { summary: { package: 'package-777' } }],
  ['path 1', { summary: { path: 'usr/share/doc/1' } }],
  ['path 39', { summary: { path: 'usr/share/doc/39' } }],
  ['cluster', { summary: { signature: '1234567890123' } }],
  ['codebase', { summary: {}, codebase: ['package-777'] }],
]

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
  for (const [name, summary] of Object.entries(FILTERS)) {
    await time(name, (db) => listComparisons(db, [id], summary, { limit: PAGE, distinctRuns: true }))
    await time(`${name}, all campaigns`, (db) => listSummarisedRuns(db, { summary }, FIRST_PAGE))
  }
  await measurePairs('one campaign', { campaign: ['campaign-1'] })
  await measurePairs('all campaigns', {})
}

/** The first page of each two conditions, and of each one. */
async function measurePairs(title: string, campaigns: Pick<SummarisedRunFilter, 'campaign'>): Promise<void> {
  const medians: { name: string; ms: number }[] = []
  for (const [index, [name, one]] of CONDITIONS.entries())
    for (const [otherName, other] of CONDITIONS.slice(index)) {
      if (name !== otherName && name.split(' ')[0] === otherName.split(' ')[0]) continue
      const filter = { ...campaigns, ...one, ...other, summary: { ...one.summary, ...other.summary } }
      const times = await timesOf(REPEATS_OF_PAIRS, (db) => listSummarisedRuns(db, filter, FIRST_PAGE))
      medians.push({ name: `${name} + ${otherName}`, ms: times[Math.floor(REPEATS_OF_PAIRS / 2)] ?? 0 })
    }
  medians.sort((a, b) => b.ms - a.ms)
  const slowest = medians.slice(0, SLOWEST).map(({ name, ms }) => `${name} ${ms.toFixed(1)} ms`)
  console.log(`${medians.length} pairs of conditions, ${title}; p50 of the slowest: ${slowest.join('; ')}`)
}

async function time(name: string, work: (db: Db) => Promise<unknown>): Promise<void> {
  const times = await timesOf(REPEATS, work)
  const at = (part: number) => (times[Math.floor(part * (times.length - 1))] ?? 0).toFixed(1).padStart(7)
  console.log(`${name.padEnd(60)} p50 ${at(0.5)} ms   p99 ${at(0.99)} ms`)
}

/** In milliseconds, the shortest first. */
async function timesOf(repeats: number, work: (db: Db) => Promise<unknown>): Promise<number[]> {
  const times: number[] = []
  for (let index = 0; index < repeats; index++) {
    const started = performance.now()
    await query(work)
    times.push(performance.now() - started)
  }
  return times.sort((a, b) => a - b)
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
      rulesVersion: Number(RULES_VERSION),
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
