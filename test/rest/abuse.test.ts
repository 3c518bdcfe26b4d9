/** Clients that are slow, rude, gone or many: nothing leaks, nobody else waits. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { removeTree } from '../../src/diff/tools/remove-tree.ts'
import { buildRun } from '../fixtures/packages.ts'
import { seedRuns, startPostgres, type TestPostgres } from '../fixtures/postgres.ts'
import { ask, eventually, makePlaces, NEW_PACKAGES, OLD_PACKAGES, type Places } from '../fixtures/service.ts'
import { buildProgram, type ServiceProcess, serve } from '../service/processes.ts'

/** Of Node.js' answer to a request that breaks the protocol, the service's own where it is one. */
const STATUS = /^HTTP\/1\.1 (\d{3})/

let postgres: TestPostgres
let places: Places
beforeAll(async () => {
  await buildProgram()
  ;[postgres, places] = await Promise.all([startPostgres(), makePlaces()])
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

async function open({ url }: ServiceProcess): Promise<Socket> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

/** Sends what is given and reads until the service ends the connection, or `until` is there. */
async function exchange(service: ServiceProcess, bytes: string | Buffer, until: RegExp): Promise<string> {
  const socket = await open(service)
  let text = ''
  const over = new Promise<void>((resolve) => {
    socket.on('data', (data) => {
      text += data.toString('latin1')
      if (until.test(text)) resolve()
    })
    socket.once('close', () => resolve())
  })
  socket.write(bytes)
  await Promise.race([over, sleep(5_000)])
  socket.destroy()
  return text
}

async function stillWell(service: ServiceProcess): Promise<void> {
  expect((await ask(service.url, '/health')).text).toBe('ok')
  expect((await ask(service.url, PATH, { headers: { accept: 'text/plain' } })).status).toBe(200)
}

describe('a request that is none', () => {
  const head = (line: string, ...headers: string[]) => `${[line, 'Host: x', ...headers].join('\r\n')}\r\n\r\n`
  it('gets a right status, or its connection ended, and nothing else happens', async () => {
    const service = await start()
    const cases: [string, string | Buffer, number[]][] = [
      ['noise', Buffer.from([0, 1, 2, 255, 254, 13, 10, 13, 10]), [400]],
      ['TLS', Buffer.from('16030100c8010000c40303', 'hex'), [400]],
      ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', [400, 404, 405, 505]],
      ['no host', `GET ${PATH} HTTP/1.1\r\n\r\n`, [400]],
      ['a method that nobody knows', head(`BREW ${PATH} HTTP/1.1`), [400]],
      ['CONNECT', head('CONNECT elsewhere:443 HTTP/1.1'), [400, 404, 405]],
      ['an absolute address', head(`GET http://x${PATH} HTTP/1.1`, 'Accept: text/plain'), [200]],
      ['headers without an end', head('GET / HTTP/1.1', `X: ${'x'.repeat(100_000)}`), [431]],
      [
        'ten thousand headers',
        head('GET / HTTP/1.1', ...Array.from({ length: 10_000 }, (_, n) => `X${n}: y`)),
        [431, 404, 200],
      ],
      ['an address without an end', head(`GET /${'x'.repeat(60_000)} HTTP/1.1`), [414, 431]],
      ['two lengths', head(`POST ${PATH} HTTP/1.1`, 'Content-Length: 1', 'Content-Length: 2'), [400]],
      [
        'length and chunks',
        head(`POST ${PATH} HTTP/1.1`, 'Content-Length: 5', 'Transfer-Encoding: chunked'),
        [400],
      ],
      [
        'chunks that are none',
        `${head(`POST /graphql HTTP/1.1`, 'Content-Type: application/json', 'Transfer-Encoding: chunked')}zz\r\n`,
        [400],
      ],
      ['a line feed in a run id', head('GET /debdiff/old%0d%0aX:%20y/new HTTP/1.1'), [404]],
      ['a NUL in a run id', head('GET /debdiff/old%00/new HTTP/1.1'), [400, 404]],
      ['a way out', head('GET /debdiff/..%2f..%2fetc%2fpasswd/new HTTP/1.1'), [404]],
      ['half an escape', head('GET /debdiff/old%/new%e2%82 HTTP/1.1'), [400, 404]],
      [
        'a body that is announced too large',
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
    await stillWell(service)
  })
})

describe('pipelined requests', () => {
  it('are answered in their order', async () => {
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

describe('clients that do not go on', () => {
  it('cost others nothing, and leave nothing when they go: half-sent requests, unread answers, cut downloads', async () => {
    const service = await start()
    await stillWell(service)
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
    // Whoever waited behind them would wait for ever.
    for (let at = 0; at < 50; at++) await stillWell(service)
    for (const socket of sockets) socket.destroy()
    // The pool of database connections may have grown to its eight.
    await eventually(() => expect(descriptors(service)).toBeLessThanOrEqual(before + 8))
    expect(await service.end('SIGTERM')).toBe(0)
  })
})

describe('a client that is too slow', () => {
  const HEAD = 'Host: x\r\nAccept: text/html\r\n'
  it.each<[string, string]>([
    ['says nothing', ''],
    ['does not end its head', `GET ${PATH} HTTP/1.1\r\n${HEAD}`],
    [
      'does not end its body',
      `POST /graphql HTTP/1.1\r\n${HEAD}Content-Type: application/json\r\nContent-Length: 9\r\n\r\n{`,
    ],
  ])('because it %s is told so, and cut off in time', async (_what, sent) => {
    const service = await serve(places, { DATABASE_URL: postgres.url, DIFFER_REQUEST_TIMEOUT: '1' })
    const socket = await open(service)
    let text = ''
    socket.on('data', (data) => {
      text += data.toString('latin1')
    })
    const closed = once(socket, 'close')
    socket.write(sent)
    await Promise.race([closed, sleep(60_000).then(() => Promise.reject(new Error('it is still there')))])
    expect(text).toMatch(/^HTTP\/1\.1 408/)
  })

  it('because it does not read its answer is cut off, one that reads slowly gets it whole', async () => {
    const cache = join(places.cache, 'debdiff')
    await mkdir(cache, { recursive: true })
    const long = `${'x'.repeat(99)}\n`.repeat(300_000)
    const database = await openDatabase({ url: postgres.url })
    await seedRuns(database, [{ id: 'long-old' }, { id: 'long-new' }])
    await database.close()
    await writeFile(join(cache, 'long-old_long-new'), long)
    const service = await serve(places, { DATABASE_URL: postgres.url, DIFFER_STALL_TIMEOUT: '2' })
    await stillWell(service)
    const before = await settled(() => descriptors(service))
    const request =
      'GET /debdiff/long-old/long-new HTTP/1.1\r\nHost: x\r\nAccept: text/plain\r\nConnection: close\r\n\r\n'
    const deaf = await open(service)
    deaf.pause()
    deaf.write(request)
    const slow = await open(service)
    let bytes = 0
    slow.on('data', (data) => {
      bytes += data.length
      slow.pause()
      setTimeout(() => slow.resume(), 10)
    })
    const closed = once(slow, 'close')
    slow.write(request)
    await eventually(() => expect(descriptors(service)).toBeGreaterThan(before + 1))
    await closed
    expect(bytes).toBeGreaterThan(long.length)
    await eventually(() => expect(descriptors(service)).toBeLessThanOrEqual(before))
    deaf.destroy()
  })
})

/** What it is when it has been the same for two seconds: a service that has just begun soon asks its tools for their versions. */
async function settled(figure: () => number): Promise<number> {
  for (let last = figure(), same = 0; ; ) {
    await sleep(100)
    const now = figure()
    same = now === last ? same + 1 : 0
    if (same === 20) return now
    last = now
  }
}

describe('idle keep-alive connections', () => {
  /** The client has as many descriptors as the service: both get what one process may have, less what else they need; and ports are bounded. */
  const COUNT = 10_000
  it(`may be ${COUNT}: others are answered, and nothing is left when they end`, async () => {
    const service = await start()
    await stillWell(service)
    const before = await settled(() => descriptors(service))
    const { hostname, port } = new URL(service.url)
    const script = join(import.meta.dirname, 'fixtures', 'idle-connections.mjs')
    const client = spawn(process.execPath, [script, hostname, port, String(COUNT)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    try {
      const [line] = (await once(client.stdout, 'data')) as [Buffer]
      expect(Number(line)).toBe(COUNT)
      await eventually(() => expect(descriptors(service)).toBeGreaterThanOrEqual(before + COUNT))
      await stillWell(service)
    } finally {
      client.stdin.end()
    }
    await once(client, 'exit')
    // The pool of database connections may have grown to its eight.
    await eventually(() => expect(descriptors(service)).toBeLessThanOrEqual(before + 8))
    await stillWell(service)
  })
})
