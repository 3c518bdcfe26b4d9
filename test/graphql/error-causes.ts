/** What causes each error of each union in schema.graphql, and how a test gets it over HTTP. */
import { expect } from 'vitest'
import type { TestPostgres } from '../fixtures/postgres.ts'
import { eventually, type TestService } from '../fixtures/service.ts'
import { readersOf, signalReader } from './dpkg-deb-failures.ts'

/**
 * The operation that returns each union, under the name `at`. A union that several fields return has a row for each,
 * with the field in parentheses. A connection is null if it fails, and the error has a code.
 */
const OPERATIONS: Readonly<Record<string, string>> = {
  BinaryChangeListResult: comparison('at: binaryChanges'),
  DebdiffResult: comparison('at: debdiff(mode: $mode)'),
  DiffoscopeResult: comparison('at: diffoscope(mode: $mode)'),
  SummaryResult: comparison('at: summary(mode: $mode)'),
  MissingPackageError: comparison('diffoscope(mode: $mode) { ... on Diffoscope { missing { at: error'),
  FileReportResult: comparison('at: file(package: $package, path: $path, mode: $fileMode)'),
  'SearchHitConnection (Comparison.search)': comparison('at: search(text: $text, regex: true)'),
  'PrecacheJobResult (cancelPrecache)': 'mutation ($id: ID!) { at: cancelPrecache(jobId: $id)',
  'PrecacheJobResult (retryPrecacheJob)': 'mutation ($id: ID!) { at: retryPrecacheJob(input: { jobId: $id })',
  'PrecacheBatchResult (cancelPrecacheBatch)':
    'mutation ($id: ID!) { at: cancelPrecacheBatch(input: { batchId: $id })',
  MakeDiffsResult:
    'mutation ($old: ID!, $new: ID!) { at: makeDiffs(input: { comparison: { runs: { old: $old, new: $new } } })',
  PrecacheAllResult: 'mutation { at: precacheAll',
  PrecacheResult: 'mutation ($old: String!, $new: String!) { at: precache(old: $old, new: $new)',
  PrecacheJobError: 'query ($id: ID!) { precacheJob(jobId: $id) { ... on PrecacheJob { at: error',
  ComparisonResult: 'query ($old: String!, $new: String!) { at: comparison(old: $old, new: $new)',
  'ComparisonResult (comparisons)':
    'query ($old: ID!, $new: ID!) { at: comparisons(pairs: [{ old: $old, new: $new }])',
  CampaignResult: '{ at: campaign(name: "nothing")',
  'CampaignConnection (campaigns)': '{ at: campaigns',
  PrecacheBatchResult: 'query ($id: ID!) { at: precacheBatch(batchId: $id)',
  PrecacheCountsResult: '{ at: precacheCounts',
  PrecacheJobResult: 'query ($id: ID!) { at: precacheJob(jobId: $id)',
  'PrecacheJobConnection (precacheJobs)': '{ at: precacheJobs',
  RunResult: 'query ($new: ID!) { at: run(runId: $new)',
  'RunResult (runsByIds)': 'query ($new: ID!) { at: runsByIds(runIds: [$new])',
  'RunConnection (runs)': '{ at: runs',
  BinaryListResult: 'query ($new: ID!) { run(runId: $new) { ... on Run { at: binaries',
  'SearchHitConnection (Report.search)': comparison(
    'file(package: "hello", path: "control/control") { ... on FileReport { at: search(text: $text, regex: true)',
  ),
  'PrecacheBatchResult (subscription)': 'subscription ($id: ID!) { at: precacheBatch(batchId: $id)',
  'PrecacheJobResult (subscription)': 'subscription ($id: ID!) { at: precacheJob(jobId: $id)',
  'PrecacheJobResult (precacheJobs)': 'subscription { at: precacheJobs',
  ComparisonReadyResult: 'subscription { at: comparisonReady',
}

function comparison(field: string): string {
  const mode = field.includes('$mode') ? ', $mode: DiffMode! = WAIT' : ''
  const file = field.includes('$path')
    ? ', $fileMode: FileReportMode! = WAIT, $package: String! = "hello", $path: String! = "usr/share/hello"'
    : ''
  const text = field.includes('$text') ? ', $text: String! = "("' : ''
  return `query ($old: String!, $new: String!${mode}${file}${text}) { comparison(old: $old, new: $new) { ... on Comparison { ${field}`
}

