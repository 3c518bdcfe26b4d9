/** How a service process ends: by SIGKILL, by SIGTERM, and after uncaught errors. */
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { removeTree } from '../../src/diff/tools/remove-tree.ts'
import { createTestDatabase, type TestDatabase } from '../fixtures/database.ts'
import { startRedis } from '../fixtures/redis.ts'
import { countOf } from '../fixtures/seeds.ts'
import {
  addPair,
  ask,
  askGraphql,
  eventually,
  makeGate,
  makePlaces,
  NO_TRACES,
  type Places,
  remainsOf,
  send,
  serviceFixture,
  startService,
  tracesOf,
} from '../fixtures/service.ts'
import { serve, startWorker } from './processes.ts'

let postgres: TestDatabase
/** Contains the packages for all tests. */
let shared: Places
let env: Record<string, string>
let pair: { old: string; new: string }
/** The two cache entries of `pair`. */
let expected: { debdiff: Buffer; diffoscope: Buffer }

const entriesOf = ({ cache }: Places) => ({
  debdiff: join(cache, 'debdiff', `${pair.old}_${pair.new}`),
  diffoscope: join(cache, 'diffoscope', `${pair.old}_${pair.new}.json`),
})

beforeAll(async () => {
  postgres = await createTestDatabase()
  shared = await makePlaces()
  const seeding = await startService({ databaseUrl: postgres.url, places: shared })
  pair = await addPair(seeding, 'ends')
  for (const kind of ['debdiff', 'diffoscope']) await seeding.ask(`/${kind}/${pair.old}/${pair.new}`)
  await seeding.close()
  const { debdiff, diffoscope } = entriesOf(shared)
  expected = { debdiff: await readFile(debdiff), diffoscope: await readFile(diffoscope) }
  env = { DATABASE_URL: postgres.url, ARTIFACT_LOCATION: shared.artifacts }
})
afterAll(async () => {
  await postgres?.stop()
  if (shared) await removeTree(shared.root)
})

/** Directories for one test, with an empty cache. */
async function ownPlaces(): Promise<Places> {
  const places = await makePlaces()
  onTestFinished(() => removeTree(places.root))
  return places
}

/** After the requests; the tools run then. */
const MOMENTS_MS = [0, 320, 200]

/** Requests both diffs, and ignores the responses. */
function requestBoth(url: string): void {
  for (const kind of ['debdiff', 'diffoscope']) send(url, `/${kind}/${pair.old}/${pair.new}`)
}

