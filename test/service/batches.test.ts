/** Batches of two service processes with one Redis: each lists, joins and cancels those of the other. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { removeTree } from '../../src/diff/tools/remove-tree.ts'
import { createTestDatabase, type TestDatabase } from '../fixtures/database.ts'
import { seedRuns } from '../fixtures/postgres.ts'
import { startRedis, type TestRedis } from '../fixtures/redis.ts'
import { askGraphql, eventually, makePlaces, type Places } from '../fixtures/service.ts'
import { type ServiceProcess, serve } from './processes.ts'

/** Runs of each side. Their pairs are so many that filling a batch takes longer than answering. */
const RUNS = 40

let postgres: TestDatabase
let redis: TestRedis
let places: Places

beforeAll(async () => {
  ;[postgres, redis, places] = await Promise.all([createTestDatabase(), startRedis(), makePlaces()])
  const database = await openDatabase({ url: postgres.url })
  const numbers = Array.from({ length: RUNS }, (_, number) => number)
  const shared = { codebase: 'tea', mainBranchRevision: 'tea-main' }
  await seedRuns(database, [
    ...numbers.map((n) => ({ ...shared, id: `old-${n}`, campaign: 'unchanged', revision: 'tea-main' })),
    ...numbers.map((n) => ({ ...shared, id: `new-${n}`, revision: `change-${n}` })),
  ])
  await database.close()
})
afterAll(async () => {
  await redis?.stop()
  await postgres?.stop()
  if (places) await removeTree(places.root)
})

/** A process that queues jobs and runs none. */
const startOne = () =>
  serve(places, { DATABASE_URL: postgres.url, REDIS_URL: redis.url, DIFFER_NO_WORKER: 'true' })

interface Batch {
  readonly batchId: string
  readonly count: number
  readonly queued: number
  readonly cancelled: number
  readonly filled: boolean
}

const FACTS = 'batchId count queued cancelled filled'
const ALL = `mutation ($campaign: String) { all: precacheAll(input: { campaign: $campaign }) {
  ... on PrecacheAllPayload { count batch { ${FACTS} } } } }`

/** @throws Error with the errors of the response */
async function dataOf<Data>({ url }: ServiceProcess, query: string, variables = {}): Promise<Data> {
  const { data, errors } = await askGraphql(url, query, variables)
  if (errors) throw new Error(JSON.stringify(errors))
  return data
}
const precacheAll = async (process: ServiceProcess, campaign: string | null = null) =>
  (await dataOf<{ all: { count: number; batch: Batch } }>(process, ALL, { campaign })).all
const cancel = (process: ServiceProcess, batchId: string) =>
  dataOf<{ cancelPrecacheBatch: Batch }>(
    process,
    `mutation ($batchId: ID!) { cancelPrecacheBatch(input: { batchId: $batchId }) { ... on PrecacheBatch { ${FACTS} } } }`,
    { batchId },
  )
const read = async (process: ServiceProcess, batchId: string) =>
  (
    await dataOf<{ precacheBatch: Batch }>(
      process,
      `query ($batchId: ID!) { precacheBatch(batchId: $batchId) { ... on PrecacheBatch { ${FACTS} } } }`,
      { batchId },
    )
  ).precacheBatch

describe('a batch that one process fills', () => {
  it('is listed, joined by the same request and cancelled at another process', async () => {
    const [filling, other] = await Promise.all([startOne(), startOne()])
    const { count, batch } = await precacheAll(filling)
    // The batch stays unfilled, however fast the machine is.
    filling.signal('SIGSTOP')
    expect(count).toBe(RUNS * RUNS)
    expect(await read(other, batch.batchId)).toMatchObject({ filled: false })

    const { precacheBatches } = await dataOf<{ precacheBatches: { nodes: Batch[] } }>(
      other,
      `{ precacheBatches(first: 10) { nodes { ${FACTS} } } }`,
    )
    expect(precacheBatches.nodes.map(({ batchId }) => batchId)).toEqual([batch.batchId])

    expect((await precacheAll(other)).batch.batchId).toBe(batch.batchId)
    const narrower = await precacheAll(other, 'lintian-fixes')
    expect(narrower.batch.batchId).not.toBe(batch.batchId)

    await cancel(other, batch.batchId)
    filling.signal('SIGCONT')
    const ended = await eventually(async () => {
      const now = await read(other, batch.batchId)
      expect(now).toMatchObject({ filled: true, queued: 0 })
      return now
    })
    expect(ended.cancelled).toBe(ended.count)
    expect(ended.count).toBeLessThan(count)
    expect((await precacheAll(filling)).batch.batchId).not.toBe(batch.batchId)
  })
})
