/** A service for the tests of foreign clients, and their libraries, which are installed in this folder only. */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { removeTree } from '../../src/diff/tools/remove-tree.ts'
import {
  addPair,
  type Gate,
  makeGate,
  makePlaces,
  startService,
  type TestService,
} from '../fixtures/service.ts'

const HERE = import.meta.dirname
const ROOT = join(HERE, '../..')

/** A directory in which files find the packages of these tests, with copies of `clients/examples`. */
export interface Libraries {
  readonly dir: string
  /** Imports a module of `clients/examples`. */
  // biome-ignore lint/suspicious/noExplicitAny: JavaScript, whose types are not installed with the project
  example(name: string): Promise<any>
  /** Imports what a package exports, by the copy that the examples use. */
  // biome-ignore lint/suspicious/noExplicitAny: the packages are not installed where types are checked
  of(name: string): Promise<any>
  /** Reads a file of `clients/schema`. */
  // biome-ignore lint/suspicious/noExplicitAny: JSON, whose shape depends on the file
  file(name: string): Promise<any>
  remove(): Promise<void>
}

export async function openLibraries(): Promise<Libraries> {
  const dir = await mkdtemp(join(HERE, 'node_modules/.examples-'))
  await cp(join(ROOT, 'clients/examples'), dir, { recursive: true })
  const load = (name: string) => import(/* @vite-ignore */ pathToFileURL(join(dir, name)).href)
  return {
    dir,
    example: load,
    of: async (name) => {
      const file = `${name.replaceAll('/', '-')}-package.mjs`
      await writeFile(join(dir, file), `export const all = await import('${name}')\n`)
      return (await load(file)).all
    },
    file: async (name) => JSON.parse(await readFile(join(ROOT, 'clients/schema', name), 'utf8')),
    remove: () => rm(dir, { recursive: true }),
  }
}

/** A service with pairs of runs, whose tools wait while the gate is closed. */
export interface World {
  readonly service: TestService
  readonly url: string
  readonly gate: Gate
  readonly libraries: Libraries
  close(): Promise<void>
}

/** Prefixes of the pairs of runs, one for each client. A further pair is that of the batches. */
const PAIRS = ['apollo', 'urql', 'relay'] as const
/** The campaign of the runs that are queued as a batch. */
export const BATCH_CAMPAIGN = 'tidy'

export async function openWorld(): Promise<World> {
  const [libraries, places] = await Promise.all([openLibraries(), makePlaces()])
  const gate = await makeGate(join(places.root, 'gate'))
  const service = await startService({ places, env: gate.env })
  for (const prefix of PAIRS) await addPair(service, prefix)
  const addRun: TestService['addRun'] = (run, packages) =>
    service.addRun({ ...run, campaign: run.campaign ?? BATCH_CAMPAIGN }, packages)
  await addPair({ addRun }, 'other')
  return {
    service,
    url: `${service.url}/graphql`,
    gate,
    libraries,
    close: async () => {
      await gate.open()
      await service.close()
      await removeTree(places.root)
      await libraries.remove()
    },
  }
}

