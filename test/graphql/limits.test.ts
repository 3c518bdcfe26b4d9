/** Limits of an operation, a client and a request. Each refusal comes at once and names its limit. */
import { join } from 'node:path'
import { createClient } from 'graphql-ws'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { removeTree } from '../../src/diff/tools/remove-tree.ts'
import {
  addPair,
  eventually,
  type Gate,
  makeGate,
  makePlaces,
  type Places,
  startService,
  type TestService,
} from '../fixtures/service.ts'

let places: Places
let gate: Gate
let service: TestService
beforeAll(async () => {
  places = await makePlaces()
  gate = await makeGate(join(places.root, 'gate'))
  service = await startService({
    places,
    env: {
      ...gate.env,
      DIFFER_OPERATION_TIMEOUT: '3',
      DIFFER_MAX_CLIENT_OPERATIONS: '4',
      DIFFER_MAX_CLIENT_SUBSCRIPTIONS: '3',
    },
  })
})
afterAll(async () => {
  await gate.open()
  await service?.close()
  await removeTree(places.root)
})

const CHAIN = (levels: number) => `${'baseline { '.repeat(levels)}runId${' }'.repeat(levels)}`
const FRAGMENTS = (levels: number) =>
  `{ ...f0 } ${Array.from({ length: levels }, (_, i) => `fragment f${i} on Query { ...f${i + 1} ...f${i + 1} }`).join(' ')} fragment f${levels} on Query { runs { __typename } }`
const NODES = (inside: string) =>
  `{ comparison(old: "a", new: "b") { ... on Comparison { diffoscope { ... on Diffoscope { ${inside} } } } } }`

describe('an operation', () => {
  it.each([
    {
      what: 'a document of 100,000 tokens',
      query: `{ ${'__typename '.repeat(100_000 / 5)} }`,
      code: 'TOO_MANY_TOKENS',
      limit: 2000,
    },
    {
      what: 'one token too many, and a syntax error before it',
      query: `{ ${'a '.repeat(1998)} ] }`,
      code: 'TOO_MANY_TOKENS',
      limit: 2000,
    },
    {
      what: 'a document with 5,000 nested levels',
      query: `${'{ a '.repeat(5000)}${'}'.repeat(5000)}`,
      code: 'TOO_MANY_TOKENS',
      limit: 2000,
    },
    {
      what: '60 aliases',
      query: `{ ${Array.from({ length: 60 }, (_, i) => `a${i}: __typename`).join(' ')} }`,
      code: 'TOO_MANY_ALIASES',
      limit: 50,
    },
    {
      what: 'an alias that would be repeated in each item of a list',
      query: `{ runs { ... on RunConnection { nodes { ${'a'.repeat(257)}: __typename } } } }`,
      code: 'ALIAS_TOO_LONG',
      limit: 256,
    },
    {
      what: 'the schema several times',
      query: `{ ${Array.from({ length: 6 }, (_, i) => `a${i}: __schema { types { name } }`).join(' ')} }`,
      code: 'TOO_MANY_ALIASES',
      limit: 5,
    },
    {
      what: 'the parts of a type several times',
      query: `{ __type(name: "Query") { ${Array.from({ length: 6 }, (_, i) => `a${i}: description`).join(' ')} } }`,
      code: 'TOO_MANY_ALIASES',
      limit: 5,
    },
    {
      what: '60 directives',
      query: `{ __typename ${'@include(if: true) '.repeat(60)} }`,
      code: 'TOO_MANY_DIRECTIVES',
      limit: 50,
    },
    {
      what: 'baselines of baselines',
      query: `{ run(runId: "a") { ... on Run { ${CHAIN(40)} } } }`,
      code: 'TOO_DEEP',
      limit: 30,
    },
    { what: 'fragments of fragments', query: FRAGMENTS(40), code: 'TOO_MANY_FIELDS', limit: 1000 },
    {
      what: '25 diffs with mode WAIT',
      query: `{ ${Array.from({ length: 25 }, (_, i) => `a${i}: comparison(old: "a", new: "b") { ... on Comparison { debdiff(mode: WAIT) { __typename } } }`).join(' ')} }`,
      code: 'TOO_COSTLY',
      limit: 20_000,
    },
    {
      what: 'all lines of all hunks of all nodes',
      query: NODES(
        'nodes(first: 100) { nodes { hunks(first: 100) { nodes { lines(first: 1000) { nodes { text } } } } } }',
      ),
      code: 'TOO_COSTLY',
      limit: 20_000,
    },
    {
      what: 'many complete renderings',
      query: NODES(
        Array.from(
          { length: 49 },
          (_, i) => `a${i}: text { content(offset: ${i + 1}00000000) { text } }`,
        ).join(' '),
      ),
      code: 'TOO_COSTLY',
      limit: 20_000,
    },
    {
      what: 'many path patterns',
      query: NODES(
        Array.from({ length: 45 }, (_, i) => `a${i}: nodes(pathGlob: "**") { totalCount }`).join(' '),
      ),
      code: 'TOO_COSTLY',
      limit: 20_000,
    },
    {
      what: 'a page of 101 runs',
      query: '{ runs(first: 101) { __typename } }',
      code: 'PAGE_TOO_LARGE',
      limit: 100,
    },
    {
      what: '101 pairs',
      query: `{ comparisons(pairs: [${'{old: "a", new: "b"} '.repeat(101)}]) { __typename } }`,
      code: 'PAGE_TOO_LARGE',
      limit: 100,
    },
  ])('with $what is refused', async ({ query, code, limit }) => {
    await service.graphql('{ __typename }')
    const { data, errors } = await service.graphql(query)
    expect(Object.values(data ?? {}).filter((field) => field !== null)).toEqual([])
    expect(errors?.[0]?.extensions).toMatchObject({ code, limit })
    expect(errors?.[0]?.message).toContain(String(limit))
  })

  it.each([
    {
      what: 'circular introspection',
      query: `{ __schema { types { ${'fields { type { '.repeat(20)}name${' } }'.repeat(20)} } } }`,
    },
    {
      what: 'a fragment that contains itself',
      query: '{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }',
    },
    { what: '480 times the same field', query: `{ ${'runs { __typename } '.repeat(480)} }` },
    {
      what: '400 variables',
      query: `query (${Array.from({ length: 400 }, (_, i) => `$v${i}: Int`).join(' ')}) { __typename }`,
    },
    {
      what: 'a string of control characters',
      query: '{ run(runId: "\\u0000\\u001b[2J\\ud800") { __typename } }',
    },
    { what: 'numbers out of range', query: NODES('nodes(first: 99999999999) { totalCount }') },
  ])('with $what does not stop the service', async ({ query }) => {
    await service.graphql(query)
    const { text } = await service.ask('/health')
    expect(text).toBe('ok')
  })

  it('is refused if its variables make it too expensive, even after it was allowed with others', async () => {
    const query = `query ($first: Int!) { comparison(old: "a", new: "b") { __typename ... on Comparison { diffoscope { ... on Diffoscope {
      nodes(first: $first) { nodes { hunks(first: $first) { nodes { position header } } } } } } } } }`
    expect((await service.graphql(query, { first: 2 })).errors).toBeUndefined()
    expect((await service.graphql(query, { first: 100 })).errors?.[0]?.extensions?.code).toBe('TOO_COSTLY')
  })

  it('that takes too long is stopped, with an error that says so', async () => {
    const pair = await addPair(service, 'slow')
    await gate.close()
    const { status, text } = await service.ask('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json' },
      body: JSON.stringify({
        query: `{ comparison(old: "${pair.old}", new: "${pair.new}") { ... on Comparison { debdiff(mode: WAIT) { __typename } } } }`,
      }),
    })
    expect(status).toBe(504)
    expect(JSON.parse(text).errors[0].extensions).toMatchObject({
      code: 'OPERATION_TIMEOUT',
      limit: 3000,
      retryable: true,
    })
    await gate.open()
  })
})

