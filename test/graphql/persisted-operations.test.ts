/** Operations that clients name by their hash. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createClient } from 'graphql-ws'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
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