/** Operations that every client of these tests sends. */
const ERROR = '... on Error { message retryable }'
const SUMMARY = `summary { __typename ${ERROR} ... on Summary { verdict } }`
export const OPERATIONS = {
  runs: `query Runs($first: Int, $after: String, $last: Int, $before: String, $filter: RunFilterInput) {
    runs(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
      edges { cursor node { id runId campaign } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`,
  run: `query OneRun($runId: ID!) { run(runId: $runId) { __typename ... on Run { id runId campaign version successful } ${ERROR} } }`,
  comparison: `query Comparison($old: ID!, $new: ID!) { comparison(old: $old, new: $new) { __typename ${ERROR}
    ... on Comparison { id ${SUMMARY} diffoscope { __typename ${ERROR} ... on DiffNotReadyError { job { id status } }
      ... on Diffoscope { id isEmpty complete } } } } }`,
  make: `mutation Make($input: MakeDiffsInput!) { makeDiffs(input: $input) { __typename ${ERROR}
    ... on MakeDiffsPayload { job { id jobId status } errors { __typename ${ERROR} }
      comparison { id ${SUMMARY} diffoscope { __typename ${ERROR} ... on DiffNotReadyError { job { id status } }
        ... on Diffoscope { id isEmpty complete } } } } } }`,
  findings: `query Findings($id: ID!, $first: Int, $after: String) { node(id: $id) { __typename id ... on Comparison {
    summary { __typename ... on Summary { findings(first: $first, after: $after) {
      edges { cursor node { rule path } } totalCount pageInfo { hasNextPage endCursor hasPreviousPage startCursor } } } } } } }`,
  watch: `subscription Watch($jobId: ID!) { precacheJob(jobId: $jobId) { __typename ${ERROR}
    ... on PrecacheJob { id jobId status progress } } }`,
  watchAll: `subscription WatchAll($runId: [ID!], $status: [PrecacheJobStatus!]) {
    precacheJobs(runId: $runId, status: $status) { __typename ${ERROR} ... on PrecacheJob { id jobId status newRunId } } }`,
  job: `query Job($jobId: ID!) { precacheJob(jobId: $jobId) { __typename ${ERROR} ... on PrecacheJob { id jobId status } } }`,
  cancel: `mutation Cancel($jobId: ID!) { cancelPrecacheJob(input: { jobId: $jobId }) { __typename ${ERROR}
    ... on PrecacheJob { id jobId status } } }`,
  retry: `mutation Retry($jobId: ID!) { retryPrecacheJob(input: { jobId: $jobId }) { __typename ${ERROR}
    ... on PrecacheJob { id jobId status } } }`,
  nodes: `query Nodes($id: ID!, $first: Int, $after: String) { node(id: $id) { __typename id ... on Diffoscope {
    nodes(first: $first, after: $after) { edges { cursor node { id ordinal source2 stat { hunks } } }
      pageInfo { hasNextPage endCursor hasPreviousPage startCursor } totalCount } } } }`,
  node: `query OneNode($id: ID!) { node(id: $id) { __typename id ... on DiffNode { ordinal source1 source2
    hunks(first: 1) { edges { cursor node { id header } } pageInfo { hasNextPage endCursor hasPreviousPage startCursor } } } } }`,
  lines: `query Lines($id: ID!, $first: Int, $after: String, $last: Int, $before: String) { node(id: $id) { __typename id ... on Hunk {
    lines(first: $first, after: $after, last: $last, before: $before) { edges { cursor node { position kind text } } totalCount
      pageInfo { hasNextPage hasPreviousPage endCursor startCursor } } } } }`,
  hunk: `query OneHunk($id: ID!) { node(id: $id) { __typename id ... on Hunk { header added removed } } }`,
  several: `query Several($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Run { runId successful } } }`,
  deferred: `query Deferred($old: ID!, $new: ID!) { comparison(old: $old, new: $new) { __typename ... on Comparison { id
    ... @defer(label: "changes") { binaryChanges { __typename ... on BinaryChangeList { totalCount } } } } } }`,
  values: `query Values($search: String) { runCampaigns(first: 10, search: $search) { edges { cursor node { value runs } }
    pageInfo { hasNextPage endCursor hasPreviousPage startCursor } } }`,
  service:
    'query Service { service { version queue tokenRequired limits { cost bytes } tools { command } } }',
  siblings: `query Siblings($runId: ID!) { run(runId: $runId) { __typename ... on Run { id runId } }
    bad: runs(first: 1000) { edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage endCursor startCursor } } }`,
  batch: `mutation Batch($input: PrecacheAllInput) { precacheAll(input: $input) { __typename ${ERROR}
    ... on PrecacheAllPayload { count batch { id batchId } } } }`,
  batches: `query Batches { precacheBatches(first: 10) { edges { cursor node { id batchId } }
    pageInfo { hasNextPage hasPreviousPage endCursor startCursor } } }`,
} as const

/** What `makeDiffs` gets for a pair of runs. */
export function makeInput(
  pair: { old: string; new: string },
  tools: readonly string[] | null,
  wait: boolean,
) {
  return { input: { comparison: { runs: pair }, ...(tools && { make: { tools } }), wait } }
}

export const pairOf = (prefix: string) => ({ old: `${prefix}-old`, new: `${prefix}-new` })
