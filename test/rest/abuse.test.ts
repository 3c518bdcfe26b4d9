/** Clients that are slow, malformed, gone or many: nothing leaks, and other clients do not wait. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { removeTree } from '../../src/diff/tools/remove-tree.ts'
import { createTestDatabase, type TestDatabase } from '../fixtures/database.ts'
import { buildRun } from '../fixtures/packages.ts'
import { seedRuns } from '../fixtures/postgres.ts'
import { countOf } from '../fixtures/seeds.ts'
import { ask, eventually, makePlaces, NEW_PACKAGES, OLD_PACKAGES, type Places } from '../fixtures/service.ts'
import { type ServiceProcess, serve } from '../service/processes.ts'

/** Node.js itself answers requests that violate the protocol, the service all others. */
const STATUS = /^HTTP\/1\.1 (\d{3})/

let postgres: TestDatabase
let places: Places
beforeAll(async () => {
  ;[postgres, places] = await Promise.all([createTestDatabase(), makePlaces()])
  const database = await openDatabase({ url: postgres.url })
  await seedRuns(database, [{ id: 'old' }, { id: 'new' }])
  await database.close()
  await buildRun(join(places.artifacts, 'old'), OLD_PACKAGES)
  await buildRun(join(places.artifacts, 'new'), NEW_PACKAGES)
})
afterAll(async () => {
  await postgres?.stop()
  if (places) await removeTree(places.root)
})

const PATH = '/debdiff/old/new'
const start = () => serve(places, { DATABASE_URL: postgres.url })
const descriptors = ({ pid }: ServiceProcess) => readdirSync(`/proc/${pid}/fd`).length

/**
 * The ports of the clients that the service is connected with. The count of its descriptors is no measure of
 * them, since idle connections to the database are closed in the meantime.
 */
function clientPorts({ pid, url }: ServiceProcess): number[] {
  const own = `:${Number(new URL(url).port).toString(16).toUpperCase().padStart(4, '0')}`
  const sockets = new Set(readdirSync(`/proc/${pid}/fd`).map((fd) => targetOf(`/proc/${pid}/fd/${fd}`)))
  return ['tcp', 'tcp6']
    .flatMap((table) => readFileSync(`/proc/${pid}/net/${table}`, 'utf8').trim().split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/) as string[])
    .filter(([, local, , , , , , , , inode]) => local?.endsWith(own) && sockets.has(`socket:[${inode}]`))
    .map(([, , remote]) => Number.parseInt(remote?.split(':').at(-1) ?? '', 16))
    .filter((port) => port !== 0)
}

/** Where a link of /proc leads to, or null if the descriptor was closed in the meantime. */
function targetOf(link: string): string | null {
  try {
    return readlinkSync(link)
  } catch {
    return null
  }
}

async function open({ url }: ServiceProcess): Promise<Socket> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

/** Sends bytes and reads until the service closes the connection or `until` matches, for at most 5 s. */
async function exchange(service: ServiceProcess, bytes: string | Buffer, until: RegExp): Promise<string> {
  const socket = await open(service)
  let text = ''
  const done = new Promise<void>((resolve) => {
    socket.on('data', (data) => {
      text += data.toString('latin1')
      if (until.test(text)) resolve()
    })
    socket.once('close', () => resolve())
  })
  socket.write(bytes)
  await Promise.race([done, sleep(5_000)])
  socket.destroy()
  return text
}

async function expectHealthy(service: ServiceProcess): Promise<void> {
  expect((await ask(service.url, '/health')).text).toBe('ok')
  expect((await ask(service.url, PATH, { headers: { accept: 'text/plain' } })).status).toBe(200)
}

