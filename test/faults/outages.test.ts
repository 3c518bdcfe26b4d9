/**
 * PostgreSQL, Redis and the artifact store fail under load. Every response is right or a typed error, and
 * comes quickly. The same process uses each of them again when it is back.
 */
import { mkdtemp, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Database, openDatabase } from '../../src/db/database.ts'
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
  rememberingTools,
  startService,
  type TestService,
} from '../fixtures/service.ts'

/** Runs of one test: each request for a diff that is not cached needs a new one. */
const RUNS = 1_000
/** Much longer than all timeouts of connections. */
const MAX_RESPONSE_MS = 60_000
/** Between two requests of one kind. */
const REQUEST_PAUSE_MS = 200
const RESTART_PAUSE_MS = 300

let postgres: TestPostgres
let redis: TestRedis
let store: FakeGcs
let places: Places
let database: Database
let service: TestService
/** The packages of a changed run, by name. */
const newPackages = new Map<string, Buffer>()

beforeAll(async () => {
  ;[postgres, redis, store, places] = await Promise.all([
    startPostgres(),
    startRedis(),
    startFakeGcs(),
    makePlaces(),
  ])
  database = await openDatabase({ url: postgres.url })
  const built = await mkdtemp(join(places.root, 'built-'))
  await seedRuns(database, [{ id: 'old', source: 'tea' }])
  for (const [name, content] of await build(join(built, 'old'), OLD_PACKAGES))
    store.objects.set(`old/${name}`, { content })
  for (const [name, content] of await build(join(built, 'new'), NEW_PACKAGES)) newPackages.set(name, content)
  await addRuns(['cached'])
  service = await startService({
    databaseUrl: postgres.url,
    places,
    env: {
      ...(await rememberingTools()),
      REDIS_URL: redis.url,
      ARTIFACT_LOCATION: 'gs://builds/',
      STORAGE_EMULATOR_HOST: store.endpoint,
      DIFFER_RETRIEVAL_TIMEOUT: '8',
      DIFFER_PRECACHE_CHANNELS: 'none',
    },
  })
  expect((await service.ask('/debdiff/old/cached')).status).toBe(200)
})
afterAll(async () => {
  await service?.close()
  await database?.close()
  await Promise.all([postgres?.stop(), redis?.stop(), store?.close()])
  if (places) await removeTree(places.root)
})

const QUERY = `query ($new: String!) { comparison(old: "old", new: $new) { __typename ... on Comparison {
  debdiff(mode: WAIT) { __typename ... on Error { message retryable } } } } }`

async function build(dir: string, packages: typeof OLD_PACKAGES): Promise<[name: string, content: Buffer][]> {
  const names = await readdir(await buildRun(dir, packages))
  return Promise.all(names.map(async (name) => [name, await readFile(join(dir, name))]))
}

/** Adds changed runs to the database and the store. */
async function addRuns(ids: readonly string[]): Promise<void> {
  await seedRuns(
    database,
    ids.map((id) => ({ id, source: 'tea' })),
  )
  for (const id of ids)
    for (const [name, content] of newPackages) store.objects.set(`${id}/${name}`, { content })
}

/** Sends one request. @returns the status, or the type of the GraphQL result */
type Send = () => Promise<string>

/**
 * One request of each kind: for a diff that must be made, for a cached diff, for a job, and over GraphQL.
 * @param name of the test, which gets its own runs
 */
async function createRequests(name: string): Promise<readonly Send[]> {
  const ids = Array.from({ length: RUNS }, (_, index) => `${name}-${index}`)
  await addRuns(ids)
  const unused = ids.values()
  const nextId = () => {
    const { value } = unused.next()
    if (value === undefined) throw new Error(`the test needs more than ${RUNS} runs`)
    return value
  }
  return [
    async () => check(await service.ask(`/debdiff/old/${nextId()}`)),
    async () => check(await service.ask('/debdiff/old/cached')),
    async () => check(await service.ask(`/precache/old/${nextId()}`, { method: 'POST' })),
    async () => {
      const { data, errors } = await service.graphql(QUERY, { new: nextId() })
      expect(errors).toBeUndefined()
      return data.comparison.debdiff?.__typename ?? data.comparison.__typename
    },
  ]
}

