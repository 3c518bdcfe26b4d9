/** Every error that a union of schema.graphql has as a member is reached by a real cause, over HTTP. The tables below name them all. */
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

/** How each union is asked for; its value is called `at`. */
const OPERATIONS: Readonly<Record<string, string>> = {
  ComparisonBinaryChangesResult: comparison('at: binaryChanges'),
  ComparisonDebdiffResult: comparison('at: debdiff(mode: $mode)'),
  ComparisonDiffoscopeResult: comparison('at: diffoscope(mode: $mode)'),
  MutationCancelPrecacheResult: 'mutation ($id: String!) { at: cancelPrecache(jobId: $id)',
  MutationPrecacheAllResult: 'mutation { at: precacheAll',
  MutationPrecacheResult: 'mutation ($old: String!, $new: String!) { at: precache(old: $old, new: $new)',
  PrecacheJobError: 'query ($id: String!) { precacheJob(id: $id) { ... on PrecacheJob { at: error',
  QueryComparisonResult: 'query ($old: String!, $new: String!) { at: comparison(old: $old, new: $new)',
  QueryComparisonsItemResult:
    'query ($old: String!, $new: String!) { at: comparisons(pairs: [{ old: $old, new: $new }])',
  QueryPrecacheBatchResult: 'query ($id: String!) { at: precacheBatch(id: $id)',
  QueryPrecacheCountsResult: '{ at: precacheCounts',
  QueryPrecacheJobResult: 'query ($id: String!) { at: precacheJob(id: $id)',
  QueryPrecacheJobsResult: '{ at: precacheJobs',
  QueryRunResult: 'query ($new: String!) { at: run(runId: $new)',
  QueryRunsResult: '{ at: runs',
  RunBinariesResult: 'query ($new: String!) { run(runId: $new) { ... on Run { at: binaries',
  SubscriptionPrecacheBatchResult: 'subscription ($id: String!) { at: precacheBatch(id: $id)',
  SubscriptionPrecacheJobResult: 'subscription ($id: String!) { at: precacheJob(id: $id)',
  SubscriptionPrecacheJobsResult: 'subscription { at: precacheJobs',
}

function comparison(field: string): string {
  const mode = field.includes('$mode') ? ', $mode: DiffMode! = WAIT' : ''
  return `query ($old: String!, $new: String!${mode}) { comparison(old: $old, new: $new) { ... on Comparison { ${field}`
}

/** Unions that one cause reaches alike. */
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
  /** The old run is always one with a package. */
  readonly new?: string
  readonly mode?: string
}