/** Groups of unions with the same causes. */
const TOOL_DIFFS = ['DebdiffResult', 'DiffoscopeResult']
const SUMMARY = 'SummaryResult'
const FILE = 'FileReportResult'
const DIFFS = [...TOOL_DIFFS, SUMMARY]
/** Causes of an error that leave another package of the same runs as it is. */
const MISSING = 'MissingPackageError'
const OF_TWO = { unions: [MISSING], variables: { old: 'two' } }
const LISTINGS = ['BinaryListResult', 'BinaryChangeListResult']
export const JOB = 'PrecacheJobError'
const CAMPAIGNS = ['CampaignResult', 'CampaignConnection (campaigns)']
const READY = 'ComparisonReadyResult'
const PAIRS = ['ComparisonResult', 'ComparisonResult (comparisons)', 'PrecacheResult', 'MakeDiffsResult']
const SUBSCRIPTIONS = [
  'PrecacheBatchResult (subscription)',
  'PrecacheJobResult (subscription)',
  'PrecacheJobResult (precacheJobs)',
]

export interface Row {
  readonly cause: string
  readonly member: string
  readonly unions: readonly string[]
  /** Id of the new run. The old run always has a package. */
  readonly new?: string
  readonly mode?: string
  /** Further variables of the operation. */
  readonly variables?: Readonly<Record<string, string>>
  /** Sent to the `dpkg-deb` that reads the new run's package. */
  readonly signal?: NodeJS.Signals
}

/** Errors of a service whose tools fail in several ways. */
export const OF_PACKAGES_AND_TOOLS: readonly Row[] = [
  {
    cause: 'an unknown run',
    new: 'unknown',
    member: 'RunNotFoundError',
    unions: ['RunResult', 'RunResult (runsByIds)', ...PAIRS],
  },
  { cause: 'a run that failed', new: 'failed', member: 'RunNotSuccessfulError', unions: PAIRS },
  {
    cause: 'a run without packages in the store',
    new: 'bare',
    member: 'ArtifactsMissingError',
    unions: [...LISTINGS, ...DIFFS, FILE, JOB],
  },
  {
    cause: 'a directory of packages that leads to itself',
    new: 'loop',
    member: 'ArtifactRetrievalError',
    unions: [...LISTINGS, ...DIFFS, FILE, JOB],
  },
  { cause: 'an invalid package', new: 'text', member: 'InvalidPackageError', unions: [...DIFFS, FILE, JOB] },
  {
    cause: 'tools that need too much memory',
    new: 'hungry',
    member: 'DiffCommandMemoryError',
    unions: [...TOOL_DIFFS, JOB],
  },
  { cause: 'tools that fail', new: 'other', member: 'DiffCommandError', unions: [...TOOL_DIFFS, JOB] },
  { cause: 'one invalid package of two', new: 'two-text', member: 'InvalidPackageError', ...OF_TWO },
  {
    cause: 'one of two packages that needs too much memory',
    new: 'two-hungry',
    member: 'DiffCommandMemoryError',
    ...OF_TWO,
  },
  {
    cause: 'one of two packages at which the tool fails',
    new: 'two-other',
    member: 'DiffCommandError',
    ...OF_TWO,
  },
  {
    cause: 'a package that needs too much memory to be unpacked',
    new: 'huge',
    member: 'DiffCommandMemoryError',
    unions: [SUMMARY, FILE],
  },
  ...[SUMMARY, FILE].map((union) => ({
    cause: `a dpkg-deb that is killed, for ${union}`,
    new: 'slow',
    signal: 'SIGKILL' as const,
    member: 'DiffCommandError',
    unions: [union],
  })),
  {
    cause: 'a binary file whose report is not cached',
    new: 'new',
    variables: { fileMode: 'CACHED_ONLY' },
    member: 'DiffNotReadyError',
    unions: [FILE],
  },
  {
    cause: 'an unknown package',
    new: 'new',
    variables: { package: 'coffee' },
    member: 'PackageNotFoundError',
    unions: [FILE],
  },
  {
    cause: 'an unknown file',
    new: 'new',
    variables: { path: 'usr/share/coffee' },
    member: 'FileNotFoundError',
    unions: [FILE],
  },
  {
    cause: 'a diff that is not cached',
    new: 'new',
    mode: 'CACHED_ONLY',
    member: 'DiffNotReadyError',
    unions: DIFFS,
  },
  {
    cause: 'a search before the summary is made',
    new: 'before',
    variables: { text: 'tea' },
    member: 'DiffNotReadyError',
    unions: ['SearchHitConnection (Comparison.search)'],
  },
  {
    cause: 'an invalid pattern',
    new: 'new',
    member: 'SearchPatternError',
    unions: ['SearchHitConnection (Comparison.search)', 'SearchHitConnection (Report.search)'],
  },
  {
    cause: 'an unknown job',
    member: 'JobNotFoundError',
    unions: [
      'PrecacheJobResult',
      'PrecacheJobResult (cancelPrecache)',
      'PrecacheJobResult (retryPrecacheJob)',
      'PrecacheJobResult (subscription)',
    ],
  },
  {
    cause: 'an unknown batch',
    member: 'BatchNotFoundError',
    unions: [
      'PrecacheBatchResult',
      'PrecacheBatchResult (cancelPrecacheBatch)',
      'PrecacheBatchResult (subscription)',
    ],
  },
]

