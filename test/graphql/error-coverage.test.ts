/** Causes every error of every union in schema.graphql over HTTP. The tables below list all of them. */
import { readFileSync } from 'node:fs'
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildSchema, isInterfaceType, isObjectType, isUnionType } from 'graphql'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { removeTree } from '../../src/diff/tools/remove-tree.ts'
import { type FakeGcs, startFakeGcs } from '../artifacts/fake-gcs.ts'
import { buildPackage, buildRun } from '../fixtures/packages.ts'
import { seedRuns, startPostgres, type TestPostgres } from '../fixtures/postgres.ts'
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

/** The operation that returns each union, under the name `at`. */
const OPERATIONS: Readonly<Record<string, string>> = {
  ComparisonBinaryChangesResult: comparison('at: binaryChanges'),
  ComparisonDebdiffResult: comparison('at: debdiff(mode: $mode)'),
  ComparisonDiffoscopeResult: comparison('at: diffoscope(mode: $mode)'),
  MutationCancelPrecacheResult: 'mutation ($id: String!) { at: cancelPrecache(jobId: $id)',
  MutationPrecacheAllResult: 'mutation { at: precacheAll',
  MutationPrecacheResult: 'mutation ($old: String!, $new: String!) { at: precache(old: $old, new: $new)',
  PrecacheJobError: 'query ($id: String!) { precacheJob(jobId: $id) { ... on PrecacheJob { at: error',
  QueryComparisonResult: 'query ($old: String!, $new: String!) { at: comparison(old: $old, new: $new)',
  QueryComparisonsItemResult:
    'query ($old: String!, $new: String!) { at: comparisons(pairs: [{ old: $old, new: $new }])',
  QueryPrecacheBatchResult: 'query ($id: String!) { at: precacheBatch(batchId: $id)',
  QueryPrecacheCountsResult: '{ at: precacheCounts',
  QueryPrecacheJobResult: 'query ($id: String!) { at: precacheJob(jobId: $id)',
  QueryPrecacheJobsResult: '{ at: precacheJobs',
  QueryRunResult: 'query ($new: String!) { at: run(runId: $new)',
  QueryRunsResult: '{ at: runs',
  RunBinariesResult: 'query ($new: String!) { run(runId: $new) { ... on Run { at: binaries',
  SubscriptionPrecacheBatchResult: 'subscription ($id: String!) { at: precacheBatch(batchId: $id)',
  SubscriptionPrecacheJobResult: 'subscription ($id: String!) { at: precacheJob(jobId: $id)',
  SubscriptionPrecacheJobsResult: 'subscription { at: precacheJobs',
}

function comparison(field: string): string {
  const mode = field.includes('$mode') ? ', $mode: DiffMode! = WAIT' : ''
  return `query ($old: String!, $new: String!${mode}) { comparison(old: $old, new: $new) { ... on Comparison { ${field}`
}

/** Groups of unions with the same causes. */
const DIFFS = ['ComparisonDebdiffResult', 'ComparisonDiffoscopeResult']
const LISTINGS = ['RunBinariesResult', 'ComparisonBinaryChangesResult']
const JOB = 'PrecacheJobError'
const PAIRS = ['QueryComparisonResult', 'QueryComparisonsItemResult', 'MutationPrecacheResult']
const SUBSCRIPTIONS = [
  'SubscriptionPrecacheBatchResult',
  'SubscriptionPrecacheJobResult',
  'SubscriptionPrecacheJobsResult',
]

interface Row {
  readonly cause: string
  readonly member: string
  readonly unions: readonly string[]
  /** Id of the new run. The old run always has a package. */
  readonly new?: string
  readonly mode?: string
}

/** Errors of a service whose tools fail in several ways. */
const OF_PACKAGES_AND_TOOLS: readonly Row[] = [
  {
    cause: 'an unknown run',
    new: 'unknown',
    member: 'RunNotFoundError',
    unions: ['QueryRunResult', ...PAIRS],
  },
  { cause: 'a run that failed', new: 'failed', member: 'RunNotSuccessfulError', unions: PAIRS },
  {
    cause: 'a run without packages in the store',
    new: 'bare',
    member: 'ArtifactsMissingError',
    unions: [...LISTINGS, ...DIFFS, JOB],
  },
  {
    cause: 'a directory of packages that leads to itself',
    new: 'loop',
    member: 'ArtifactRetrievalError',
    unions: [...LISTINGS, ...DIFFS, JOB],
  },
  { cause: 'an invalid package', new: 'text', member: 'InvalidPackageError', unions: [...DIFFS, JOB] },
  {
    cause: 'tools that need too much memory',
    new: 'hungry',
    member: 'DiffCommandMemoryError',
    unions: [...DIFFS, JOB],
  },
  { cause: 'tools that fail', new: 'other', member: 'DiffCommandError', unions: [...DIFFS, JOB] },
  {
    cause: 'a diff that is not cached',
    new: 'new',
    mode: 'CACHED_ONLY',
    member: 'DiffNotReadyError',
    unions: DIFFS,
  },
  {
    cause: 'an unknown job',
    member: 'JobNotFoundError',
    unions: ['QueryPrecacheJobResult', 'MutationCancelPrecacheResult', 'SubscriptionPrecacheJobResult'],
  },
  {
    cause: 'an unknown batch',
    member: 'BatchNotFoundError',
    unions: ['QueryPrecacheBatchResult', 'SubscriptionPrecacheBatchResult'],
  },
]

