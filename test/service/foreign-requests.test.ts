/** What pages of other sites can make browsers send, and what they get. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { createTestDatabase, type TestDatabase } from '../fixtures/database.ts'
import { type AskOptions, addPair, ask, startService, type TestService } from '../fixtures/service.ts'

const FRIEND = 'https://friend.example'
const EVIL = 'http://evil.example'

let postgres: TestDatabase
let service: TestService
let pair: { old: string; new: string }
beforeAll(async () => {
  postgres = await createTestDatabase()
  service = await startService({
    databaseUrl: postgres.url,
    env: { DIFFER_CORS_ORIGINS: FRIEND, DIFFER_ALLOWED_HOSTS: 'known.example' },
  })
  pair = await addPair(service, 'foreign')
})
afterAll(async () => {
  await service?.close()
  await postgres?.stop()
})

const graphql = (query: string, headers: Record<string, string>): AskOptions => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify({ query }),
})
const codeOf = ({ text }: { text: string }) => JSON.parse(text).errors?.[0]?.extensions?.code

const FOREIGN: readonly [sender: string, headers: Record<string, string>][] = [
  ['a page of another site', { origin: EVIL, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }],
  ['a page of another site in a browser that only sends Origin', { origin: EVIL }],
  ['a sandboxed page', { origin: 'null', 'sec-fetch-site': 'cross-site' }],
  ['a page of another subdomain', { 'sec-fetch-site': 'same-site' }],
  ['a page of another port of this machine', { origin: 'http://127.0.0.1:1' }],
]
const WELCOME: readonly [sender: string, headers: () => Record<string, string>][] = [
  ['a program', () => ({})],
  ['a page of the service', () => ({ origin: service.url, 'sec-fetch-site': 'same-origin' })],
  ['a page of the service in a browser that only sends Origin', () => ({ origin: service.url })],
  [
    'a page of the service behind a proxy that replaces Host',
    () => ({ origin: 'https://public.example', 'sec-fetch-site': 'same-origin' }),
  ],
  ['a page of a configured site', () => ({ origin: FRIEND, 'sec-fetch-site': 'cross-site' })],
]
const STARTING = [
  'mutation { precacheAll { __typename } }',
  'mutation { precache(old: "a", new: "b") { __typename } }',
  'mutation { cancelPrecache(jobId: "a") { __typename } }',
]

describe('a request to start work', () => {
  it.each(FOREIGN)('by %s is refused', async (_, headers) => {
    for (const path of ['/precache-all', `/precache/${pair.old}/${pair.new}`]) {
      const { status, text } = await service.ask(path, { method: 'POST', headers })
      expect([path, status]).toEqual([path, 403])
      expect(text).toContain('--cors-origins')
    }
    for (const query of STARTING)
      expect([query, codeOf(await service.ask('/graphql', graphql(query, headers)))]).toEqual([
        query,
        'FOREIGN_PAGE',
      ])
    const wait = `{ comparison(old: "${pair.old}", new: "${pair.new}") { ... on Comparison { debdiff(mode: ENQUEUE) { __typename } } } }`
    expect(codeOf(await service.ask('/graphql', graphql(wait, headers)))).toBe('FOREIGN_PAGE')
    expect(
      (await service.graphql('{ precacheCounts { ... on PrecacheCounts { queued } } }')).errors,
    ).toBeUndefined()
  })

  it.each(WELCOME)('by %s is accepted', async (_, headers) => {
    const posted = await service.ask(`/precache/${pair.old}/${pair.new}`, {
      method: 'POST',
      headers: headers(),
    })
    expect(posted.status).toBe(202)
    for (const query of STARTING)
      expect(codeOf(await service.ask('/graphql', graphql(query, headers())))).toBeUndefined()
  })

  it('by an image or a script of another site makes no diff over REST, but shows a cached one', async () => {
    const other = await addPair(service, 'image')
    const image = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }
    const paths = ['debdiff', 'diffoscope', 'summary'].map((kind) => `/${kind}/${other.old}/${other.new}`)
    for (const path of [...paths, `${paths[0]}/stream`]) {
      expect([path, (await service.ask(path, { headers: image })).status]).toEqual([path, 403])
      expect([path, (await service.ask(path, { method: 'HEAD', headers: image })).status]).toEqual([
        path,
        403,
      ])
    }
    // A link on that site may be followed.
    const link = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }
    for (const path of paths)
      expect([path, (await service.ask(path, { headers: link })).status]).toEqual([path, 200])
    for (const path of [...paths, `${paths[0]}/stream`])
      expect([path, (await service.ask(path, { headers: image })).status]).toEqual([path, 200])
  })

  it('may be read-only from any page: GraphQL answers queries', async () => {
    const { status, text } = await service.ask('/graphql', graphql('{ __typename }', { origin: EVIL }))
    expect([status, JSON.parse(text)]).toEqual([200, { data: { __typename: 'Query' } }])
  })
})

describe('a request for another host', () => {
  const evil = { host: 'evil.example:9920', origin: 'http://evil.example:9920' }

  it.each<[what: string, path: string, options: AskOptions]>([
    ['GraphQL', '/graphql', graphql('{ __typename }', evil)],
    ['REST', '/debdiff/a/b', { headers: evil }],
    ['REST with HEAD', '/debdiff/a/b', { method: 'HEAD', headers: evil }],
    ['a POST route', '/precache-all', { method: 'POST', headers: evil }],
    ['the web page', '/', { headers: evil }],
    ['the metrics', '/metrics', { headers: evil }],
    ['an unknown path', '/nope', { headers: evil }],
    ['another protocol', '/debdiff/a/b', { headers: { ...evil, connection: 'Upgrade', upgrade: 'h2c' } }],
  ])('is refused (%s)', async (_, path, options) => {
    const { status, text } = await service.ask(path, options)
    expect(status).toBe(403)
    if (options.method !== 'HEAD') expect(text).toContain('--allowed-hosts')
  })

  it('is refused over WebSocket, also if the origin is the same host', async () => {
    const refusal = await new Promise<[number | undefined, string]>((resolve, reject) => {
      const socket = new WebSocket(`${service.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', {
        headers: evil,
      })
      socket.once('unexpected-response', (request, response) => {
        let text = ''
        response
          .on('data', (chunk) => (text += chunk))
          .on('end', () => {
            request.destroy()
            resolve([response.statusCode, text])
          })
      })
      socket.once('open', () => reject(new Error('connected')))
    })
    expect(refusal).toEqual([403, expect.stringContaining('--allowed-hosts')])
  })

  it('is answered on the paths of probes', async () => {
    for (const path of ['/health', '/ready'])
      expect((await service.ask(path, { headers: evil })).status).toBe(200)
  })

  it('is answered if the name is configured, with or without a port', async () => {
    for (const host of ['known.example', 'Known.example:1234'])
      expect((await ask(service.url, '/metrics', { headers: { host } })).status).toBe(200)
  })
})