/** @returns the status. @throws AssertionError for a response that is neither right nor a typed error */
function check({ status, text, headers }: Answer): string {
  if (status === 200) expect(text).toContain('lines which differ')
  else if (status === 503) expect(headers['retry-after']).toMatch(/^\d+$/)
  else expect([status, text]).toEqual([expect.toSatisfy((code) => [202, 502, 504].includes(code)), text])
  return String(status)
}

/** Repeats all requests until `fault` has ended. @param results gets what they returned */
async function sendDuring(
  fault: () => Promise<void>,
  requests: readonly Send[],
  results = new Set<string>(),
): Promise<void> {
  let isOver = false
  const load = requests.map(async (send) => {
    while (!isOver) {
      const started = performance.now()
      results.add(await send())
      expect(performance.now() - started).toBeLessThan(MAX_RESPONSE_MS)
      await sleep(REQUEST_PAUSE_MS)
    }
  })
  try {
    await Promise.race([fault(), Promise.all(load)])
  } finally {
    isOver = true
  }
  await Promise.all(load)
}

async function expectSuccess(requests: readonly Send[]): Promise<void> {
  const results = await Promise.all(requests.map((send) => send()))
  expect(results).toEqual(['200', '200', '202', 'Debdiff'])
}

describe('a service under load', () => {
  it('responds successfully before any outage', async () => {
    await expectSuccess(await createRequests('first'))
  })

  it.each<[string, string, () => Promise<void>, () => Promise<void>, string[]]>([
    [
      'PostgreSQL is unavailable',
      'postgresql',
      () => postgres.down(),
      () => postgres.up(),
      ['503', 'DatabaseUnavailableError'],
    ],
    ['Redis is unavailable', 'redis', () => redis.down(), () => redis.up(), ['503', '200', 'Debdiff']],
    [
      'the artifact store responds with 503',
      'busy-store',
      async () =>
        store.setFault(({ response }) => {
          refuse(response, 503, 'busy')
          return true
        }),
      async () => store.setFault(null),
      ['504', '200', 'ArtifactRetrievalTimeoutError'],
    ],
    [
      'the artifact store does not respond',
      'silent-store',
      async () => store.setFault(() => true),
      async () => store.setFault(null),
      ['504', '200', 'ArtifactRetrievalTimeoutError'],
    ],
    [
      'the artifact store breaks connections',
      'broken-store',
      async () =>
        store.setFault(({ response }) => {
          response.destroy()
          return true
        }),
      async () => store.setFault(null),
      ['504', '200', 'ArtifactRetrievalTimeoutError'],
    ],
  ])(
    'responds with typed errors while %s, and successfully soon after',
    async (_title, name, down, up, expected) => {
      const requests = await createRequests(name)
      const results = new Set<string>()
      const outage = async () => {
        await down()
        results.clear()
        // Requests that had the packages before the outage succeed during it.
        await eventually(() => expect([...results]).toEqual(expect.arrayContaining(expected)))
        await up()
      }
      await sendDuring(outage, requests, results)
      await eventually(() => expectSuccess(requests))
      expect(service.log.filter(({ msg }) => String(msg).includes('unexpectedly'))).toEqual([])
    },
  )

  it('survives repeated restarts of PostgreSQL and Redis', async () => {
    const requests = await createRequests('restarts')
    await sendDuring(async () => {
      for (let round = 0; round < 3; round++) {
        await Promise.all([postgres.restart(), redis.restart()])
        await sleep(RESTART_PAUSE_MS)
      }
    }, requests)
    await eventually(() => expectSuccess(requests))
    expect(service.log.filter(({ msg }) => String(msg).includes('unexpectedly'))).toEqual([])
  })
})