/** Errors of a job whose runs or database change while it waits. */
const OF_WAITING_JOBS = [
  {
    cause: 'a run that is deleted while its job waits',
    member: 'RunNotFoundError',
    happens: () =>
      postgres.sql("DELETE FROM debian_build WHERE run_id = 'passing'; DELETE FROM run WHERE id = 'passing'"),
  },
  {
    cause: 'a run that turns out to have failed while its job waits',
    member: 'RunNotSuccessfulError',
    happens: () => postgres.sql("UPDATE run SET result_code = 'build-failed' WHERE id = 'passing'"),
  },
  {
    cause: 'a database that goes away while a job waits',
    member: 'DatabaseUnavailableError',
    happens: () => postgres.down(),
  },
]

const WITHOUT_DATABASE: Row = {
  cause: 'a database that is away',
  member: 'DatabaseUnavailableError',
  unions: ['QueryRunResult', 'QueryRunsResult', ...PAIRS, 'MutationPrecacheAllResult'],
}

/** Errors of exceeded time limits. */
const TOO_SLOW: readonly Row[] = [
  {
    cause: 'a store that does not answer',
    new: 'silent',
    member: 'ArtifactRetrievalTimeoutError',
    unions: [...LISTINGS, ...DIFFS, JOB],
  },
  { cause: 'tools that hang', new: 'stuck', member: 'DiffCommandTimeoutError', unions: [...DIFFS, JOB] },
]

/** Errors of a service whose limits are all one, and are reached. */
const CROWDED: Row = {
  cause: 'a service that has reached its limits',
  member: 'OverloadedError',
  unions: [...DIFFS, 'MutationPrecacheResult', ...SUBSCRIPTIONS],
}
const FULL_DISK: Row = {
  cause: 'a read-only disk',
  member: 'OverloadedError',
  unions: [JOB],
}

const WITHOUT_REDIS: Row = {
  cause: 'a Redis that is away',
  mode: 'ENQUEUE',
  member: 'QueueUnavailableError',
  unions: [
    ...DIFFS,
    'MutationCancelPrecacheResult',
    'MutationPrecacheAllResult',
    'MutationPrecacheResult',
    'QueryPrecacheBatchResult',
    'QueryPrecacheCountsResult',
    'QueryPrecacheJobResult',
    'QueryPrecacheJobsResult',
    ...SUBSCRIPTIONS,
  ],
}

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
    ...TOO_SLOW,
    CROWDED,
    FULL_DISK,
    WITHOUT_REDIS,
  ]
  const reached = rows.flatMap(({ unions, member }) => unions.map((union) => `${union}: ${member}`))
  expect(members.length).toBeGreaterThan(50)
  expect([...new Set(reached)].sort()).toEqual(members.sort())
})

let postgres: TestPostgres
beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(() => postgres?.stop())

const SELECTION = '{ __typename ... on Error { message } }'

/**
 * What a field with a union returns. For the error of a job, queues a job of the pair and waits until it
 * fails.
 */
async function resultOf(
  service: TestService,
  union: string,
  { new: newId = 'unknown', mode = 'WAIT' }: Partial<Row>,
): Promise<unknown> {
  const operation = OPERATIONS[union] ?? ''
  const query = `${operation} ${SELECTION}${' }'.repeat(operation.split('{').length - operation.split('}').length)}`
  const variables = { old: 'good', new: newId, mode, id: 'none' }
  if (union === JOB) {
    const { jobId } = await queueJob(service, newId)
    return eventually(async () => {
      const value = memberIn((await service.graphql(query, { id: jobId })).data)
      expect(value).not.toBeNull()
      return value
    })
  }
  if (!union.startsWith('Subscription')) {
    const { data, errors } = await service.graphql(query, variables)
    expect(errors).toBeUndefined()
    return memberIn(data)
  }
  const { text } = await service.ask('/graphql', subscribing(query, variables))
  return memberIn(JSON.parse(/^data: (\{.*\})$/m.exec(text)?.[1] ?? text).data)
}

async function queueJob(service: TestService, newId: string): Promise<{ jobId: string }> {
  const { data } = await service.graphql(
    `mutation ($new: String!) { precache(old: "good", new: $new) { __typename ... on PrecacheJob { jobId } ... on Error { message } } }`,
    { new: newId },
  )
  expect(data.precache.__typename).toBe('PrecacheJob')
  return data.precache
}