/** Errors of a job whose runs or database change while it waits. */
export const OF_WAITING_JOBS = [
  {
    cause: 'a run that is deleted while its job waits',
    member: 'RunNotFoundError',
    happens: (postgres: TestPostgres) =>
      postgres.sql("DELETE FROM debian_build WHERE run_id = 'passing'; DELETE FROM run WHERE id = 'passing'"),
  },
  {
    cause: 'a run that turns out to have failed while its job waits',
    member: 'RunNotSuccessfulError',
    happens: (postgres: TestPostgres) =>
      postgres.sql("UPDATE run SET result_code = 'build-failed' WHERE id = 'passing'"),
  },
  {
    cause: 'a database that goes away while a job waits',
    member: 'DatabaseUnavailableError',
    happens: (postgres: TestPostgres) => postgres.down(),
  },
]

export const WITHOUT_DATABASE: Row = {
  cause: 'a database that is away',
  member: 'DatabaseUnavailableError',
  unions: ['RunResult', 'RunResult (runsByIds)', 'RunConnection (runs)', ...PAIRS, 'PrecacheAllResult'],
}

/** Errors of exceeded time limits. */
export const TOO_SLOW: readonly Row[] = [
  {
    cause: 'a store that does not answer',
    new: 'silent',
    member: 'ArtifactRetrievalTimeoutError',
    unions: [...LISTINGS, ...DIFFS, FILE, JOB],
  },
  { cause: 'tools that hang', new: 'stuck', member: 'DiffCommandTimeoutError', unions: [...TOOL_DIFFS, JOB] },
  {
    cause: 'one of two packages at which the tool hangs',
    new: 'two-stuck',
    member: 'DiffCommandTimeoutError',
    ...OF_TWO,
  },
  // Each has its own package: a request that runs into its timeout queues a job, which reads it as well.
  ...[
    [SUMMARY, 'halted'],
    [FILE, 'halted-file'],
  ].map(([union = '', id = '']) => ({
    cause: `a dpkg-deb that hangs, for ${union}`,
    new: id,
    signal: 'SIGSTOP' as const,
    member: 'DiffCommandTimeoutError',
    unions: [union],
  })),
]

/** Errors of a service whose limits are all one, and are reached. */
export const CROWDED: Row = {
  cause: 'a service that has reached its limits',
  member: 'OverloadedError',
  unions: [...DIFFS, FILE, 'PrecacheResult', 'MakeDiffsResult', 'PrecacheAllResult', ...SUBSCRIPTIONS, READY],
}
export const WITHOUT_STATE: Row = {
  cause: 'a service without a database of its own',
  member: 'StateNotConfiguredError',
  unions: [...CAMPAIGNS, READY],
}

export const STATE_AWAY: Row = {
  cause: 'a database of its own that is away',
  member: 'DatabaseUnavailableError',
  unions: CAMPAIGNS,
}

