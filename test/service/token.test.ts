/** The token that clients must send to start or stop work. */
import { createClient as createWsClient } from 'graphql-ws'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { loadConfig } from '../../src/config/load.ts'
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

describe('with DIFFER_REST_MAKING=token, a GET over REST', () => {
  let guarded: TestService
  let pair: { old: string; new: string }
  beforeAll(async () => {
    guarded = await startService({ env: { DIFFER_TOKEN: 'S3cret-token', DIFFER_REST_MAKING: 'token' } })
    pair = await addPair(guarded, 'guarded-rest')
  })
  afterAll(() => guarded?.close())

  it.each(['debdiff/OLD/NEW', 'diffoscope/OLD/NEW', 'summary/OLD/NEW', 'debdiff/OLD/NEW/stream'])(
    'makes nothing without the token, but serves what is cached: /%s',
    async (template) => {
      const fresh = await addPair(
        guarded,
        `fresh-${encodeURIComponent(template).toLowerCase().replaceAll('%', '-')}`,
      )
      const path = `/${template.replace('OLD', fresh.old).replace('NEW', fresh.new)}`
      for (const method of ['GET', 'HEAD']) {
        const { status, headers } = await guarded.ask(path, { method })
        expect([method, status, headers['www-authenticate']]).toEqual([method, 401, 'Bearer'])
      }
      const made = await guarded.ask(path, { headers: { authorization: 'Bearer S3cret-token' } })
      expect(made.status).toBe(200)
      const cached = await guarded.ask(path)
      expect([cached.status, cached.text]).toEqual([200, made.text])
      expect((await guarded.ask('/metrics')).text).not.toMatch(/outcome="Fault"\} [1-9]/)
    },
  )

  it('still answers 404 for an unknown run', async () => {
    expect((await guarded.ask(`/debdiff/${pair.old}/nowhere`)).status).toBe(404)
  })

  it('needs a token to be set', () => {
    const load = () => loadConfig({ flags: {}, env: { DIFFER_REST_MAKING: 'token' } })
    expect(load).toThrow('DIFFER_REST_MAKING token needs a token: set DIFFER_TOKEN or --token-file')
  })
})
