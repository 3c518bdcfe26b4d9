/** Clients that leave, or misbehave on the connection: nothing of it is logged as a fault of the service. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { eventually, send } from '../fixtures/service.ts'
import { GatedService } from './gated-service.ts'

const gated = new GatedService()

function faults(): unknown[] {
  return gated.service.log.filter(({ level }) => Number(level) >= 50)
}

afterEach(() => expect(faults()).toEqual([]))

const posting = (query: string, accept: string) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', accept },
  body: JSON.stringify({ query, variables: gated.pair }),
})
const HEAD = 'query ($old: String!, $new: String!) { comparison(old: $old, new: $new) { ... on Comparison'

describe('a client that leaves while a diff is made for it', () => {
  it.each([
    [
      'waits for a debdiff',
      '/graphql',
      () => posting(`${HEAD} { debdiff(mode: WAIT) { __typename } } } }`, 'application/json'),
    ],
    [
      'waits for both diffs and more',
      '/graphql',
      () =>
        posting(
          `${HEAD} { id old { runId } debdiff(mode: WAIT) { __typename } diffoscope(mode: WAIT) { __typename } } } }`,
          'application/json',
        ),
    ],
    [
      'waits for a deferred diff',
      '/graphql',
      () =>
        posting(`${HEAD} { id ... @defer { debdiff(mode: WAIT) { __typename } } } } }`, 'multipart/mixed'),
    ],
    [
      'waits for a deferred diff as events',
      '/graphql',
      () =>
        posting(`${HEAD} { id ... @defer { debdiff(mode: WAIT) { __typename } } } } }`, 'text/event-stream'),
    ],
    ['asks for a page', '/debdiff/OLD/NEW', () => ({})],
    ['asks for a report', '/diffoscope/OLD/NEW', () => ({})],
    ['follows a debdiff', '/debdiff/OLD/NEW/stream', () => ({})],
  ])('and %s', async (_, path, options) => {
    const { old, new: newId } = gated.pair
    const before = (await gated.gate.started()).length
    const request = send(gated.service.url, path.replace('OLD', old).replace('NEW', newId), options())
    await eventually(async () => expect((await gated.gate.started()).length).toBeGreaterThan(before))
    request.destroy()
    await untilIdle()
  })

  it('over WebSocket', async () => {
    const before = (await gated.gate.started()).length
    const socket = new WebSocket(`${gated.service.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws')
    await once(socket, 'open')
    socket.send(JSON.stringify({ type: 'connection_init' }))
    await once(socket, 'message')
    const query = `${HEAD} { debdiff(mode: WAIT) { __typename } } } }`
    socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query, variables: gated.pair } }))
    await eventually(async () => expect((await gated.gate.started()).length).toBeGreaterThan(before))
    socket.terminate()
    await untilIdle()
  })

  /** Waits until the service has stopped the tools of the client that left. */
  async function untilIdle(): Promise<void> {
    await eventually(async () => {
      const { text } = await gated.service.ask('/metrics')
      expect(text).toMatch(/^differ_tools\{state="running"\} 0$/m)
    })
  }
})

describe('a client that sends', () => {
  const JSON_HEAD = 'content-type: application/json\r\nhost: localhost\r\n'

  it.each([
    ['nothing', ''],
    ['garbage', '\x16\x03\x01\x02\x00garbage\r\n\r\n'],
    ['a part of a request line', 'GET /graph'],
    ['a part of its headers', 'POST /graphql HTTP/1.1\r\nhost: local'],
    ['a part of its body', `POST /graphql HTTP/1.1\r\n${JSON_HEAD}content-length: 1000\r\n\r\n{"query":`],
    [
      'a part of a chunk',
      `POST /graphql HTTP/1.1\r\n${JSON_HEAD}transfer-encoding: chunked\r\n\r\nff\r\n{"que`,
    ],
    ['a malformed chunk', `POST /graphql HTTP/1.1\r\n${JSON_HEAD}transfer-encoding: chunked\r\n\r\nzz\r\n`],
    [
      'two lengths',
      `POST /graphql HTTP/1.1\r\n${JSON_HEAD}content-length: 5\r\ncontent-length: 6\r\n\r\n{"a":`,
    ],
    ['a negative length', `POST /graphql HTTP/1.1\r\n${JSON_HEAD}content-length: -5\r\n\r\n`],
    [
      'headers that are too long',
      `GET /health HTTP/1.1\r\nhost: localhost\r\nx: ${'x'.repeat(100_000)}\r\n\r\n`,
    ],
    ['a malformed URL', 'GET /%ff%zz HTTP/1.1\r\nhost: localhost\r\n\r\n'],
    ['a malformed URL of a run', 'GET /debdiff/%ff/%00 HTTP/1.1\r\nhost: localhost\r\n\r\n'],
    ['no path', 'GET * HTTP/1.1\r\nhost: localhost\r\n\r\n'],
    ['an unknown method', 'BREW /graphql HTTP/1.1\r\nhost: localhost\r\n\r\n'],
    [
      'a body of another type',
      'POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: x/y\r\ncontent-length: 1\r\n\r\nx',
    ],
    [
      'a body of another charset',
      'POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json; charset=x\r\ncontent-length: 2\r\n\r\n{}',
    ],
    [
      'a part of a precache request',
      'POST /precache/a/b HTTP/1.1\r\nhost: localhost\r\ncontent-length: 10\r\n\r\nx',
    ],
    [
      'an upgrade to a WebSocket without a key',
      'GET /graphql HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n',
    ],
  ])('%s and leaves', async (_, text) => {
    const { hostname, port } = new URL(gated.service.url)
    for (const leave of ['end', 'resetAndDestroy'] as const) {
      const socket = connect(Number(port), hostname)
      socket.on('error', () => {})
      await once(socket, 'connect')
      const closed = once(socket, 'close')
      await new Promise<void>((resolve) => socket.write(text, () => resolve()))
      if (leave === 'end') socket.resume().end()
      else socket.resetAndDestroy()
      await closed
    }
    expect((await gated.service.ask('/health')).status).toBe(200)
  })
})
