/**
 * Causes every error of every union in schema.graphql over HTTP, as the tables in error-causes.ts list them.
 */
import { readFileSync } from 'node:fs'
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildSchema, isInterfaceType, isObjectType, isUnionType } from 'graphql'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { removeTree } from '../../src/diff/tools/remove-tree.ts'
import { type FakeGcs, startFakeGcs } from '../artifacts/fake-gcs.ts'
import { createTestDatabase, type TestDatabase } from '../fixtures/database.ts'
import { loseWorker } from '../fixtures/lost-worker.ts'
import { buildPackage } from '../fixtures/packages.ts'
import { seedRuns, startPostgres, type TestPostgres } from '../fixtures/postgres.ts'
import { startRedis, type TestRedis } from '../fixtures/redis.ts'
import {
  addPair,
  eventually,
  type Gate,
  makeGate,
  makePlaces,
  type Places,
  send,
  serviceFixture,
  startService,
  type TestService,
} from '../fixtures/service.ts'
import { mountDisk, NO_MOUNTS, type SmallDisk } from '../fixtures/tmpfs.ts'
import { announceHugeDictionary, slowPackage } from './dpkg-deb-failures.ts'
import {
  CROWDED,
  FILE_WITHOUT_REDIS,
  FULL_DISK,
  JOB,
  LOST_WORKER,
  OF_PACKAGES_AND_TOOLS,
  OF_WAITING_JOBS,
  queueJob,
  type Row,
  reach,
  SELECTION,
  STATE_AWAY,
  subscribing,
  TOO_SLOW,
  UNKNOWN_CAMPAIGN,
  WITHOUT_DATABASE,
  WITHOUT_REDIS,
  WITHOUT_STATE,
} from './error-causes.ts'

it('the tables list each error of each union in schema.graphql, and no others', () => {
  const schema = buildSchema(readFileSync(join(import.meta.dirname, '../../schema.graphql'), 'utf8'))
  const errorInterface = schema.getType('Error')
  if (!isInterfaceType(errorInterface)) throw new Error('The schema has no interface Error')
  const members = Object.values(schema.getTypeMap())
    .filter(isUnionType)
    .flatMap((union) =>
      union
        .getTypes()
        .filter((type) => isObjectType(type) && type.getInterfaces().includes(errorInterface))
        .map((type) => `${union.name}: ${type.name}`),
    )
  const rows: Pick<Row, 'unions' | 'member'>[] = [
    ...OF_PACKAGES_AND_TOOLS,
    ...OF_WAITING_JOBS.map(({ member }) => ({ member, unions: [JOB] })),
    WITHOUT_DATABASE,
    WITHOUT_STATE,
    STATE_AWAY,
    UNKNOWN_CAMPAIGN,
    ...TOO_SLOW,
    CROWDED,
    FULL_DISK,
    LOST_WORKER,
    WITHOUT_REDIS,
    FILE_WITHOUT_REDIS,
  ]
  const reached = rows.flatMap(({ unions, member }) =>
    unions
      .filter((union) => !union.includes('Connection'))
      .map((union) => `${union.replace(/ \(.*\)/, '')}: ${member}`),
  )
  expect(members.length).toBeGreaterThan(50)
  expect([...new Set(reached)].sort()).toEqual(members.sort())
})

let postgres: TestPostgres
beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(() => postgres?.stop())

/** Versions of one package, so that diffoscope has a pair. The version tells the tools how to fail. */
const hello = (what: string) => ({
  name: 'hello',
  version: `1+${what}`,
  files: { 'usr/share/hello': Buffer.from(`\0${what}`) },
})

/** A package that the tools compare, beside one of those. */
const tea = (what: string) => ({ ...hello(what), name: 'tea' })