/** What a service with a store, a database, a queue of its own and tools that all fail answers. */
const OF_PACKAGES_AND_TOOLS: readonly Row[] = [
  {
    cause: 'a run that nobody knows',
    new: 'nobody',
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
  { cause: 'a file that is no package', new: 'text', member: 'InvalidPackageError', unions: [...DIFFS, JOB] },
  {
    cause: 'tools that need too much memory',
    new: 'hungry',
    member: 'DiffCommandMemoryError',
    unions: [...DIFFS, JOB],
  },
  { cause: 'tools that fail', new: 'other', member: 'DiffCommandError', unions: [...DIFFS, JOB] },
  {
    cause: 'a diff that nobody has made',
    new: 'fresh',
    mode: 'CACHED_ONLY',
    member: 'DiffNotReadyError',
    unions: DIFFS,
  },
  {
    cause: 'a job that nobody asked for',
    member: 'JobNotFoundError',
    unions: ['QueryPrecacheJobResult', 'MutationCancelPrecacheResult', 'SubscriptionPrecacheJobResult'],
  },
  {
    cause: 'a batch that nobody asked for',
    member: 'BatchNotFoundError',
    unions: ['QueryPrecacheBatchResult', 'SubscriptionPrecacheBatchResult'],
  },
]

/** Of jobs that wait while something happens to what they need. */
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

/** What takes longer than it may. */
const TOO_SLOW: readonly Row[] = [
  {
    cause: 'a store that does not answer',
    new: 'silent',
    member: 'ArtifactRetrievalTimeoutError',
    unions: [...LISTINGS, ...DIFFS, JOB],
  },
  { cause: 'tools that hang', new: 'stuck', member: 'DiffCommandTimeoutError', unions: [...DIFFS, JOB] },
]

/** Each of what there may be one at a time is there already. */
const CROWDED: Row = {
  cause: 'a service with all the work that it may have',
  member: 'OverloadedError',
  unions: [...DIFFS, 'MutationPrecacheResult', ...SUBSCRIPTIONS],
}
const FULL_DISK: Row = {
  cause: 'a disk that takes nothing',
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

it('each error member of each union of schema.graphql is in a table, and no other', () => {
  const schema = buildSchema(readFileSync(join(import.meta.dirname, '../../schema.graphql'), 'utf8'))
  const error = schema.getType('Error')
  if (!isInterfaceType(error)) throw new Error('the schema has no interface Error')
  const members = Object.values(schema.getTypeMap())
    .filter(isUnionType)
    .flatMap((union) =>
      union
        .getTypes()
        .filter((type) => isObjectType(type) && type.getInterfaces().includes(error))
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

const TOLD = '{ __typename ... on Error { message } }'

/** What a union's field answers. The error of a job is that of the pair's, which is asked for before. */
async function valueOf(
  service: TestService,
  union: string,
  { new: fresh = 'nobody', mode = 'WAIT' }: Partial<Row>,
): Promise<{ __typename: string; message: string }> {
  const operation = OPERATIONS[union] ?? ''
  const query = `${operation} ${TOLD}${' }'.repeat(operation.split('{').length - operation.split('}').length)}`
  const variables = { old: 'good', new: fresh, mode, id: 'none' }
  if (union === JOB) {
    const { jobId } = await queued(service, fresh)
    return eventually(async () => {
      const value = told((await service.graphql(query, { id: jobId })).data)
      expect(value).not.toBeNull()
      return value
    })
  }
  if (!union.startsWith('Subscription')) {
    const { data, errors } = await service.graphql(query, variables)
    expect(errors).toBeUndefined()
    return told(data)
  }
  const { text } = await service.ask('/graphql', subscribing(query, variables))
  return told(JSON.parse(/^data: (\{.*\})$/m.exec(text)?.[1] ?? text).data)
}

async function queued(service: TestService, fresh: string): Promise<{ jobId: string }> {
  const { data } = await service.graphql(
    `mutation ($new: String!) { precache(old: "good", new: $new) { __typename ... on PrecacheJob { jobId } ... on Error { message } } }`,
    { new: fresh },
  )
  expect(data.precache.__typename).toBe('PrecacheJob')
  return data.precache
}

function subscribing(query: string, variables: object) {
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ query, variables }),
    // One that is not refused has no end.
    signal: AbortSignal.timeout(60_000),
  }
}

/** The value of `at`, of a list its only entry. */
function told(data: any): any {
  if (data === null || typeof data !== 'object' || '__typename' in data) return data
  return told(Array.isArray(data) ? data[0] : Object.values(data)[0])
}

async function reach(service: TestService, row: Row): Promise<void> {
  const values = await Promise.all(
    row.unions.map(async (union) => ({ union, value: await valueOf(service, union, row) })),
  )
  expect(values).toEqual(
    row.unions.map((union) => ({
      union,
      value: { __typename: row.member, message: expect.stringMatching(/./) },
    })),
  )
}

/** Of the same package, so that diffoscope has a pair; the tools are told by the version what to do. */
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
        // A job that is to hold up the next runs its tool each time.
        DIFFER_FAILURE_TTL: '0',
      },
    })
    for (const name of ['good', 'hungry', 'other', 'fresh', 'before'])
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

  // The last one takes the database away, and leaves it so to the next test.
  it.each(OF_WAITING_JOBS)('$cause: $member', async ({ member, happens }) => {
    await postgres.sql(
      "DELETE FROM debian_build WHERE run_id = 'passing'; DELETE FROM run WHERE id = 'passing'",
    )
    await service.addRun({ id: 'passing' }, [])
    await gate.close()
    const before = await gate.started()
    await queued(service, 'before')
    await eventually(async () => expect((await gate.started()).length).toBeGreaterThan(before.length))
    const { jobId } = await queued(service, 'passing')
    await happens()
    await gate.open()
    await eventually(async () => {
      const { data } = await service.graphql(
        `query ($id: String!) { precacheJob(id: $id) { ... on PrecacheJob { error ${TOLD} } } }`,
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

describe('limits of time', () => {
  let store: FakeGcs
  let service: TestService
  beforeAll(async () => {
    store = await startFakeGcs()
    // Read by the store's own client.
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
        // Time enough for a busy machine to bring small packages.
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

describe('limits of work', () => {
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
    await queued(service, 'crowd-1')
    await eventually(async () => expect(await gate.started()).toHaveLength(1))
    await queued(service, 'crowd-2')
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
    // Nothing listens on the port of "discard".
    service = await startService({ databaseUrl: postgres.url, env: { REDIS_URL: 'redis://127.0.0.1:9' } })
    await addPair(service, 'queued')
  })
  afterAll(() => service?.close())

  it(`${WITHOUT_REDIS.cause}: ${WITHOUT_REDIS.member}`, () =>
    reach(service, { ...WITHOUT_REDIS, new: 'queued-new' }))
})
