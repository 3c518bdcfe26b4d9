/** The token that clients must send to start or stop work. */
import { createClient as createWsClient } from 'graphql-ws'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { addPair, startService, type TestService } from '../fixtures/service.ts'

describe('the token', () => {
  let guarded: TestService
  beforeAll(async () => {
    guarded = await startService({ env: { DIFFER_TOKEN: 'S3cret-token' } })
    await addPair(guarded, 'guarded')
  })
  afterAll(() => guarded?.close())
  const MUTATION = 'mutation { precacheAll { __typename } }'
  const precacheAll = async (headers: Record<string, string>) => {
    const { text } = await guarded.ask('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query: MUTATION }),
    })
    return JSON.parse(text)
  }

  it.each([
    ['no token', {}],
    ['another token', { authorization: 'Bearer S3cret-tokem' }],
    ['a part of the token', { authorization: 'Bearer S3cret' }],
    ['another scheme', { authorization: 'Basic S3cret-token' }],
  ])('is required: 401 for a client with %s', async (_, headers: Record<string, string>) => {
    expect((await precacheAll(headers)).errors[0]).toMatchObject({ extensions: { code: 'UNAUTHORIZED' } })
    const { status, headers: answered } = await guarded.ask('/precache-all', { method: 'POST', headers })
    expect(status).toBe(401)
    expect(answered['www-authenticate']).toBe('Bearer')
  })

  it('allows a client that sends it to start work', async () => {
    const headers = { authorization: 'Bearer S3cret-token' }
    expect((await precacheAll(headers)).data.precacheAll.__typename).toBe('PrecacheAllPayload')
    expect((await guarded.ask('/precache-all', { method: 'POST', headers })).status).toBe(202)
  })

  it('is not needed for reading', async () => {
    const { data } = await guarded.graphql('{ precacheJobs { __typename } }')
    expect(data.precacheJobs.__typename).toBe('PrecacheJobConnection')
  })

  it('is sent over WebSocket in the first message', async () => {
    for (const [params, code] of [
      [{}, 'UNAUTHORIZED'],
      [{ authorization: 'Bearer S3cret-token' }, undefined],
    ] as const) {
      const client = createWsClient({
        url: `${guarded.url.replace('http', 'ws')}/graphql`,
        webSocketImpl: WebSocket,
        connectionParams: params,
      })
      const { value } = await client.iterate({ query: MUTATION }).next()
      expect(value.errors?.[0]?.extensions?.code).toBe(code)
      await client.dispose()
    }
  })
})