describe('packages and tools', () => {
  let places: Places
  let gate: Gate
  let service: TestService
  beforeAll(async () => {
    places = await makePlaces()
    gate = await makeGate(join(places.root, 'gate'))
    const tool = `${serviceFixture('gated')} ${join(places.root, 'gate')} ${serviceFixture('by-package')}`
    service = await startService({
      databaseUrl: postgres.url,
      places,
      env: {
        DIFFER_SANDBOX: 'off',
        DIFFER_DEBDIFF_COMMAND: tool,
        DIFFER_DIFFOSCOPE_COMMAND: tool,
        DIFFER_TASK_MEMORY_LIMIT: '200',
        DIFFER_PRECACHE_MEMORY_LIMIT: '200',
        DIFFER_PRECACHE_CONCURRENCY: '1',
        // The job that holds up another one must run its tool each time.
        DIFFER_FAILURE_TTL: '0',
      },
    })
    for (const name of ['good', 'hungry', 'other', 'new', 'before'])
      await service.addRun({ id: name }, [hello(name)])
    await service.addRun({ id: 'two' }, [hello('good'), tea('good')])
    for (const name of ['hungry', 'other'])
      await service.addRun({ id: `two-${name}` }, [hello(name), tea('fine')])
    await service.addRun({ id: 'two-text' }, [tea('fine')])
    await writeFile(join(places.artifacts, 'two-text', 'hello_1_all.deb'), 'not a package')
    await service.addRun({ id: 'slow' }, [slowPackage('1+slow')])
    await service.addRun({ id: 'huge' }, [{ ...hello('huge'), compression: 'xz' }])
    await announceHugeDictionary(join(places.artifacts, 'huge', 'hello_1+huge_all.deb'))
    for (const id of ['bare', 'loop', 'text']) await service.addRun({ id }, [])
    await service.addRun({ id: 'failed', resultCode: 'build-failed' }, [])
    await symlink('loop', join(places.artifacts, 'loop'))
    await mkdir(join(places.artifacts, 'text'))
    await writeFile(join(places.artifacts, 'text', 'hello_1_all.deb'), 'not a package')
  })
  afterAll(async () => {
    await gate?.open()
    await service?.close()
    if (places) await removeTree(places.root)
  })

  it.each(OF_PACKAGES_AND_TOOLS)('$cause: $member', (row) => reach(service, row))

  // The last one stops the database, and the next test needs it stopped.
  it.each(OF_WAITING_JOBS)('$cause: $member', async ({ member, happens }) => {
    await postgres.sql(
      "DELETE FROM debian_build WHERE run_id = 'passing'; DELETE FROM run WHERE id = 'passing'",
    )
    await service.addRun({ id: 'passing' }, [])
    await gate.close()
    const before = await gate.started()
    await queueJob(service, 'before')
    await eventually(async () => expect((await gate.started()).length).toBeGreaterThan(before.length))
    const { jobId } = await queueJob(service, 'passing')
    await happens(postgres)
    await gate.open()
    await eventually(async () => {
      const { data } = await service.graphql(
        `query ($id: ID!) { precacheJob(jobId: $id) { ... on PrecacheJob { error ${SELECTION} } } }`,
        { id: jobId },
      )
      expect(data.precacheJob.error?.__typename).toBe(member)
    })
  })

  it(`${WITHOUT_DATABASE.cause}: ${WITHOUT_DATABASE.member}`, async () => {
    await postgres.down()
    await reach(service, WITHOUT_DATABASE)
    await postgres.up()
  })
})

describe('time limits', () => {
  let store: FakeGcs
  let service: TestService
  beforeAll(async () => {
    store = await startFakeGcs()
    store.setFault(({ name }) => name.includes('/silent/'))
    const tool = serviceFixture('by-package')
    const built = await makePlaces()
    service = await startService({
      databaseUrl: postgres.url,
      env: {
        ARTIFACT_LOCATION: 'gs://builds/farm/',
        STORAGE_EMULATOR_HOST: store.endpoint,
        DIFFER_SANDBOX: 'off',
        DIFFER_DEBDIFF_COMMAND: tool,
        DIFFER_DIFFOSCOPE_COMMAND: tool,
        // All diffs of one operation at once: what waits for a slot until its time limit is overloaded instead.
        DIFFER_MAX_CONCURRENT_DIFFS: '16',
        // Enough for small packages on a busy machine.
        DIFFER_RETRIEVAL_TIMEOUT: '10',
        DIFFER_PRECACHE_RETRIEVAL_TIMEOUT: '10',
        DIFFER_TASK_TIMEOUT: '4',
        DIFFER_PRECACHE_TIMEOUT: '4',
      },
    })
    await seedRuns(
      service.app.database,
      ['silent', 'stuck', 'halted', 'halted-file', 'two-stuck'].map((id) => ({ id })),
    )
    for (const name of ['good', 'silent', 'stuck', 'halted', 'halted-file']) {
      const spec = name.startsWith('halted') ? slowPackage(`1+${name}`) : hello(name)
      const path = await buildPackage(built.root, spec)
      store.objects.set(`farm/${name}/hello_1+${name}_all.deb`, { content: await readFile(path) })
    }
    for (const [run, specs] of [
      ['two', [hello('good'), tea('good')]],
      ['two-stuck', [hello('stuck'), tea('fine')]],
    ] as const)
      for (const spec of specs) {
        const content = await readFile(await buildPackage(built.root, spec))
        store.objects.set(`farm/${run}/${spec.name}_${spec.version}_all.deb`, { content })
      }
    await removeTree(built.root)
  })
  afterAll(async () => {
    await service?.close()
    await store?.close()
  })

  it.each(TOO_SLOW)('$cause: $member', (row) => reach(service, row))
})