describe('a malformed request', () => {
  const head = (line: string, ...headers: string[]) => `${[line, 'Host: x', ...headers].join('\r\n')}\r\n\r\n`
  it('gets the right status or a closed connection, and does no harm', async () => {
    const service = await start()
    const cases: [string, string | Buffer, number[]][] = [
      ['random bytes', Buffer.from([0, 1, 2, 255, 254, 13, 10, 13, 10]), [400]],
      ['TLS', Buffer.from('16030100c8010000c40303', 'hex'), [400]],
      ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', [400, 404, 405, 505]],
      ['no Host header', `GET ${PATH} HTTP/1.1\r\n\r\n`, [400]],
      ['an unknown method', head(`BREW ${PATH} HTTP/1.1`), [400]],
      ['CONNECT', head('CONNECT elsewhere:443 HTTP/1.1'), [400, 404, 405]],
      ['an absolute URL', head(`GET http://x${PATH} HTTP/1.1`, 'Accept: text/plain'), [200]],
      ['endless headers', head('GET / HTTP/1.1', `X: ${'x'.repeat(100_000)}`), [431]],
      [
        'ten thousand headers',
        head('GET / HTTP/1.1', ...Array.from({ length: 10_000 }, (_, n) => `X${n}: y`)),
        [431, 404, 200],
      ],
      ['an endless URL', head(`GET /${'x'.repeat(60_000)} HTTP/1.1`), [414, 431]],
      [
        'two Content-Length headers',
        head(`POST ${PATH} HTTP/1.1`, 'Content-Length: 1', 'Content-Length: 2'),
        [400],
      ],
      [
        'Content-Length with chunks',
        head(`POST ${PATH} HTTP/1.1`, 'Content-Length: 5', 'Transfer-Encoding: chunked'),
        [400],
      ],
      [
        'invalid chunks',
        `${head(`POST /graphql HTTP/1.1`, 'Content-Type: application/json', 'Transfer-Encoding: chunked')}zz\r\n`,
        [400],
      ],
      ['a line feed in a run id', head('GET /debdiff/old%0d%0aX:%20y/new HTTP/1.1'), [404]],
      ['a NUL in a run id', head('GET /debdiff/old%00/new HTTP/1.1'), [400, 404]],
      ['a path traversal', head('GET /debdiff/..%2f..%2fetc%2fpasswd/new HTTP/1.1'), [404]],
      ['an incomplete escape', head('GET /debdiff/old%/new%e2%82 HTTP/1.1'), [400, 404]],
      [
        'a Content-Length above the limit',
        head('POST /graphql HTTP/1.1', 'Content-Type: application/json', 'Content-Length: 99999999'),
        [413],
      ],
    ]
    for (const [name, bytes, statuses] of cases) {
      const answer = await exchange(service, bytes, /\r\n\r\n/)
      const status = Number(STATUS.exec(answer)?.[1] ?? 0)
      expect([0, ...statuses], `${name}: ${answer.slice(0, 80)}`).toContain(status)
      expect(answer, name).not.toMatch(/^X: y/m)
      expect(answer, name).not.toContain('root:')
    }
    await expectHealthy(service)
  })
})

describe('pipelined requests', () => {
  it('are answered in order', async () => {
    const service = await start()
    const paths = [PATH, '/health', '/nowhere', `${PATH}?filter_boring`, '/ready', '/health']
    const text = paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: x\r\nAccept: text/plain\r\n\r\n`).join('')
    const answers = await exchange(
      service,
      `${text}GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
      /(?!)/,
    )
    const statuses = [...answers.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status))
    expect(statuses).toEqual([200, 200, 404, 200, 200, 200, 404])
  })
})

describe('clients that stop in the middle', () => {
  it('do not delay others and leak nothing: half-sent requests, unread responses, cut downloads', async () => {
    const service = await start()
    await expectHealthy(service)
    const before = await settled(() => descriptors(service))
    const sockets: Socket[] = []
    for (let at = 0; at < 200; at++) {
      const socket = await open(service)
      const sent = [
        'GET /debdiff/ol',
        `GET ${PATH} HTTP/1.1\r\nHost: x\r\nAcc`,
        'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"query"',
        `GET /diffoscope/old/new HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\n\r\n`,
      ][at % 4] as string
      socket.pause()
      socket.write(sent)
      sockets.push(socket)
    }
    // A request that waited for one of them would never be answered.
    for (let at = 0; at < 50; at++) await expectHealthy(service)
    for (const socket of sockets) socket.destroy()
    // The pool of database connections may have grown to its maximum of eight.
    await eventually(() => expect(descriptors(service)).toBeLessThanOrEqual(before + 8))
    expect(await service.end('SIGTERM')).toBe(0)
  })
})

