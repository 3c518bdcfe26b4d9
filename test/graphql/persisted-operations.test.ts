/** Operations that clients name by their hash. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createClient } from 'graphql-ws'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { PersistedOperations } from '../../src/graphql/persisted.ts'
import { type AskOptions, startService, type TestService } from '../fixtures/service.ts'

const RUN = '{ run(runId: "none") { __typename } }'
const post = (body: object): AskOptions => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})

describe('persisted operations', () => {
  const manifestFile = join(import.meta.dirname, '../../examples/generated/persisted-documents.json')
  const manifest = JSON.parse(readFileSync(manifestFile, 'utf8')) as Record<string, string>
  const [hash = '', document = ''] =
    Object.entries(manifest).find(([, text]) => text.includes('query Errors')) ?? []
  const variables = { old: 'none', new: 'none' }
  let only: TestService
  beforeAll(async () => {
    only = await startService({
      env: { DIFFER_OPERATIONS: 'persisted-only', DIFFER_OPERATIONS_MANIFEST: manifestFile },
    })
  })
  afterAll(() => only?.close())

  it.each([
    { how: 'documentId', body: { documentId: `sha256:${hash}` } },
    { how: 'documentId without its prefix', body: { documentId: hash } },
    { how: "Apollo's extension", body: { extensions: { persistedQuery: { version: 1, sha256Hash: hash } } } },
    {
      how: 'the hash of their text',
      body: { documentId: createHash('sha256').update(document).digest('hex') },
    },
  ])('are executed by $how', async ({ body }) => {
    const { text } = await only.ask('/graphql', post({ ...body, variables }))
    expect(JSON.parse(text).data.careful.__typename).toBe('RunNotFoundError')
  })

  it('work over GET, with an ETag', async () => {
    const query = new URLSearchParams({ documentId: `sha256:${hash}`, variables: JSON.stringify(variables) })
    const { status, headers, text } = await only.ask(`/graphql?${query}`)
    expect(status).toBe(200)
    expect(JSON.parse(text).data.careful.__typename).toBe('RunNotFoundError')
    const again = await only.ask(`/graphql?${query}`, {
      headers: { 'if-none-match': headers.etag as string },
    })
    expect(again.status).toBe(304)
  })

  it.each([
    { what: 'another operation', body: { query: RUN }, code: 'PERSISTED_QUERY_ONLY' },
    { what: 'a listed one by its text', body: { query: document, variables }, code: 'PERSISTED_QUERY_ONLY' },
    { what: 'an unknown hash', body: { documentId: 'sha256:00' }, code: 'PERSISTED_QUERY_NOT_FOUND' },
    {
      what: 'an unknown hash with a text',
      body: { query: RUN, documentId: 'sha256:00' },
      code: 'PERSISTED_QUERY_NOT_FOUND',
    },
    {
      what: 'the name of a property of every object',
      body: { documentId: 'constructor' },
      code: 'PERSISTED_QUERY_NOT_FOUND',
    },
  ])('are the only ones that are executed if so configured, and not $what', async ({ body, code }) => {
    const { status, text } = await only.ask('/graphql', post(body))
    expect([status, JSON.parse(text).errors[0].extensions.code]).toEqual([400, code])
  })

  it('are the only ones over WebSocket too', async () => {
    const client = createClient({
      url: `${only.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      retryAttempts: 0,
    })
    const ask = async (payload: object) => {
      for await (const result of client.iterate({ query: '', ...payload } as never)) return result
      return null
    }
    await expect(ask({ query: '{ __typename }' })).rejects.toMatchObject([
      { extensions: { code: 'PERSISTED_QUERY_ONLY' } },
    ])
    expect(
      await ask({ extensions: { persistedQuery: { version: 1, sha256Hash: hash } }, variables }),
    ).toMatchObject({
      data: { careful: { __typename: 'RunNotFoundError' } },
    })
    await client.dispose()
  })
})

describe("Apollo's automatic persisted queries", () => {
  let service: TestService
  beforeAll(async () => {
    service = await startService()
  })
  afterAll(() => service?.close())

  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
  const naming = (sha256Hash: unknown, version: unknown = 1) => ({
    extensions: { persistedQuery: { version, sha256Hash } },
  })
  const FACES = [
    { face: 'POST', exchange: (body: object) => service.ask('/graphql', post(body)) },
    {
      face: 'GET',
      exchange: (body: object) => {
        const texts = Object.entries(body).map(([name, value]) => [
          name,
          typeof value === 'string' ? value : JSON.stringify(value),
        ])
        return service.ask(`/graphql?${new URLSearchParams(texts)}`)
      },
    },
  ]

  it.each(FACES)(
    'asks for the text of an unknown hash, and takes the hash from then on, over $face',
    async ({ face, exchange }) => {
      const query = `{ run(runId: "none") { __typename ... on Error { message } } } # ${face}`
      const unknown = await exchange(naming(sha256(query)))
      // Some clients look for the message, some for the code, and some at errors of a status 200 only.
      expect([unknown.status, JSON.parse(unknown.text)]).toEqual([
        200,
        {
          errors: [{ message: 'PersistedQueryNotFound', extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } }],
        },
      ])
      for (const body of [
        { query, ...naming(sha256(query)) },
        naming(sha256(query)),
        naming(sha256(query).toUpperCase()),
      ])
        expect(JSON.parse((await exchange(body)).text).data.run.__typename).toBe('RunNotFoundError')
    },
  )

  it.each([
    {
      what: 'a hash of another text',
      body: { query: RUN, ...naming('0'.repeat(64)) },
      status: 400,
      code: 'PERSISTED_QUERY_MISMATCH',
    },
    {
      what: 'another version',
      body: naming(sha256(RUN), 2),
      status: 200,
      code: 'PERSISTED_QUERY_NOT_SUPPORTED',
    },
    { what: 'no hash', body: naming(undefined), status: 200, code: 'PERSISTED_QUERY_NOT_SUPPORTED' },
    { what: 'a hash that is no text', body: naming([1]), status: 200, code: 'PERSISTED_QUERY_NOT_SUPPORTED' },
    {
      what: 'no object',
      body: { extensions: { persistedQuery: 'x' } },
      status: 200,
      code: 'PERSISTED_QUERY_NOT_SUPPORTED',
    },
    {
      what: 'the name of a property of every object',
      body: naming('constructor'),
      status: 200,
      code: 'PERSISTED_QUERY_NOT_FOUND',
    },
    { what: 'nothing', body: { extensions: { persistedQuery: null } }, status: 400, code: 'BAD_REQUEST' },
  ])('answers a request with $what by a code', async ({ body, status, code }) => {
    for (const { exchange } of FACES) {
      const answer = await exchange(body)
      const [error] = JSON.parse(answer.text).errors
      expect([answer.status, error.extensions.code]).toEqual([status, code])
      if (code === 'PERSISTED_QUERY_NOT_SUPPORTED') expect(error.message).toBe('PersistedQueryNotSupported')
    }
  })

  it('registers operations over WebSocket, too', async () => {
    const client = createClient({
      url: `${service.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      retryAttempts: 0,
    })
    const exchange = async (payload: object) => {
      for await (const result of client.iterate({ query: '', ...payload } as never)) return result
      return null
    }
    const query = '{ __typename } # by WebSocket'
    const result = { data: { __typename: 'Query' } }
    expect(await exchange({ query, ...naming(sha256(query)) })).toEqual(result)
    expect(JSON.parse((await service.ask('/graphql', post(naming(sha256(query))))).text)).toEqual(result)
    await client.dispose()
  })

  it('forgets the operations that were not used for longest', () => {
    const operations = new PersistedOperations(new Map(), false)
    const texts = Array.from({ length: 9 }, (_, n) => `{ a${n} } #${'x'.repeat(1_000_000)}`)
    for (const query of texts) operations.queryOf({ query, ...naming(sha256(query)) })
    expect(() => operations.queryOf(naming(sha256(texts[0] ?? '')))).toThrow('PersistedQueryNotFound')
    expect(operations.queryOf(naming(sha256(texts[8] ?? '')))).toBe(texts[8])
  })
})