export const UNKNOWN_CAMPAIGN: Row = {
  cause: 'an unknown campaign',
  member: 'CampaignNotFoundError',
  unions: ['CampaignResult'],
}

export const FULL_DISK: Row = {
  cause: 'a read-only disk',
  member: 'OverloadedError',
  unions: [JOB],
}

export const LOST_WORKER: Row = {
  cause: 'a worker that dies each time',
  member: 'WorkerLostError',
  unions: [JOB],
}

export const WITHOUT_REDIS: Row = {
  cause: 'a Redis that is away',
  mode: 'ENQUEUE',
  member: 'QueueUnavailableError',
  unions: [
    ...DIFFS,
    'PrecacheJobResult (cancelPrecache)',
    'PrecacheAllResult',
    'PrecacheResult',
    'MakeDiffsResult',
    'PrecacheJobResult (retryPrecacheJob)',
    'PrecacheBatchResult (cancelPrecacheBatch)',
    'PrecacheBatchResult',
    'PrecacheCountsResult',
    'PrecacheJobResult',
    'PrecacheJobConnection (precacheJobs)',
    ...SUBSCRIPTIONS,
  ],
}

export const FILE_WITHOUT_REDIS: Row = {
  cause: 'a binary file to be queued while Redis is away',
  variables: { fileMode: 'ENQUEUE' },
  member: 'QueueUnavailableError',
  unions: [FILE],
}

export const SELECTION = '{ __typename ... on Error { message } }'

/**
 * What a field with a union returns. For the error of a job, queues a job of the pair and waits until it
 * fails.
 */
async function resultOf(
  service: TestService,
  union: string,
  { new: newId = 'unknown', mode = 'WAIT', variables: further }: Partial<Row>,
): Promise<unknown> {
  const operation = OPERATIONS[union] ?? ''
  const isConnection = union.includes('Connection')
  const query = `${operation} ${isConnection ? '{ __typename }' : SELECTION}${' }'.repeat(operation.split('{').length - operation.split('}').length)}`
  const variables = { old: 'good', new: newId, mode, id: 'none', ...further }
  if (union === JOB) {
    const { jobId } = await queueJob(service, newId)
    return eventually(async () => {
      const value = memberIn((await service.graphql(query, { id: jobId })).data)
      expect(value).not.toBeNull()
      return value
    })
  }
  if (!operation.startsWith('subscription')) {
    const { data, errors } = await service.graphql(query, variables)
    if (isConnection) return failureOf(data, errors)
    expect(errors).toBeUndefined()
    return memberIn(data)
  }
  const { text } = await service.ask('/graphql', subscribing(query, variables))
  return memberIn(JSON.parse(/^data: (\{.*\})$/m.exec(text)?.[1] ?? text).data)
}

/** The failure of a connection, in the form of a member of a union. */
function failureOf(
  data: unknown,
  errors: readonly { readonly message: string; readonly extensions?: Record<string, unknown> }[] | undefined,
): unknown {
  expect(memberIn(data)).toBeNull()
  const [error] = errors ?? []
  const words = String(error?.extensions?.code).toLowerCase().split('_')
  const name = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
  return { __typename: `${name}Error`, message: error?.message }
}

export async function queueJob(service: TestService, newId: string): Promise<{ jobId: string }> {
  const { data } = await service.graphql(
    `mutation ($new: String!) { precache(old: "good", new: $new) { __typename ... on PrecacheJob { jobId } ... on Error { message } } }`,
    { new: newId },
  )
  expect(data.precache.__typename).toBe('PrecacheJob')
  return data.precache
}

export function subscribing(query: string, variables: object) {
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

export async function reach(service: TestService, row: Row): Promise<void> {
  const filename = `hello_1+${row.new}_all.deb`
  const earlier = row.signal ? readersOf(filename) : []
  let isOver = false
  const results = Promise.all(
    row.unions.map(async (union) => ({ union, value: await resultOf(service, union, row) })),
  ).finally(() => {
    isOver = true
  })
  if (row.signal) await signalReader(filename, row.signal, earlier, () => isOver)
  const values = await results
  expect(values).toEqual(
    row.unions.map((union) => ({
      union,
      value: { __typename: row.member, message: expect.stringMatching(/./) },
    })),
  )
}