describe('SIGKILL', () => {
  it('while a diff is written leaves files, which the next start removes, and no damaged diff', async () => {
    const places = await ownPlaces()
    const gate = await makeGate(join(places.root, 'gate'))
    await gate.close()
    const killed = await serve(places, {
      ...env,
      ...gate.env,
      DIFFER_DIFFOSCOPE_COMMAND: `${serviceFixture('writes-half')} ${join(places.root, 'gate')}`,
    })
    // Asking the tools for their versions needs a directory, too, until the versions are logged.
    await eventually(() => expect(killed.stderr()).toMatch(/"tools":/))
    requestBoth(killed.url)
    await eventually(async () => expect((await gate.started()).sort()).toEqual(['debdiff', 'half']))
    expect(await killed.end('SIGKILL')).toBeNull()
    const left = await remainsOf(places)
    // Two tools with their children, and two directories.
    expect(left.processes.length).toBeGreaterThanOrEqual(3)
    expect(left.files).toHaveLength(2)

    await gate.open()
    const restarted = await serve(places, env)
    const { processes, files } = await remainsOf(places)
    expect(processes).toEqual([])
    expect(files.filter((name) => left.files.includes(name))).toEqual([])
    // The service asks the tools for their versions first.
    await eventually(async () => expect(await tracesOf(places)).toEqual(NO_TRACES))

    const { debdiff, diffoscope } = entriesOf(places)
    const [plain, report] = await Promise.all([
      ask(restarted.url, `/debdiff/${pair.old}/${pair.new}`, { headers: { accept: 'text/plain' } }),
      ask(restarted.url, `/diffoscope/${pair.old}/${pair.new}`, { headers: { accept: 'application/json' } }),
    ])
    expect([plain.status, report.status]).toEqual([200, 200])
    expect(plain.bytes.equals(expected.debdiff)).toBe(true)
    expect((await readFile(debdiff)).equals(expected.debdiff)).toBe(true)
    expect((await readFile(diffoscope)).equals(expected.diffoscope)).toBe(true)
    expect(await restarted.end('SIGTERM')).toBe(0)
    expect(await remainsOf(places)).toEqual(NO_TRACES)
  })

  it('before a webhook is delivered leaves it to the next start', async () => {
    const places = await ownPlaces()
    const ids: unknown[] = []
    let status = 503
    const receiver = createServer((request, response) => {
      ids.push(request.headers['webhook-id'])
      response.writeHead(status).end()
    }).listen(0, '127.0.0.1')
    onTestFinished(() => void receiver.close())
    await once(receiver, 'listening')
    const settings = {
      ...env,
      DIFFER_STATE_DATABASE_URL: postgres.url,
      DIFFER_WEBHOOK_URL: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`,
      DIFFER_WEBHOOK_SECRET: 'a-secret-of-at-least-24-characters',
      DIFFER_WEBHOOK_ALLOWED_ADDRESSES: '127.0.0.1',
    }
    const killed = await serve(places, settings)
    expect((await ask(killed.url, `/summary/${pair.old}/${pair.new}`)).status).toBe(200)
    await eventually(() => expect(ids).toHaveLength(1))
    // The queue is in the memory of the process.
    expect(await killed.end('SIGKILL')).toBeNull()
    status = 200
    await serve(places, settings)
    await eventually(() => expect(ids).toEqual([ids[0], ids[0]]))
  })

  it('at any moment leaves an entry of the cache whole or missing', async () => {
    const places = await ownPlaces()
    const seen = new Set<string>()
    for (const moment of [...MOMENTS_MS.slice(-countOf(1, 3)), 'debdiff exists'] as const) {
      const entries = entriesOf(places)
      await Promise.all(Object.values(entries).map(removeTree))
      const service = await serve(places, env)
      requestBoth(service.url)
      if (typeof moment === 'number') await sleep(moment)
      else await eventually(() => readFile(entries.debdiff))
      await service.end('SIGKILL')
      for (const kind of ['debdiff', 'diffoscope'] as const) {
        const bytes = await readFile(entries[kind]).catch(() => null)
        seen.add(bytes ? `${kind} exists` : `${kind} is missing`)
        if (bytes) expect(bytes.equals(expected[kind])).toBe(true)
      }
    }
    // Both cases occurred.
    expect(seen).toContain('diffoscope is missing')
    expect(seen).toContain('debdiff exists')
    const last = await serve(places, env)
    expect(await last.end('SIGTERM')).toBe(0)
    expect(await remainsOf(places)).toEqual(NO_TRACES)
  })
})

describe('SIGTERM', () => {
  /** Starts a service whose tool waits, and a request for its diff. */
  async function busy() {
    const places = await ownPlaces()
    const gate = await makeGate(join(places.root, 'gate'))
    await gate.close()
    const service = await serve(places, { ...env, ...gate.env })
    const answer = ask(service.url, `/debdiff/${pair.old}/${pair.new}`, {
      headers: { accept: 'text/plain' },
    }).then(
      ({ status, bytes }) => ({ status, bytes }),
      () => 'broken off' as const,
    )
    await eventually(async () => expect(await gate.started()).toEqual(['debdiff']))
    return { places, gate, service, answer }
  }

  it('lets a running request finish, and refuses new ones', async () => {
    const { places, gate, service, answer } = await busy()
    service.signal('SIGTERM')
    await eventually(() => expect(service.stderr()).toContain('stopping'))
    await eventually(() => expect(ask(service.url, '/health')).rejects.toThrow('ECONNREFUSED'))
    await gate.open()
    expect(await answer).toEqual({ status: 200, bytes: expected.debdiff })
    expect(await service.ended).toBe(0)
    expect(await remainsOf(places)).toEqual(NO_TRACES)
  })

  it('stops a tool that does not finish, and leaves nothing behind', async () => {
    const { places, service, answer } = await busy()
    expect(await service.end('SIGTERM')).toBe(0)
    expect(await answer).toBe('broken off')
    expect(await remainsOf(places)).toEqual(NO_TRACES)
    expect(await readdir(join(places.cache, 'debdiff')).catch(() => [])).toEqual([])
  })

  it('stops background jobs at once', async () => {
    const places = await ownPlaces()
    const gate = await makeGate(join(places.root, 'gate'))
    await gate.close()
    const service = await serve(places, { ...env, ...gate.env })
    await askGraphql(
      service.url,
      `{ comparison(old: "${pair.old}", new: "${pair.new}") { ... on Comparison { debdiff(mode: ENQUEUE) { __typename } } } }`,
    )
    await eventually(async () => expect(await gate.started()).toEqual(['debdiff']))
    const started = performance.now()
    expect(await service.end('SIGTERM')).toBe(0)
    // A request would get ten seconds.
    expect(performance.now() - started).toBeLessThan(9_500)
    expect(await remainsOf(places)).toEqual(NO_TRACES)
  })

  it.each([
    ['serve', serve],
    ['worker', startWorker],
  ])('ends differ %s also while Redis is unavailable', async (_command, start) => {
    // Port 9 is reserved for "discard"; nothing listens there.
    const running = await start(await ownPlaces(), { ...env, REDIS_URL: 'redis://127.0.0.1:9' })
    expect(await running.end('SIGTERM')).toBe(0)
    expect(running.stderr()).toContain('stopped')
  })

  it('ends the service at once if it is sent twice', async () => {
    const { places, service } = await busy()
    service.signal('SIGTERM')
    await eventually(() => expect(service.stderr()).toContain('stopping'))
    expect(await service.end('SIGTERM')).toBe(130)
    // The next service removes what it left.
    expect((await remainsOf(places)).files.length).toBeGreaterThan(0)
    const next = await serve(places, env)
    // The service asks the tools for their versions first.
    await eventually(async () => expect(await tracesOf(places)).toEqual(NO_TRACES))
    expect(await next.end('SIGTERM')).toBe(0)
    expect(await remainsOf(places)).toEqual(NO_TRACES)
  })
})

describe('an uncaught error', () => {
  /** A module that rejects a promise on SIGUSR2 and throws on SIGWINCH. */
  const failing = `data:text/javascript,${encodeURIComponent(`
    process.on('SIGUSR2', () => Promise.reject(new Error('unhandled rejection')))
    process.on('SIGWINCH', () => { throw 'uncaught exception' })`)}`
  const lastLine = (stderr: string) => JSON.parse(stderr.trim().split('\n').at(-1) as string)
  const reference = expect.stringMatching(/^[0-9a-f-]{36}$/)

  it.each([
    ['serve', serve],
    ['worker', startWorker],
  ])(
    'is logged by differ %s with a reference; it continues after a rejection, and exits after an exception',
    async (_command, start) => {
      const redis = await startRedis()
      onTestFinished(() => redis.stop())
      const running = await start(await ownPlaces(), {
        ...env,
        REDIS_URL: redis.url,
        NODE_OPTIONS: `--import=${failing}`,
      })
      running.signal('SIGUSR2')
      await eventually(() =>
        expect(lastLine(running.stderr())).toMatchObject({
          level: 50,
          reference,
          err: { message: 'unhandled rejection' },
        }),
      )
      expect((await ask(running.url, '/health')).text).toBe('ok')
      expect(await running.end('SIGWINCH')).toBe(1)
      expect(lastLine(running.stderr())).toMatchObject({
        level: 60,
        reference,
        err: { message: 'uncaught exception' },
      })
    },
  )
})
