/** Which address a request counts for: that of the connection, or one that a trusted proxy has forwarded. */
import { once } from 'node:events'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { loadConfig } from '../../src/config/load.ts'
import { UsageError } from '../../src/errors.ts'
import { TrustedProxies } from '../../src/requests/client-address.ts'
import { ask, eventually, send, startService, type TestService } from '../fixtures/service.ts'

function addressOf(trusted: string[], remoteAddress: string | undefined, forwardedFor?: string): string {
  const headers = forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor }
  return new TrustedProxies(trusted).clientAddress({ headers, socket: { remoteAddress } } as IncomingMessage)
}

describe('the address of a client', () => {
  it.each<[title: string, trusted: string[], peer: string, forwardedFor: string | undefined, is: string]>([
    ['the peer without a header', [], '192.0.2.1', undefined, '192.0.2.1'],
    ['the peer if no proxy is trusted', [], '192.0.2.1', '198.51.100.7', '192.0.2.1'],
    ['the peer if it is not a trusted proxy', ['10.0.0.0/8'], '192.0.2.1', '198.51.100.7', '192.0.2.1'],
    ['the forwarded one behind a trusted proxy', ['10.0.0.1'], '10.0.0.1', '198.51.100.7', '198.51.100.7'],
    ['the peer if a trusted proxy forwards none', ['10.0.0.1'], '10.0.0.1', undefined, '10.0.0.1'],
    [
      'the last one that does not belong to a trusted proxy, in a chain',
      ['10.0.0.0/8', '172.16.0.5'],
      '10.0.0.1',
      '198.51.100.7, 172.16.0.5, 10.9.9.9',
      '198.51.100.7',
    ],
    [
      'the one that the trusted proxy has seen, not what the client claims',
      ['10.0.0.1'],
      '10.0.0.1',
      '203.0.113.99, 10.0.0.1, 198.51.100.7',
      '198.51.100.7',
    ],
    ['an IPv4 peer on an IPv6 socket', ['10.0.0.0/8'], '::ffff:10.0.0.1', '198.51.100.7', '198.51.100.7'],
    ['an IPv6 client', ['fd00::/8'], 'fd00::1', '2001:db8::7', '2001:db8::7'],
  ])('is %s', (_title, trusted, peer, forwardedFor, expected) => {
    expect(addressOf(trusted, peer, forwardedFor)).toBe(expected)
  })

  it('is empty when the connection is closed', () => {
    expect(addressOf(['10.0.0.1'], undefined, '198.51.100.7')).toBe('')
  })
})

describe('the setting', () => {
  const load = (text: string) =>
    loadConfig({ flags: {}, env: { DIFFER_TRUSTED_PROXIES: text } }).trustedProxies

  it('is a list of addresses and ranges', () => {
    expect(load('')).toEqual([])
    expect(load(' 127.0.0.1, 10.0.0.0/8 ,::1,fd00::/8,')).toEqual([
      '127.0.0.1',
      '10.0.0.0/8',
      '::1',
      'fd00::/8',
    ])
  })

  it.each([
    'proxy.example.org',
    '*',
    '10.0.0.0/33',
    '10.0.0.0/0',
    '10.0.0.0/x',
    '10.1',
    'loopback',
    'true',
    '1',
  ])('refuses %s', (text) => {
    expect(() => load(text)).toThrow(UsageError)
    expect(() => load(text)).toThrow(`"${text}" is not an IP address or CIDR range`)
  })
})

describe('limits per client', () => {
  let behindProxy: TestService
  let direct: TestService
  beforeAll(async () => {
    const env = { DIFFER_MAX_CLIENT_SUBSCRIPTIONS: '1' }
    behindProxy = await startService({ env: { ...env, DIFFER_TRUSTED_PROXIES: '10.0.0.1,127.0.0.0/8' } })
    direct = await startService({ env: { ...env, DIFFER_TRUSTED_PROXIES: '10.0.0.1' } })
  })
  afterAll(async () => {
    await Promise.all([behindProxy?.close(), direct?.close()])
  })

  const subscription = (forwardedFor: string) => ({
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      'x-forwarded-for': forwardedFor,
    },
    body: JSON.stringify({ query: 'subscription { precacheJobs { __typename } }' }),
  })

  async function openSubscription(service: TestService, forwardedFor: string): Promise<ClientRequest> {
    const before = service.app.subscriptions.count
    const request = send(service.url, '/graphql', subscription(forwardedFor))
    await eventually(() => expect(service.app.subscriptions.count).toBe(before + 1))
    return request
  }

  /** The status of a refused WebSocket, or 101. */
  async function openSocket(
    { url }: TestService,
    forwardedFor: string,
  ): Promise<{ status: number; socket: WebSocket }> {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', {
      headers: { 'x-forwarded-for': forwardedFor },
    })
    socket.on('error', () => {
      // `unexpected-response` says which.
    })
    const refused = once(socket, 'unexpected-response') as Promise<[ClientRequest, IncomingMessage]>
    const status = await Promise.race([
      once(socket, 'open').then(() => 101),
      refused.then(([, response]) => response.statusCode ?? 0),
    ])
    return { status, socket }
  }

  it('count clients behind a trusted proxy separately, over HTTP', async () => {
    const open = [
      await openSubscription(behindProxy, '198.51.100.1'),
      await openSubscription(behindProxy, '198.51.100.2'),
    ]
    const { text } = await ask(behindProxy.url, '/graphql', subscription('203.0.113.9, 198.51.100.2'))
    expect(text).toContain('"__typename":"OverloadedError"')
    for (const request of open) request.destroy()
  })

  it('ignore the header of a peer that is not a trusted proxy, over HTTP', async () => {
    const open = await openSubscription(direct, '198.51.100.1')
    const { text } = await ask(direct.url, '/graphql', subscription('198.51.100.2'))
    expect(text).toContain('"__typename":"OverloadedError"')
    open.destroy()
  })

  it('count clients behind a trusted proxy separately, over WebSocket', async () => {
    const forwarded = ['198.51.100.1', '198.51.100.2', '203.0.113.9, 198.51.100.2']
    const opened = []
    for (const address of forwarded) opened.push(await openSocket(behindProxy, address))
    expect(opened.map(({ status }) => status)).toEqual([101, 101, 503])
    for (const { socket } of opened) socket.terminate()
  })

  it('ignore the header of a peer that is not a trusted proxy, over WebSocket', async () => {
    const opened = []
    for (const address of ['198.51.100.1', '198.51.100.2']) opened.push(await openSocket(direct, address))
    expect(opened.map(({ status }) => status)).toEqual([101, 503])
    for (const { socket } of opened) socket.terminate()
  })

  it('count the address that the log names', async () => {
    for (const [service, expected] of [
      [behindProxy, '198.51.100.3'],
      [direct, '127.0.0.1'],
    ] as const) {
      await ask(service.url, '/health', { headers: { 'x-forwarded-for': '198.51.100.3' } })
      await eventually(() =>
        expect(service.log).toContainEqual(
          expect.objectContaining({ http: expect.objectContaining({ url: '/health', ip: expected }) }),
        ),
      )
    }
  })
})