function subscribing(query: string, variables: object) {
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ query, variables }),
    // A subscription that is not refused does not end.
    signal: AbortSignal.timeout(60_000),
  }
}

/** Finds the object with a `__typename` in data that has nothing else; null if there is none. */
function memberIn(data: unknown): unknown {
  if (data === null || typeof data !== 'object' || '__typename' in data) return data
  return memberIn(Array.isArray(data) ? data[0] : Object.values(data)[0])
}

async function reach(service: TestService, row: Row): Promise<void> {
  const values = await Promise.all(
    row.unions.map(async (union) => ({ union, value: await resultOf(service, union, row) })),
  )
  expect(values).toEqual(
    row.unions.map((union) => ({
      union,
      value: { __typename: row.member, message: expect.stringMatching(/./) },
    })),
  )
}

/** Versions of one package, so that diffoscope has a pair. The version tells the tools how to fail. */
const hello = (what: string) => ({ name: 'hello', version: `1+${what}` })

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
    await happens()
    await gate.open()
    await eventually(async () => {
      const { data } = await service.graphql(
        `query ($id: String!) { precacheJob(jobId: $id) { ... on PrecacheJob { error ${SELECTION} } } }`,
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
    // The client library of the bucket reads it.
    vi.stubEnv('STORAGE_EMULATOR_HOST', store.endpoint)
    store.setFault(({ name }) => name.includes('/silent/'))
    const tool = serviceFixture('by-package')
    const built = await makePlaces()
    service = await startService({
      databaseUrl: postgres.url,
      env: {
        ARTIFACT_LOCATION: 'gs://builds/farm/',
        DIFFER_SANDBOX: 'off',
        DIFFER_DEBDIFF_COMMAND: tool,
        DIFFER_DIFFOSCOPE_COMMAND: tool,
        // Enough for small packages on a busy machine.
        DIFFER_RETRIEVAL_TIMEOUT: '5',
        DIFFER_PRECACHE_RETRIEVAL_TIMEOUT: '5',
        DIFFER_TASK_TIMEOUT: '1',
        DIFFER_PRECACHE_TIMEOUT: '1',
      },
    })
    await seedRuns(service.app.database, [{ id: 'silent' }, { id: 'stuck' }])
    for (const name of ['good', 'silent', 'stuck']) {
      const path = await buildPackage(built.root, hello(name))
      store.objects.set(`farm/${name}/hello_1+${name}_all.deb`, { content: await readFile(path) })
    }
    await removeTree(built.root)
  })
  afterAll(async () => {
    await service?.close()
    await store?.close()
    vi.unstubAllEnvs()
  })

  it.each(TOO_SLOW)('$cause: $member', (row) => reach(service, row))
})

describe('work limits', () => {
  let disk: SmallDisk | null = null
  let places: Places
  let gate: Gate
  let service: TestService
  beforeAll(async () => {
    places = await makePlaces()
    disk = NO_MOUNTS === null ? mountDisk(64 << 20) : null
    gate = await makeGate(join(places.root, 'gate'))
    await gate.close()
    service = await startService({
      databaseUrl: postgres.url,
      places: { ...places, ...(disk && { temp: disk.path }) },
      env: {
        ...gate.env,
        DIFFER_PRECACHE_CONCURRENCY: '1',
        DIFFER_MAX_WAITING_DIFFS: '1',
        DIFFER_MAX_WAITING_JOBS: '1',
        DIFFER_MAX_CLIENT_SUBSCRIPTIONS: '1',
      },
    })
    await buildRun(join(places.artifacts, 'good'), [hello('good')])
    for (const id of ['crowd-1', 'crowd-2', 'crowd-3']) await service.addRun({ id }, [hello(id)])
  })
  afterAll(async () => {
    await gate?.open()
    await disk?.setReadOnly(false)
    await service?.close()
    disk?.unmount()
    if (places) await removeTree(places.root)
  })

  it(`${CROWDED.cause}: ${CROWDED.member}`, async () => {
    await queueJob(service, 'crowd-1')
    await eventually(async () => expect(await gate.started()).toHaveLength(1))
    await queueJob(service, 'crowd-2')
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

describe('the queue', () => {
  let service: TestService
  beforeAll(async () => {
    // Port 9 is reserved for "discard"; nothing listens there.
    service = await startService({ databaseUrl: postgres.url, env: { REDIS_URL: 'redis://127.0.0.1:9' } })
    await addPair(service, 'queued')
  })
  afterAll(() => service?.close())

  it(`${WITHOUT_REDIS.cause}: ${WITHOUT_REDIS.member}`, () =>
    reach(service, { ...WITHOUT_REDIS, new: 'queued-new' }))
})