describe('a client', () => {
  it('that runs too many operations at once gets 429, and may continue when one has ended', async () => {
    const pair = await addPair(service, 'many')
    await gate.close()
    const slow = Array.from({ length: 4 }, () =>
      service.graphql(
        `{ comparison(old: "${pair.old}", new: "${pair.new}") { ... on Comparison { debdiff(mode: WAIT) { __typename } } } }`,
      ),
    )
    const refused = await eventually(async () => {
      const response = await service.ask('/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"query":"{ __typename }"}',
      })
      expect(response.status).toBe(429)
      return response
    }, 900)
    expect(JSON.parse(refused.text).errors[0].extensions).toMatchObject({
      code: 'TOO_MANY_OPERATIONS',
      limit: 4,
    })
    expect(refused.headers['retry-after']).toBe('1')
    await gate.open()
    await Promise.all(slow)
    expect((await service.graphql('{ __typename }')).data).toEqual({ __typename: 'Query' })
  })

  it('that runs too many operations on a WebSocket gets an error for one, and keeps the others', async () => {
    let closed = 0
    const client = createClient({
      url: `${service.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      retryAttempts: 0,
      on: { closed: () => closed++ },
    })
    const query = 'subscription { precacheJobs { __typename } }'
    const open = Array.from({ length: 3 }, () => client.iterate({ query }))
    const results = open.map((subscription) => subscription.next())
    const runAnother = () => client.iterate({ query: '{ __typename }' }).next()
    await expect(runAnother()).rejects.toEqual([
      {
        message: expect.stringMatching(/already running 3 operations/),
        extensions: { code: 'TOO_MANY_OPERATIONS', limit: 3, retryable: true },
      },
    ])
    // The others still get events, and when one ends, another may begin.
    const pair = await addPair(service, 'websocket')
    await service.graphql(`mutation { precache(old: "${pair.old}", new: "${pair.new}") { __typename } }`)
    for (const { value } of await Promise.all(results))
      expect(value).toEqual({ data: { precacheJobs: { __typename: 'PrecacheJob' } } })
    await open[0]?.return?.(undefined)
    expect((await runAnother()).value).toEqual({ data: { __typename: 'Query' } })
    expect(closed).toBe(0)
    await client.dispose()
  })

  it('that does not accept the responses does not count as running operations', async () => {
    const query = '{ ... @defer { __typename } }'
    for (let times = 0; times < 10; times++) {
      const { status } = await service.ask('/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json' },
        body: JSON.stringify({ query }),
      })
      expect(status).toBe(406)
    }
    expect((await service.graphql('{ __typename }')).data).toEqual({ __typename: 'Query' })
  })

  it('that sends a request that is too long learns the limit', async () => {
    const { status, text } = await service.ask('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ __typename }', variables: { x: 'x'.repeat(300_000) } }),
    })
    expect([status, JSON.parse(text).errors[0].extensions]).toEqual([
      413,
      { code: 'BODY_TOO_LARGE', limit: 262_144, retryable: false },
    ])
  })
})
