/**
 * PostgreSQL, Redis and the artifact store restarted or away under load: every answer is right or a typed error, quickly; what is back is used again by the
 * same process.
 */
import { mkdtemp, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { removeTree } from '../../src/diff/tools/remove-tree.ts'
import { type FakeGcs, refuse, startFakeGcs } from '../artifacts/fake-gcs.ts'
import { buildRun } from '../fixtures/packages.ts'
import { seedRuns, startPostgres, type TestPostgres } from '../fixtures/postgres.ts'
import { startRedis, type TestRedis } from '../fixtures/redis.ts'
import {
  type Answer,
  eventually,
  makePlaces,
  NEW_PACKAGES,
  OLD_PACKAGES,
  type Places,
  startService,
  type TestService,
} from '../fixtures/service.ts'

/** New pairs for each request that is to make something. */
const RUNS = 1000
/** Far beyond the time limits of connections, far below what a client that is forgotten waits. */
const ANSWERED_MS = 60_000

let postgres: TestPostgres
let redis: TestRedis
let store: FakeGcs
let places: Places
let service: TestService

beforeAll(async () => {
  ;[postgres, redis, store, places] = await Promise.all([
    startPostgres(),
    startRedis(),
    startFakeGcs(),
    makePlaces(),
  ])
  const database = await openDatabase({ url: postgres.url })
  const ids = Array.from({ length: RUNS }, (_, i) => `new-${i}`)
  await seedRuns(
    database,
    ['old', ...ids].map((id) => ({ id, source: 'tea' })),
  )
  await database.close()
  const built = await mkdtemp(join(places.root, 'built-'))
  const put = async (ids: readonly string[], packages: typeof OLD_PACKAGES) => {
    const dir = await buildRun(join(built, ids[0] ?? ''), packages)
    for (const name of await readdir(dir)) {
      const content = await readFile(join(dir, name))
      for (const id of ids) store.objects.set(`${id}/${name}`, { content })
    }
  }
  await put(['old'], OLD_PACKAGES)
  await put(ids, NEW_PACKAGES)
  service = await startService({
    databaseUrl: postgres.url,
    places,
    env: {
      REDIS_URL: redis.url,
      ARTIFACT_LOCATION: 'gs://builds/',
      STORAGE_EMULATOR_HOST: store.endpoint,
      DIFFER_RETRIEVAL_TIMEOUT: '3',
      DIFFER_PRECACHE_CHANNELS: 'none',
    },
  })
})
afterAll(async () => {
  await service?.close()
  await Promise.all([postgres?.stop(), redis?.stop(), store?.close()])
  if (places) await removeTree(places.root)
})

const QUERY = `query ($new: String!) { comparison(old: "old", new: $new) { __typename ... on Comparison {
  debdiff(mode: WAIT) { __typename ... on Error { message retryable } } } } }`

let next = 0
const fresh = () => `new-${next++}`

/** The ways in, by turns: what must be made, what is cached, the queue, GraphQL. */
const WAYS: readonly (() => Promise<string>)[] = [
  async () => judged(await service.ask(`/debdiff/old/${fresh()}`)),
  async () => judged(await service.ask('/debdiff/old/new-0')),
  async () => judged(await service.ask(`/precache/old/${fresh()}`, { method: 'POST' })),
  async () => {
    const { data, errors } = await service.graphql(QUERY, { new: fresh() })
    expect(errors).toBeUndefined()
    return data.comparison.debdiff?.__typename ?? data.comparison.__typename
  },
]

/** @throws AssertionError for an answer that is neither right nor a typed error */
function judged({ status, text, headers }: Answer): string {
  if (status === 200) expect(text).toContain('lines which differ')
  else if (status === 503) expect(headers['retry-after']).toMatch(/^\d+$/)
  else expect([status, text]).toEqual([expect.toSatisfy((code) => [202, 502, 504].includes(code)), text])
  return String(status)
}

/** Asks on every way while `fault` goes on, and a moment longer. @returns what was answered, each way once */
async function answersDuring(fault: () => Promise<void>): Promise<Set<string>> {
  const answers = new Set<string>()
  let over = false
  const asking = WAYS.map(async (way) => {
    while (!over) {
      const started = performance.now()
      answers.add(await way())
      expect(performance.now() - started).toBeLessThan(ANSWERED_MS)
      await sleep(200)
    }
  })
  try {
    await Promise.race([fault(), Promise.all(asking)])
  } finally {
    over = true
  }
  await Promise.all(asking)
  return answers
}

async function expectWell(): Promise<void> {
  const answers = await Promise.all(WAYS.map((way) => way()))
  expect(answers).toEqual(['200', '200', '202', 'Debdiff'])
}

describe('a service under load', () => {
  it('is well to begin with', async () => {
    expect((await service.ask('/debdiff/old/new-0')).status).toBe(200)
    next = 1
    await expectWell()
  })

  it.each<[string, () => Promise<void>, () => Promise<void>, string[]]>([
    ['PostgreSQL', () => postgres.down(), () => postgres.up(), ['503', 'DatabaseUnavailableError']],
    ['Redis', () => redis.down(), () => redis.up(), ['503', '200', 'Debdiff']],
    [
      'a store that answers 503',
      async () => store.setFault(({ response }) => (refuse(response, 503, 'busy'), true)),
      async () => store.setFault(null),
      ['504', '200', 'ArtifactRetrievalTimeoutError'],
    ],
    [
      'a store that does not answer at all',
      async () => store.setFault(() => true),
      async () => store.setFault(null),
      ['504', '200', 'ArtifactRetrievalTimeoutError'],
    ],
    [
      'a store that breaks off',
      async () => store.setFault(({ response }) => (response.destroy(), true)),
      async () => store.setFault(null),
      ['200'],
    ],
  ])(
    'gives typed errors while there is no %s, and is well soon after it is back',
    async (_what, down, up, told) => {
      const answers = await answersDuring(async () => {
        await down()
        await sleep(4_000)
        await up()
      })
      expect([...answers]).toEqual(expect.arrayContaining(told))
      await eventually(expectWell)
      expect(service.log.filter(({ msg }) => String(msg).includes('unexpectedly'))).toEqual([])
    },
  )

  it('outlives restarts of both databases in a row', async () => {
    await answersDuring(async () => {
      for (let round = 0; round < 3; round++) {
        await Promise.all([postgres.restart(), redis.restart()])
        await sleep(300)
      }
    })
    await eventually(expectWell)
    expect(service.log.filter(({ msg }) => String(msg).includes('unexpectedly'))).toEqual([])
  })
})
