/** `/precache/{old}/{new}` and `/precache-all`, which start background work. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { removeTree } from '../../src/diff/tools/remove-tree.ts'
import { createTestDatabase, type TestDatabase } from '../fixtures/database.ts'
import {
  addPair,
  eventually,
  type Gate,
  makeGate,
  makePlaces,
  type Places,
  startService,
  type TestService,
} from '../fixtures/service.ts'

/** Jobs that may wait, in this service. */
const MAX_WAITING = 1_000

let postgres: TestDatabase
let places: Places
let gate: Gate
let service: TestService
beforeAll(async () => {
  postgres = await createTestDatabase()
  places = await makePlaces()
  gate = await makeGate(join(places.root, 'gate'))
  service = await startService({
    databaseUrl: postgres.url,
    places,
    env: { ...gate.env, DIFFER_MAX_CONCURRENT_DIFFS: '2', DIFFER_MAX_WAITING_JOBS: String(MAX_WAITING) },
  })
})
afterAll(async () => {
  await gate?.open()
  await service?.close()
  await postgres?.stop()
  if (places) await removeTree(places.root)
})

const post = (path: string, options: { headers?: Record<string, string>; body?: string } = {}) =>
  service.ask(path, { method: 'POST', ...options })
/** Jobs that wait, according to the metrics. */
async function waitingJobs(): Promise<number> {
  const { text } = await service.ask('/metrics')
  return Number(/^differ_queue_jobs\{[^}]*queued[^}]*\} (\d+)$/m.exec(text)?.[1])
}
const cached = (kind: string) => readdir(join(places.cache, kind)).catch(() => [] as string[])

/** The number of waiting jobs once it has stopped growing for half a second. */
async function settledJobs(): Promise<number> {
  for (let last = await waitingJobs(), same = 0; ; ) {
    await sleep(100)
    const now = await waitingJobs()
    same = now === last ? same + 1 : 0
    if (same === 5) return now
    last = now
  }
}

describe('/precache-all without any pair', () => {
  it('answers 200 with a count of 0', async () => {
    const { status, headers, text } = await post('/precache-all')
    expect([status, headers['content-type'], text]).toEqual([
      200,
      'application/json; charset=utf-8',
      '{"count": 0}',
    ])
  })
})

describe('/precache', () => {
  it('answers 202 at once and makes both diffs in the background', async () => {
    await gate.close()
    const { old, new: newer } = await addPair(service, 'one')
    const { status, headers, text } = await post(`/precache/${old}/${newer}`)
    expect([status, headers['content-type'], text]).toEqual([
      202,
      'text/plain; charset=utf-8',
      'Precaching started',
    ])
    expect(await cached('debdiff')).toEqual([])
    await gate.open()
    await eventually(async () => {
      expect(await cached('debdiff')).toEqual([`${old}_${newer}`])
      expect(await cached('diffoscope')).toEqual([`${old}_${newer}.json`])
    })
    const starts = (await gate.started()).length
    expect((await post(`/precache/${old}/${newer}`)).status).toBe(202)
    const plain = await service.ask(`/debdiff/${old}/${newer}`, { headers: { accept: 'text/plain' } })
    expect([plain.status, (await gate.started()).length]).toEqual([200, starts])
  })

  it.each([
    ['nobody', 'one-new', 'nobody'],
    ['one-old', 'nobody', 'nobody'],
    ['nobody-old', 'nobody-new', 'nobody-old'],
  ])('of %s and %s is a 404 that names %s', async (old, newer, missing) => {
    const { status, headers, text } = await post(`/precache/${old}/${newer}`)
    expect([status, headers.unavailable_run_id, text]).toEqual([404, missing, 'missing artifacts'])
    const json = await post(`/precache/${old}/${newer}?error_format=json`)
    expect(JSON.parse(json.text)).toMatchObject({ error: 'Run not found', run_id: missing })
  })

  it.each([
    ['without a type', {}, 'whatever'],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, ''],
    ['broken JSON', { 'content-type': 'application/json' }, '{'],
    ['an empty one that claims to be JSON', { 'content-type': 'application/json' }, ''],
    ['2 MB of something', { 'content-type': 'application/octet-stream' }, 'x'.repeat(2_000_000)],
  ])('ignores the body: %s', async (_, headers, body) => {
    const { status } = await post('/precache/one-old/one-new', {
      headers: headers as Record<string, string>,
      body,
    })
    expect(status).toBe(202)
  })

  it.each(['/precache/one-old/one-new', '/precache-all'])('only supports POST (%s)', async (path) => {
    for (const method of ['GET', 'HEAD', 'PUT', 'OPTIONS']) {
      const { status, headers } = await service.ask(path, { method })
      expect([method, status, headers.allow]).toEqual([method, 405, 'POST'])
    }
    expect((await post(`${path}/`)).status).toBe(404)
  })
})

describe('/precache-all', () => {
  const PAIRS = 20_000

  it('answers the number of pairs before they are queued, and runs few concurrently', async () => {
    // Running jobs are held at the gate, so the number of waiting ones stays the same.
    await gate.close()
    for (const name of ['two', 'three']) {
      const pair = await addPair(service, name)
      await post(`/precache/${pair.old}/${pair.new}`)
    }
    const startsBefore = await eventually(async () => {
      const starts = await gate.started()
      expect(starts.slice(-2)).toEqual(['debdiff', 'debdiff'])
      return starts.length
    })
    await postgres.sql(`
      INSERT INTO codebase (name) VALUES ('many');
      INSERT INTO change_set (id, campaign) VALUES ('many', 'lintian-fixes');
      INSERT INTO run (id, suite, codebase, change_set, result_code, revision, main_branch_revision, finish_time)
        SELECT 'many-' || n, 'lintian-fixes', 'many', 'many', 'success', 'r' || n, 'one-main', now()
        FROM generate_series(1, ${PAIRS}) AS n`)
    const before = process.memoryUsage().heapUsed
    const { status, headers, text } = await post('/precache-all')
    expect([status, headers['content-type'], text]).toEqual([
      202,
      'application/json; charset=utf-8',
      // Together with the cached pair and the two that are being made.
      `{"count": ${PAIRS + 3}}`,
    ])
    expect((await service.ask('/health')).text).toBe('ok')
    // Pairs are read from the database when the queue has room for them, never all at once.
    await eventually(async () => expect(await waitingJobs()).toBe(MAX_WAITING))
    expect(await settledJobs()).toBe(MAX_WAITING)
    expect((await gate.started()).length).toBe(startsBefore)
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(200e6)
  })
})