describe('a client that is too slow', () => {
  const HEAD = 'Host: x\r\nAccept: text/html\r\n'
  it.each<[string, string]>([
    ['it sends nothing', ''],
    ['it does not complete its headers', `GET ${PATH} HTTP/1.1\r\n${HEAD}`],
    [
      'it does not complete its body',
      `POST /graphql HTTP/1.1\r\n${HEAD}Content-Type: application/json\r\nContent-Length: 9\r\n\r\n{`,
    ],
  ])('gets a 408 and is disconnected because %s', async (_what, sent) => {
    const service = await serve(places, { DATABASE_URL: postgres.url, DIFFER_REQUEST_TIMEOUT: '1' })
    const socket = await open(service)
    let text = ''
    socket.on('data', (data) => {
      text += data.toString('latin1')
    })
    const closed = once(socket, 'close')
    socket.write(sent)
    await Promise.race([
      closed,
      sleep(60_000).then(() => Promise.reject(new Error('the connection is still open'))),
    ])
    expect(text).toMatch(/^HTTP\/1\.1 408/)
  })

  it('is disconnected if it stops reading, but gets the whole body if it reads slowly', async () => {
    const cache = join(places.cache, 'debdiff')
    await mkdir(cache, { recursive: true })
    const long = `${'x'.repeat(99)}\n`.repeat(300_000)
    const database = await openDatabase({ url: postgres.url })
    await seedRuns(database, [{ id: 'long-old' }, { id: 'long-new' }])
    await database.close()
    await writeFile(join(cache, 'long-old_long-new'), long)
    const service = await serve(places, { DATABASE_URL: postgres.url, DIFFER_STALL_TIMEOUT: '2' })
    const request =
      'GET /debdiff/long-old/long-new HTTP/1.1\r\nHost: x\r\nAccept: text/plain\r\nConnection: close\r\n\r\n'
    const stalled = await open(service)
    stalled.pause()
    stalled.write(request)
    const slow = await open(service)
    let bytes = 0
    slow.on('data', (data) => {
      bytes += data.length
      slow.pause()
      setTimeout(() => slow.resume(), 10)
    })
    const closed = once(slow, 'close')
    slow.write(request)
    const ports = [stalled.localPort, slow.localPort]
    await eventually(() => expect(clientPorts(service)).toEqual(expect.arrayContaining(ports)))
    await closed
    expect(bytes).toBeGreaterThan(long.length)
    await eventually(() => expect(clientPorts(service)).not.toContain(ports[0]))
    stalled.destroy()
  })
})

/**
 * A value once it has been the same for two seconds: soon after its start, a service asks its tools for their
 * versions.
 */
async function settled(read: () => number): Promise<number> {
  for (let last = read(), same = 0; ; ) {
    await sleep(100)
    const now = read()
    same = now === last ? same + 1 : 0
    if (same === 20) return now
    last = now
  }
}

describe('idle keep-alive connections', () => {
  /**
   * Below the limits of descriptors per process and of ports; the client's process needs as many as the
   * service.
   */
  const COUNT = countOf(2_000, 10_000)
  it(`may be ${COUNT}: other requests are answered, and nothing leaks when they close`, async () => {
    const service = await start()
    await expectHealthy(service)
    const before = await settled(() => descriptors(service))
    const { hostname, port } = new URL(service.url)
    const script = join(import.meta.dirname, 'fixtures', 'idle-connections.mjs')
    const client = spawn(process.execPath, [script, hostname, port, String(COUNT)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    try {
      const [line] = (await once(client.stdout, 'data')) as [Buffer]
      expect(Number(line)).toBe(COUNT)
      await eventually(() => expect(clientPorts(service).length).toBeGreaterThanOrEqual(COUNT))
      await expectHealthy(service)
    } finally {
      client.stdin.end()
    }
    await once(client, 'exit')
    // The pool of database connections may have grown to its maximum of eight.
    await eventually(() => expect(descriptors(service)).toBeLessThanOrEqual(before + 8))
    expect(clientPorts(service).length).toBeLessThan(10)
    await expectHealthy(service)
  })
})