describe('work limits', () => {
  let disk: SmallDisk | null = null
  let places: Places
  let gate: Gate
  let database: TestDatabase
  let service: TestService
  beforeAll(async () => {
    places = await makePlaces()
    database = await createTestDatabase()
    disk = NO_MOUNTS === null ? mountDisk(64 << 20) : null
    gate = await makeGate(join(places.root, 'gate'))
    await gate.close()
    service = await startService({
      databaseUrl: database.url,
      places: { ...places, ...(disk && { temp: disk.path }) },
      env: {
        ...gate.env,
        DIFFER_PRECACHE_CONCURRENCY: '1',
        DIFFER_MAX_WAITING_DIFFS: '1',
        DIFFER_MAX_WAITING_JOBS: '1',
        DIFFER_MAX_CLIENT_SUBSCRIPTIONS: '1',
      },
    })
    for (const id of ['good', 'crowd-1', 'crowd-2', 'crowd-3']) await service.addRun({ id }, [hello(id)])
    await addPair(service, 'in-batches')
  })
  afterAll(async () => {
    await gate?.open()
    await disk?.setReadOnly(false)
    await service?.close()
    await database?.stop()
    disk?.unmount()
    if (places) await removeTree(places.root)
  })

  it(`${CROWDED.cause}: ${CROWDED.member}`, async () => {
    await queueJob(service, 'crowd-1')
    await eventually(async () => expect(await gate.started()).toHaveLength(1))
    await queueJob(service, 'crowd-2')
    // No batch can be filled while so many jobs wait as may.
    for (const year of [2001, 2002, 2003, 2004]) {
      const { data } = await service.graphql(
        'mutation ($since: DateTime) { precacheAll(since: $since) { __typename } }',
        { since: `${year}-01-01T00:00:00Z` },
      )
      expect(data.precacheAll.__typename).not.toMatch(/Error$/)
    }
    const watching = send(
      service.url,
      '/graphql',
      subscribing('subscription { precacheJobs { __typename } }', {}),
    )
    await eventually(() => expect(service.app.subscriptions.count).toBe(1))
    await reach(service, { ...CROWDED, new: 'crowd-3' })
    watching.destroy()
    await gate.open()
    await eventually(async () => {
      const { data } = await service.graphql(
        '{ precacheCounts { ... on PrecacheCounts { queued running } } }',
      )
      expect(data.precacheCounts).toEqual({ queued: 0, running: 0 })
    })
  })

  it.skipIf(NO_MOUNTS !== null)(`${FULL_DISK.cause}: ${FULL_DISK.member}`, async () => {
    await disk?.setReadOnly(true)
    await reach(service, { ...FULL_DISK, new: 'crowd-3' })
  })
})

describe('the state', () => {
  it.each([
    { row: WITHOUT_STATE, env: async () => ({}) },
    {
      row: STATE_AWAY,
      env: async () => ({ DIFFER_STATE_DATABASE_URL: 'postgresql://differ@127.0.0.1:9/none' }),
    },
    {
      row: UNKNOWN_CAMPAIGN,
      env: async () => {
        const own = await createTestDatabase()
        onTestFinished(own.stop)
        return { DIFFER_STATE_DATABASE_URL: own.url }
      },
    },
  ])('$row.cause: $row.member', async ({ row, env }) => {
    const service = await startService({ databaseUrl: postgres.url, env: await env() })
    await reach(service, row)
    await service.close()
  })
})

describe('the queue', () => {
  let service: TestService
  beforeAll(async () => {
    // Port 9 is reserved for "discard"; nothing listens there.
    service = await startService({ databaseUrl: postgres.url, env: { REDIS_URL: 'redis://127.0.0.1:9' } })
    await addPair(service, 'queued')
    await service.addRun({ id: 'queued-file' }, [hello('queued-file')])
    // The database has this run already, with packages in the stores of other services.
    await buildPackage(join(service.places.artifacts, 'good'), hello('good'))
  })
  afterAll(() => service?.close())

  it(`${WITHOUT_REDIS.cause}: ${WITHOUT_REDIS.member}`, () =>
    reach(service, { ...WITHOUT_REDIS, new: 'queued-new' }))

  it(`${FILE_WITHOUT_REDIS.cause}: ${FILE_WITHOUT_REDIS.member}`, () =>
    reach(service, { ...FILE_WITHOUT_REDIS, new: 'queued-file' }))
})

describe('workers', () => {
  let redis: TestRedis
  let database: TestDatabase
  let service: TestService
  beforeAll(async () => {
    ;[redis, database] = await Promise.all([startRedis(), createTestDatabase()])
    service = await startService({
      databaseUrl: database.url,
      env: { REDIS_URL: redis.url, DIFFER_REDIS_PREFIX: 'lost', DIFFER_NO_WORKER: 'true' },
    })
    for (const id of ['good', 'lost']) await service.addRun({ id }, [hello(id)])
  })
  afterAll(async () => {
    await service?.close()
    await redis?.stop()
    await database?.stop()
  })

  it(`${LOST_WORKER.cause}: ${LOST_WORKER.member}`, async () => {
    const { jobId } = await queueJob(service, 'lost')
    await loseWorker(redis.url, 'lost')
    const env = { REDIS_URL: redis.url, DIFFER_REDIS_PREFIX: 'lost' }
    const survivor = await startService({ databaseUrl: database.url, env })
    await eventually(async () => {
      const { data } = await service.graphql(
        `query ($id: ID!) { precacheJob(jobId: $id) { ... on PrecacheJob { status failure error ${SELECTION} } } }`,
        { id: jobId },
      )
      expect(data.precacheJob).toMatchObject({
        status: 'FAILED',
        failure: expect.stringContaining('The worker died'),
        error: { __typename: LOST_WORKER.member },
      })
    })
    await survivor.close()
  })
})
