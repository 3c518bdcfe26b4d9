/** Summaries that were judged before the rules changed are made anew, after everything else. */
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Database, openDatabase } from '../../src/db/database.ts'
import { openInProcessQueue } from '../../src/jobs/in-process/in-process-queue.ts'
import type { JobPair } from '../../src/jobs/queue.ts'
import { CampaignService } from '../../src/services/campaign-service.ts'
import { refreshSummaries } from '../../src/services/refresh-summaries.ts'
import { findCampaign } from '../../src/state/campaign-queries.ts'
import type { RulesInForce } from '../../src/state/rules-in-force.ts'
import type { SummaryRecord } from '../../src/state/summary-record.ts'
import { writeRecords } from '../../src/state/write-records.ts'
import { createTestDatabase, type TestDatabase } from '../fixtures/database.ts'
import { seedRuns } from '../fixtures/postgres.ts'
import { eventually } from '../fixtures/service.ts'
import { queueKit } from '../jobs/queue-kit.ts'
import { openTestState, recordOf, type TestState } from '../state/state-kit.ts'

let test: TestState
let farm: TestDatabase
let database: Database
beforeAll(async () => {
  ;[test, farm] = await Promise.all([openTestState('postgresql'), createTestDatabase()])
  database = await openDatabase({ url: farm.url })
})
afterAll(async () => {
  await database?.close()
  await farm?.stop()
  await test?.close()
})

const FILE = '0123456789abcdef'
const RULES: RulesInForce = { version: 9, file: FILE }
const rulesFact = (key: string) => [
  { kind: 'verdict' as const, key: 'IDENTICAL', severity: '' as const, expected: false, items: 1 },
  { kind: 'rules' as const, key, severity: '' as const, expected: false, items: 1 },
]
/** A record that these rules have judged. */
const judged = (newId: string, rulesVersion: number, rulesFile: string): SummaryRecord => ({
  ...recordOf(newId, { oldId: `${newId}-old`, campaign: 'refresh', rulesVersion, rulesFile }),
  counts: rulesFact(`${rulesVersion} ${rulesFile}`.trim()),
})

describe('summaries of other rules', () => {
  const failed: SummaryRecord = {
    ...recordOf('failed', {
      failure: 'ArtifactsMissingError',
      oldId: 'failed-old',
      campaign: 'refresh',
      rulesVersion: 9,
    }),
    counts: [
      { kind: 'failure', key: 'ArtifactsMissingError', severity: '', expected: false, items: 1 },
      { kind: 'rules', key: '9 *', severity: '', expected: false, items: 1 },
    ],
  }
  const records = [
    judged('older', 8, FILE),
    judged('other-file', 9, 'ffffffffffffffff'),
    judged('no-file', 9, ''),
    judged('current', 9, FILE),
    judged('newer', 10, FILE),
    judged('deleted', 8, FILE),
    failed,
  ]
  beforeAll(async () => {
    await test.state.query('background', 'test', (db) => writeRecords(db, records))
    const both = (id: string) => [
      { id: `${id}-old`, codebase: id, campaign: 'unchanged', resultCode: 'success' },
      { id, codebase: id, campaign: 'refresh', resultCode: 'success' },
    ]
    const ids = records.map(({ newId }) => newId).filter((id) => id !== 'deleted')
    await seedRuns(database, ids.flatMap(both))
  })

  it('are counted and marked as outdated', async () => {
    const campaigns = new CampaignService({
      state: test.state,
      lag: { lagSeconds: 0 },
      rules: RULES,
      rulesFile: null,
    })
    const found = await campaigns.find('refresh', 'test')
    expect(campaigns.outdatedIn(found)).toBe(4)
    const [{ items } = { items: [] }] = await campaigns.comparisons(
      [found],
      { count: 100, filter: {} },
      'test',
    )
    expect(
      items
        .filter((one) => campaigns.isOutdated(one))
        .map(({ newId }) => newId)
        .sort(),
    ).toEqual(['deleted', 'no-file', 'older', 'other-file'])
  })

  it('are made anew, unless the farm has deleted their runs, after the jobs of batches', async () => {
    const made: JobPair[] = []
    const { queue, started, next } = await queueKit(async (options) =>
      openInProcessQueue({ ...options, handler: options.handler ?? (async () => 'made') }),
    )
    await queue.enqueue({ oldId: 'x-old', newId: 'x' }, 'BATCH')
    await next(1)
    const stop = refreshSummaries({
      ...{ state: test.state, database, queue, rules: RULES, log: pino({ level: 'silent' }) },
      ...{ startMs: 0, pauseMs: 10, passMs: 10 },
    })
    await eventually(async () => expect(await queue.counts()).toEqual({ queued: 3, running: 1 }))
    await queue.enqueue({ oldId: 'y-old', newId: 'y' }, 'BATCH')
    await stop()
    for (let count = 1; count <= 5; count += 1) {
      const job = await next(count)
      made.push(job.pair)
      job.end()
    }
    expect(started.map(({ trigger }) => trigger)).toEqual(['BATCH', 'BATCH', 'REFRESH', 'REFRESH', 'REFRESH'])
    const byId = (a: JobPair, b: JobPair) => a.newId.localeCompare(b.newId)
    expect(made.slice(2).sort(byId)).toEqual(
      ['no-file', 'older', 'other-file'].map((newId) => ({
        oldId: `${newId}-old`,
        newId,
        summaryOnly: true,
      })),
    )
  })

  it('are no longer counted when they were made anew', async () => {
    await test.state.query('background', 'test', (db) =>
      writeRecords(
        db,
        ['older', 'other-file', 'no-file', 'deleted'].map((id) => ({ ...judged(id, 9, FILE), madeMs: 2 })),
      ),
    )
    const found = await test.state.query('list', 'test', (db) => findCampaign(db, 'refresh'))
    expect(found?.rules).toEqual([
      { name: '10 0123456789abcdef', comparisons: 1 },
      { name: '9 *', comparisons: 1 },
      { name: '9 0123456789abcdef', comparisons: 5 },
    ])
  })
})
