/** Behind a proxy that serves Differ below a path, and forwards that path or removes it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { withoutBasePath } from '../../src/requests/base-path.ts'
import { createTestDatabase, type TestDatabase } from '../fixtures/database.ts'
import { addPair, startService, type TestService } from '../fixtures/service.ts'

const BASE = 'https://example.org/tools/differ'

let postgres: TestDatabase
let service: TestService
beforeAll(async () => {
  postgres = await createTestDatabase()
  service = await startService({ databaseUrl: postgres.url, env: { DIFFER_BASE_URL: `${BASE}/` } })
  await addPair(service, 'b')
})
afterAll(async () => {
  await service?.close()
  await postgres?.stop()
})

const RENDERING = `{ comparison(old: "b-old", new: "b-new") { ... on Comparison {
  debdiff(mode: WAIT) { ... on Debdiff { html { url } } } } } }`

/** What the proxy forwards: the whole path, or the path below the base path. */
const proxies: [string, string][] = [
  ['that forwards the base path', '/tools/differ'],
  ['that removes the base path', ''],
]

describe.each(proxies)('behind a proxy %s', (_, prefix) => {
  it.each([
    ['/health', 200],
    ['/debdiff/b-old/b-new', 200],
    ['/debdiff/b-old/b-new/stream?filter_boring', 200],
    ['/debdiff/b-old/b-new?filter_boring=1', 200],
    ['/debdiff/nobody/b-new', 404],
    ['/debdiff/nobody%2F%zz/b-new', 404],
    ['/nope', 404],
  ])('%s is answered with %i', async (path, status) => {
    expect((await service.ask(prefix + path)).status).toBe(status)
  })

  it('a request with an absolute URL is answered like any other', async () => {
    for (const path of ['/health', '/debdiff/b-old/b-new?filter_boring'])
      expect((await service.ask(`http://example.org${prefix}${path}`)).status).toBe(200)
  })

  it('a wrong method is a 405', async () => {
    const { status, headers } = await service.ask(`${prefix}/health`, { method: 'DELETE' })
    expect([status, headers.allow]).toEqual([405, 'GET,HEAD'])
  })

  it.each([
    ['//health', '/tools/differ/health'],
    ['/debdiff//a///b?x=//y', '/tools/differ/debdiff/a/b?x=//y'],
    ['//evil.example.org/x', '/tools/differ/evil.example.org/x'],
  ])('a redirect of %s contains the base path', async (path, location) => {
    const { status, headers } = await service.ask(prefix + path)
    expect([status, headers.location]).toEqual([308, location])
  })

  it('GraphQL is answered, and GraphiQL sends requests to the base path', async () => {
    const { status, text } = await service.ask(`${prefix}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ __typename }' }),
    })
    expect([status, JSON.parse(text)]).toEqual([200, { data: { __typename: 'Query' } }])
    const page = await service.ask(`${prefix}/graphql`, { headers: { accept: 'text/html' } })
    expect(page.status).toBe(200)
    expect(page.text).toContain('"endpoint":"/tools/differ/graphql"')
  })

  it('the URL of a rendering begins with the base URL, and works', async () => {
    const { data, errors } = await service.graphql(RENDERING)
    expect(errors).toBeUndefined()
    const { url } = data.comparison.debdiff.html
    expect(url.startsWith(`${BASE}/renderings/debdiff/b-old/b-new/html?v=`)).toBe(true)
    const { status, headers } = await service.ask(prefix + url.slice(BASE.length))
    expect([status, headers['cache-control']]).toEqual([200, 'public, max-age=31536000, immutable'])
  })
})

it('the log names both the base URL and the address that the service listens on', () => {
  expect(service.app.baseUrl).toBe(BASE)
  expect(service.app.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  expect(service.log).toContainEqual(
    expect.objectContaining({ msg: `listening on ${service.app.url}, for clients at ${BASE}` }),
  )
})

it('repeated slashes in the base path are merged, too', async () => {
  const { headers } = await service.ask('//tools//differ/health')
  expect(headers.location).toBe('/tools/differ/health')
})

describe('a path below the base path', () => {
  it.each([
    ['/differ/health', '/differ', '/health'],
    ['/differ', '/differ', '/'],
    ['/differ?x', '/differ', '/?x'],
    ['/differ/', '/differ', '/'],
    ['/differential/x', '/differ', '/differential/x'],
    ['/health', '/differ', '/health'],
    ['/differ/differ/x', '/differ', '/differ/x'],
    ['/health', '', '/health'],
  ])('%s (below "%s") is %s', (url, basePath, path) => {
    expect(withoutBasePath(url, basePath)).toBe(path)
  })
})

describe('the setting', () => {
  const load = (text: string) => loadConfig({ flags: { baseUrl: text }, env: {} }).baseUrl

  it.each([
    ['https://example.org', 'https://example.org'],
    ['https://example.org/', 'https://example.org'],
    ['http://example.org:8080/a/b//', 'http://example.org:8080/a/b'],
  ])('reads %s as %s', (text, url) => {
    expect(load(text)).toBe(url)
  })

  it.each([
    'example.org',
    'ftp://example.org',
    'https://example.org/?a=b',
    'https://example.org/#x',
    'https://u:p@example.org',
    '/differ',
  ])('refuses %s', (text) => {
    expect(() => load(text)).toThrow('--base-url')
  })
})
