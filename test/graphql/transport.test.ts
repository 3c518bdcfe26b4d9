import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { createClient } from 'graphql-ws'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import type { AskOptions, TestService } from '../fixtures/service.ts'
import { makeSampleDiffs, SAMPLES, startWithSamples } from './samples.ts'

let service: TestService
beforeAll(async () => {
  service = await startWithSamples()
  await makeSampleDiffs(service)
})
afterAll(() => service?.close())

const JSON_TYPE = 'application/json'
const RESPONSE_TYPE = 'application/graphql-response+json'
const post = (body: unknown, headers: Record<string, string> = {}): AskOptions => ({
  method: 'POST',
  headers: { 'content-type': JSON_TYPE, ...headers },
  body: typeof body === 'string' ? body : JSON.stringify(body),
})
const get = (parameters: Record<string, string>) => `/graphql?${new URLSearchParams(parameters)}`
const RUN = `{ run(runId: "${SAMPLES.new}") { ... on Run { runId } } }`

describe('GraphQL over HTTP', () => {
  it.each([
    { accept: undefined, type: JSON_TYPE },
    { accept: '*/*', type: JSON_TYPE },
    { accept: JSON_TYPE, type: JSON_TYPE },
    { accept: RESPONSE_TYPE, type: RESPONSE_TYPE },
    { accept: `${RESPONSE_TYPE}, ${JSON_TYPE};q=0.9`, type: RESPONSE_TYPE },
    { accept: 'application/json; charset=utf-8', type: JSON_TYPE },
    { accept: `${JSON_TYPE};q=0.5, ${RESPONSE_TYPE}`, type: RESPONSE_TYPE },
    { accept: `${RESPONSE_TYPE};q=0, */*;q=0.1`, type: JSON_TYPE },
    { accept: `text/event-stream, multipart/mixed, ${JSON_TYPE}`, type: JSON_TYPE },
  ])('answers Accept: $accept with $type', async ({ accept, type }) => {
    for (const ask of [
      () => service.ask('/graphql', post({ query: RUN }, accept ? { accept } : {})),
      () => service.ask(get({ query: RUN }), { headers: accept ? { accept } : {} }),
    ]) {
      const { status, headers, text } = await ask()
      expect([status, headers['content-type'], JSON.parse(text)]).toEqual([
        200,
        `${type}; charset=utf-8`,
        { data: { run: { runId: SAMPLES.new } } },
      ])
    }
  })

  it.each([
    { what: 'a syntax error', body: { query: '{' }, json: 200, code: 'GRAPHQL_PARSE_FAILED' },
    {
      what: 'an unknown field',
      body: { query: '{ nothing }' },
      json: 200,
      code: 'GRAPHQL_VALIDATION_FAILED',
    },
    { what: 'an empty object', body: {}, json: 400, code: 'BAD_REQUEST' },
    { what: 'no query', body: { variables: {} }, json: 400, code: 'BAD_REQUEST' },
    {
      what: 'variables that are not an object',
      body: { query: RUN, variables: 'x' },
      json: 400,
      code: 'BAD_REQUEST',
    },
    { what: 'a list of operations', body: [{ query: RUN }], json: 400, code: 'BAD_REQUEST' },
    {
      what: 'a missing variable',
      body: { query: 'query ($id: String!) { run(runId: $id) { __typename } }' },
      json: 200,
      code: 'BAD_USER_INPUT',
    },
    {
      what: 'a variable of the wrong type',
      body: {
        query: 'query ($t: DateTime) { runs(filter: { finishedAfter: $t }) { __typename } }',
        variables: { t: 'now' },
      },
      json: 200,
      code: 'BAD_USER_INPUT',
    },
    {
      what: 'an unknown operation name',
      body: { query: RUN, operationName: 'Other' },
      json: 200,
      code: 'OPERATION_RESOLUTION_FAILURE',
    },
    { what: 'an incomplete body', body: '{"query": "{', json: 400, code: 'BAD_REQUEST' },
  ])('answers $what with a code and the status of the specification', async ({ body, json, code }) => {
    const [legacy, current] = await Promise.all([
      service.ask('/graphql', post(body, { accept: JSON_TYPE })),
      service.ask('/graphql', post(body, { accept: RESPONSE_TYPE })),
    ])
    // The older media type leaves the choice between 200 and 400 to the server.
    expect([200, 400]).toContain(legacy.status)
    if (json === 400) expect(legacy.status).toBe(400)
    expect(current.status).toBe(400)
    for (const { text } of [legacy, current]) {
      const [error] = JSON.parse(text).errors
      expect(error.message).not.toMatch(/^$|Unexpected end/)
      expect(error.extensions).toEqual({ code })
    }
  })

  it.each([
    { what: 'no parameters', parameters: {}, message: /neither `query`/ },
    { what: 'incomplete variables', parameters: { query: RUN, variables: '{"a' }, message: /"variables"/ },
    { what: 'incomplete extensions', parameters: { query: RUN, extensions: '{' }, message: /"extensions"/ },
  ])('answers 400 to a GET with $what', async ({ parameters, message }) => {
    const { status, text } = await service.ask(get(parameters as Record<string, string>))
    expect([status, JSON.parse(text)]).toEqual([
      400,
      { errors: [{ message: expect.stringMatching(message), extensions: { code: 'BAD_REQUEST' } }] },
    ])
    expect(service.log.filter(({ level }) => Number(level) >= 50)).toEqual([])
  })

  it.each([
    { accept: 'image/png', query: RUN, types: /application\/json/ },
    { accept: JSON_TYPE, query: '{ ... @defer { __typename } }', types: /several parts.*multipart\/mixed/ },
    {
      accept: JSON_TYPE,
      query: 'subscription { precacheJobs { __typename } }',
      types: /several parts.*text\/event-stream/,
    },
  ])(
    'names the media types of $query to a client that accepts only $accept',
    async ({ accept, query, types }) => {
      const { status, text } = await service.ask('/graphql', post({ query }, { accept }))
      expect([status, JSON.parse(text).errors[0]]).toEqual([
        406,
        { message: expect.stringMatching(types), extensions: { code: 'NOT_ACCEPTABLE' } },
      ])
    },
  )

  it.each([
    { accept: 'image/png', rest: '' },
    { accept: 'application/json; charset=latin1', rest: '' },
    { accept: JSON_TYPE, rest: '... @defer { ... on PrecacheJob { status } }' },
    { accept: RESPONSE_TYPE, rest: '...Later' },
  ])('starts no work if the client accepts only $accept, with "$rest"', async ({ accept, rest }) => {
    const fragment = rest.includes('...Later')
      ? 'fragment Later on PrecacheJob { ... @defer(if: true) { status } }'
      : ''
    const query = `mutation { precache(old: "${SAMPLES.old}", new: "${SAMPLES.new}") { __typename ${rest} } } ${fragment}`
    const { status, text } = await service.ask('/graphql', post({ query }, { accept }))
    expect([status, JSON.parse(text).errors[0].extensions]).toEqual([406, { code: 'NOT_ACCEPTABLE' }])
    const { data } = await service.graphql(
      '{ precacheJobs { ... on PrecacheJobConnection { nodes { jobId } } } }',
    )
    expect(data.precacheJobs.nodes).toEqual([])
  })

  it.each([
    { condition: '$later', variables: { later: false } },
    { condition: 'false', variables: {} },
  ])(
    'answers in one part, as JSON, if nothing is deferred: if $condition',
    async ({ condition, variables }) => {
      const query = `query ($later: Boolean = true) { kept: __typename @include(if: $later) ... @defer(if: ${condition}) { __typename } }`
      const { status, text } = await service.ask(
        '/graphql',
        post({ query, variables }, { accept: JSON_TYPE }),
      )
      expect([status, JSON.parse(text).data.__typename]).toEqual([200, 'Query'])
    },
  )

  it('uses the same error codes over WebSocket, without HTTP statuses', async () => {
    const client = createClient({
      url: `${service.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      retryAttempts: 0,
    })
    const refusal = async (query: string, operationName?: string) => {
      try {
        for await (const result of client.iterate({ query, ...(operationName && { operationName }) }))
          return result.errors
      } catch (error) {
        return error
      }
      return null
    }
    const expected: [query: string, name: string | undefined, code: string][] = [
      ['{', undefined, 'GRAPHQL_PARSE_FAILED'],
      ['{ nothing }', undefined, 'GRAPHQL_VALIDATION_FAILED'],
      ['query ($id: String!) { run(runId: $id) { __typename } }', undefined, 'BAD_USER_INPUT'],
      ['query A { __typename }', 'B', 'OPERATION_RESOLUTION_FAILURE'],
    ]
    for (const [query, name, code] of expected)
      expect([query, await refusal(query, name)]).toEqual([
        query,
        [expect.objectContaining({ extensions: { code } })],
      ])
    await client.dispose()
  })

  it('accepts a query, its variables and its operation name over GET', async () => {
    const query = `query A($id: String!) { run(runId: $id) { ... on Run { runId } } } query B { __typename }`
    const { text } = await service.ask(
      get({ query, operationName: 'A', variables: JSON.stringify({ id: SAMPLES.old }) }),
    )
    expect(JSON.parse(text)).toEqual({ data: { run: { runId: SAMPLES.old } } })
  })

  it.each([
    {
      what: 'a mutation',
      query: `mutation { precache(old: "${SAMPLES.old}", new: "${SAMPLES.new}") { __typename } }`,
    },
    {
      what: 'WAIT',
      query: `{ comparison(old: "${SAMPLES.new}", new: "${SAMPLES.old}") { ... on Comparison { debdiff(mode: WAIT) { __typename } } } }`,
    },
    {
      what: 'ENQUEUE',
      query: `{ comparison(old: "${SAMPLES.new}", new: "${SAMPLES.old}") { ... on Comparison { debdiff(mode: ENQUEUE) { __typename } } } }`,
    },
  ])('starts no work over GET: $what', async ({ query }) => {
    const { text } = await service.ask(get({ query }))
    const { errors } = JSON.parse(text)
    expect(errors[0].message).toMatch(/GET|mutation/i)
  })

  it.each(['WAIT', 'ENQUEUE'])('reads a cached diff over GET in the mode %s', async (mode) => {
    const pair = `old: "${SAMPLES.old}", new: "${SAMPLES.new}"`
    const query = (its: string) =>
      `{ comparison(${pair}) { ... on Comparison { debdiff(mode: ${its}) { __typename } } } }`
    await service.graphql(query('WAIT'))
    const { text } = await service.ask(get({ query: query(mode) }))
    expect(JSON.parse(text)).toEqual({ data: { comparison: { debdiff: { __typename: 'Debdiff' } } } })
  })

  it.each([
    'application/x-www-form-urlencoded',
    'text/plain',
    'multipart/form-data; boundary=x',
    'application/octet-stream',
  ])('refuses what an HTML form of another site could send: %s', async (type) => {
    const query = `mutation { precache(old: "${SAMPLES.old}", new: "${SAMPLES.new}") { __typename } }`
    const bodies = [
      `query=${encodeURIComponent(query)}`,
      JSON.stringify({ query }),
      `--x\r\nContent-Disposition: form-data; name="operations"\r\n\r\n${JSON.stringify({ query })}\r\n--x--\r\n`,
    ]
    for (const body of bodies) {
      const { status, text } = await service.ask('/graphql', {
        method: 'POST',
        headers: { 'content-type': type },
        body,
      })
      expect([415, 400]).toContain(status)
      expect(text).not.toContain('PrecacheJob')
    }
  })

  it('lets no other origin read responses unless it is configured', async () => {
    const { headers } = await service.ask(
      '/graphql',
      post({ query: RUN }, { origin: 'https://elsewhere.example' }),
    )
    expect(headers['access-control-allow-origin']).toBeUndefined()
  })

  it('sends an ETag for a GET, and 304 when it matches', async () => {
    const url = get({ query: RUN })
    const first = await service.ask(url)
    expect(first.headers.etag).toMatch(/^"[\w-]{27}"$/)
    const again = await service.ask(url, { headers: { 'if-none-match': String(first.headers.etag) } })
    expect([again.status, again.text]).toEqual([304, ''])
    const other = await service.ask(get({ query: '{ __typename }' }), {
      headers: { 'if-none-match': String(first.headers.etag) },
    })
    expect(other.status).toBe(200)
    const posted = await service.ask('/graphql', post({ query: RUN }))
    expect([posted.headers.etag, posted.headers['cache-control']]).toEqual([undefined, 'no-store'])
  })

  it.each([
    { encoding: 'br', unpack: brotliDecompressSync },
    { encoding: 'gzip', unpack: gunzipSync },
  ])('compresses long responses as $encoding', async ({ encoding, unpack }) => {
    const query = `{ comparison(old: "${SAMPLES.old}", new: "${SAMPLES.new}") { ... on Comparison { diffoscope { ... on Diffoscope { nodes(first: 100) { nodes { path source1 source2 stat { added } } } } } } } }`
    const plain = await service.ask('/graphql', post({ query }))
    const packed = await service.ask('/graphql', post({ query }, { 'accept-encoding': encoding }))
    expect(packed.headers['content-encoding']).toBe(encoding)
    expect(packed.bytes.length).toBeLessThan(plain.bytes.length / 2)
    expect(unpack(packed.bytes).toString()).toBe(plain.text)
    const small = await service.ask('/graphql', post({ query: RUN }, { 'accept-encoding': encoding }))
    expect(small.headers['content-encoding']).toBeUndefined()
  })
})

describe('the page of GraphiQL', () => {
  it('is compressed, and 304 when its ETag matches', async () => {
    const page = (headers: Record<string, string>) =>
      service.ask('/graphql', { headers: { accept: 'text/html', ...headers } })
    const plain = await page({})
    const packed = await page({ 'accept-encoding': 'gzip' })
    expect(plain.headers['content-type']).toBe('text/html; charset=utf-8')
    expect(packed.bytes.length).toBeLessThan(plain.bytes.length / 2)
    expect(gunzipSync(packed.bytes).equals(plain.bytes)).toBe(true)
    for (const { headers } of [plain, packed]) {
      const again = await page({ 'if-none-match': String(headers.etag) })
      expect([again.status, again.headers.etag]).toEqual([304, headers.etag])
    }
  })
})
