/** Persisted operations as the usual clients send them: Relay's and Apollo's manifests, and automatic ones. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readManifest } from '../../src/graphql/persisted.ts'
import type { TestService } from '../fixtures/service.ts'
import { SAMPLES, startWithSamples } from '../graphql/samples.ts'
import { compileRelay, type RelayProject } from './relay-project.ts'
import { type Libraries, openLibraries } from './world.ts'

const RUN = 'query Run($runId: ID!) { run(runId: $runId) { __typename ... on Run { id runId } } }'
const VARIABLES = { runId: SAMPLES.new }

let libraries: Libraries
let project: RelayProject
/** Executes any operation. */
let open: TestService
/** Executes the operations of Relay's manifest only. */
let trusted: TestService
beforeAll(async () => {
  libraries = await openLibraries()
  const query =
    'query trustedRunQuery($runId: ID!) { run(runId: $runId) { __typename ... on Run { id runId } } }'
  project = await compileRelay(libraries, 'relay-trusted', { trusted: [query] }, { isPersisted: true })
  open = await startWithSamples()
  trusted = await startWithSamples({
    env: { DIFFER_OPERATIONS: 'persisted-only', DIFFER_OPERATIONS_MANIFEST: project.manifest },
  })
})
afterAll(async () => {
  await open?.close()
  await trusted?.close()
  await libraries?.remove()
})

/** Counts the requests that are sent with the text of the operation, and those without it. */
function countingFetch() {
  const counts = { withText: 0, withoutText: 0 }
  const counting: typeof fetch = (input, init) => {
    const hasText = /query=|"query":"/.test(`${input} ${init?.body ?? ''}`)
    counts[hasText ? 'withText' : 'withoutText'] += 1
    return fetch(input, init)
  }
  return { counts, counting }
}

it('Relay sends the ids of its manifest to a service that executes nothing else', async () => {
  const relay = (await libraries.of('relay-runtime')).default
  const environment = (await libraries.example('relay.mjs')).createRelayEnvironment(`${trusted.url}/graphql`)
  const query = project.artifact('trustedRunQuery')
  expect(query.params).toMatchObject({ text: null, id: expect.any(String) })
  const data = await relay.fetchQuery(environment, query, VARIABLES).toPromise()
  expect(data.run).toMatchObject({ __typename: 'Run', runId: SAMPLES.new })
  const { errors } = await trusted.graphql(RUN, VARIABLES)
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'PERSISTED_QUERY_ONLY' })
  const { text } = await trusted.ask('/graphql', { headers: { accept: 'text/html' } })
  expect(text).not.toContain('graphiql')
})

it("Apollo's manifest is read", async () => {
  const file = join(libraries.dir, 'apollo-manifest.json')
  const operations = [{ id: 'an-id', name: 'Run', type: 'query', body: RUN }]
  await writeFile(file, JSON.stringify({ format: 'apollo-persisted-query-manifest', version: 1, operations }))
  expect((await readManifest(file)).get('an-id')).toBe(RUN)
})

it('urql registers an operation once, and then sends its hash by GET', async () => {
  const { Client, fetchExchange } = await libraries.of('@urql/core')
  const { persistedExchange } = await libraries.of('@urql/exchange-persisted')
  const { counts, counting } = countingFetch()
  const client = new Client({
    url: `${open.url}/graphql`,
    fetch: counting,
    preferGetMethod: false,
    exchanges: [persistedExchange({ preferGetForPersistedQueries: true }), fetchExchange],
  })
  for (const runId of [SAMPLES.new, SAMPLES.old]) {
    const { data, error } = await client.query(RUN, { runId }).toPromise()
    expect([error, data?.run.runId]).toEqual([undefined, runId])
  }
  // The first hash is unknown, so the text follows; the second one is known.
  expect(counts).toEqual({ withText: 1, withoutText: 2 })
})

it('Apollo Client registers an operation once, and then sends its hash by GET', async () => {
  const { ApolloClient, HttpLink, InMemoryCache, gql } = await libraries.of('@apollo/client')
  const { PersistedQueryLink } = await libraries.of('@apollo/client/link/persisted-queries')
  const { createHash } = await import('node:crypto')
  const { counts, counting } = countingFetch()
  const persisted = new PersistedQueryLink({
    sha256: (text: string) => createHash('sha256').update(text).digest('hex'),
    useGETForHashedQueries: true,
  })
  const http = new HttpLink({ uri: `${open.url}/graphql`, fetch: counting })
  const client = new ApolloClient({ link: persisted.concat(http), cache: new InMemoryCache() })
  const query = gql(RUN.replace('query Run', 'query ApolloRun'))
  for (const runId of [SAMPLES.new, SAMPLES.old]) {
    const { data } = await client.query({ query, variables: { runId } })
    expect(data.run.runId).toBe(runId)
  }
  expect(counts).toEqual({ withText: 1, withoutText: 2 })
})
