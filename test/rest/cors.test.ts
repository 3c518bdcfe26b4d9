/** CORS: which other sites' pages may read responses. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { createTestDatabase, type TestDatabase } from '../fixtures/database.ts'
import { type AskOptions, startService, type TestService } from '../fixtures/service.ts'

const SITE = 'https://janitor.example.org'
const OTHER_SITE = 'http://localhost:3000'

let postgres: TestDatabase
let open: TestService
let closed: TestService
beforeAll(async () => {
  postgres = await createTestDatabase()
  open = await startService({
    databaseUrl: postgres.url,
    env: { DIFFER_CORS_ORIGINS: `${SITE}, ${OTHER_SITE}` },
  })
  closed = await startService({ databaseUrl: postgres.url })
})
afterAll(async () => {
  await Promise.all([open?.close(), closed?.close()])
  await postgres?.stop()
})

const preflight = (origin: string, method = 'GET', headers?: string): AskOptions => ({
  method: 'OPTIONS',
  headers: {
    origin,
    'access-control-request-method': method,
    ...(headers && { 'access-control-request-headers': headers }),
  },
})

describe('a preflight', () => {
  it.each([
    ['/debdiff/a/b', 'GET,HEAD'],
    ['/debdiff/a/b/stream?filter_boring', 'GET,HEAD'],
    ['/diffoscope/a/b', 'GET,HEAD'],
    ['/renderings/debdiff/a/b/html', 'GET,HEAD'],
    ['/precache/a/b', 'POST'],
    ['/health', 'GET,HEAD'],
    ['/graphql', 'GET,POST'],
  ])('of a configured origin is answered with the methods of %s', async (path, methods) => {
    for (const origin of [SITE, OTHER_SITE]) {
      const { status, headers, text } = await open.ask(path, preflight(origin, 'POST', 'content-type, x-y'))
      expect([status, text]).toEqual([204, ''])
      expect(headers).toMatchObject({
        'access-control-allow-origin': origin,
        'access-control-allow-methods': methods,
        'access-control-allow-headers': 'content-type, x-y',
        vary: 'Origin',
      })
      expect(headers['access-control-allow-credentials']).toBeUndefined()
    }
  })

  it.each([
    'https://evil.example.org',
    'http://janitor.example.org',
    `${SITE}:8443`,
    `${SITE}.evil.example.org`,
    'null',
    '*',
  ])('of %s is a 405', async (origin) => {
    for (const path of ['/debdiff/a/b', '/graphql', '/health']) {
      const { status, headers } = await open.ask(path, preflight(origin))
      expect([path, status, headers['access-control-allow-origin']]).toEqual([path, 405, undefined])
    }
  })

  it('of any origin is a 405 if no origin is configured', async () => {
    for (const path of ['/debdiff/a/b', '/graphql', '/precache-all']) {
      const { status, headers } = await closed.ask(path, preflight(SITE))
      expect([path, status]).toEqual([path, 405])
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([])
    }
  })

  it('of an unknown path is a 404', async () => {
    expect((await open.ask('/nope', preflight(SITE))).status).toBe(404)
  })

  it('needs Access-Control-Request-Method: any other OPTIONS is a 405', async () => {
    const { status } = await open.ask('/health', { method: 'OPTIONS', headers: { origin: SITE } })
    expect(status).toBe(405)
  })
})

describe('a response', () => {
  const query = JSON.stringify({ query: '{ __typename }' })
  const requests: [string, string, AskOptions, string][] = [
    ['an error of a diff', '/debdiff/nobody/b', {}, 'Accept, Accept-Encoding, Origin'],
    ['a wrong path', '/nope', {}, 'Origin'],
    ['health', '/health', {}, 'Origin'],
    [
      'GraphQL',
      '/graphql',
      { method: 'POST', headers: { 'content-type': 'application/json' }, body: query },
      'Accept, Accept-Encoding, Origin',
    ],
  ]

  it.each(requests)(
    '(%s) may be read by a configured origin, with its headers',
    async (_, path, options, vary) => {
      const response = await open.ask(path, { ...options, headers: { ...options.headers, origin: SITE } })
      expect(response.headers).toMatchObject({ 'access-control-allow-origin': SITE, vary })
      expect(response.headers['access-control-expose-headers']).toContain('unavailable_run_id')
    },
  )

  it.each(requests)(
    '(%s) may not be read by other origins, and varies by origin',
    async (_, path, options, vary) => {
      for (const origin of ['https://evil.example.org', undefined]) {
        const headers = { ...options.headers, ...(origin && { origin }) }
        const response = await open.ask(path, { ...options, headers })
        expect(response.headers['access-control-allow-origin']).toBeUndefined()
        expect(response.headers.vary).toBe(vary)
      }
    },
  )

  it.each(requests)('(%s) does not mention origins if none is configured', async (_, path, options) => {
    const response = await closed.ask(path, { ...options, headers: { ...options.headers, origin: SITE } })
    expect(response.headers['access-control-allow-origin']).toBeUndefined()
    expect(response.headers.vary ?? '').not.toContain('Origin')
  })
})

describe('the setting', () => {
  const load = (text: string) => loadConfig({ flags: {}, env: { DIFFER_CORS_ORIGINS: text } }).corsOrigins

  it('is a list of origins', () => {
    expect(load('')).toEqual([])
    expect(load(' https://a.example , http://b.example:81,')).toEqual([
      'https://a.example',
      'http://b.example:81',
    ])
  })

  it.each(['*', 'null', 'a.example', 'https://a.example/', 'https://a.example/x', 'https://a.example:443'])(
    'refuses %s',
    (text) => {
      expect(() => load(text)).toThrow('must list origins such as https://example.org')
    },
  )
})
