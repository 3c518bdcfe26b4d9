/** `/precache/{old}/{new}` and `/precache-all`: asking for work in the background. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { removeTree } from '../../src/diff/tools/remove-tree.ts'
import { startPostgres, type TestPostgres } from '../fixtures/postgres.ts'
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

let postgres: TestPostgres
let places: Places
let gate: Gate
let service: TestService
beforeAll(async () => {
  postgres = await startPostgres()
  places = await makePlaces()
  gate = await makeGate(join(places.root, 'gate'))
  service = await startService({
    databaseUrl: postgres.url,
    places,
    env: { ...gate.env, DIFFER_MAX_CONCURRENT_DIFFS: '2' },
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
/** Jobs that wait, as the metrics have it. */
async function waiting(): Promise<number> {
  const { text } = await service.ask('/metrics')
  return Number(/^differ_queue_jobs\{[^}]*queued[^}]*\} (\d+)$/m.exec(text)?.[1])
}
const cached = (kind: string) => readdir(join(places.cache, kind)).catch(() => [] as string[])

describe('/precache-all without any pair', () => {
  it('is a 200 that says so', async () => {
    const { status, headers, text } = await post('/precache-all')
    expect([status, headers['content-type'], text]).toEqual([
      200,
      'application/json; charset=utf-8',
      '{"count": 0}',
    ])
  })
})

describe('/precache', () => {
  it('is taken at once, and both diffs are there soon after', async () => {
    await gate.close()
    const { old, new: fresh } = await addPair(service, 'one')
    const { status, headers, text } = await post(`/precache/${old}/${fresh}`)
    expect([status, headers['content-type'], text]).toEqual([
      202,
      'text/plain; charset=utf-8',
      'Precaching started',
    ])
    expect(await cached('debdiff')).toEqual([])
    await gate.open()
    await eventually(async () => {
      expect(await cached('debdiff')).toEqual([`${old}_${fresh}`])
      expect(await cached('diffoscope')).toEqual([`${old}_${fresh}.json`])
    })
    const starts = (await gate.started()).length
    expect((await post(`/precache/${old}/${fresh}`)).status).toBe(202)
    const plain = await service.ask(`/debdiff/${old}/${fresh}`, { headers: { accept: 'text/plain' } })
    expect([plain.status, (await gate.started()).length]).toEqual([200, starts])
  })

  it.each([
    ['nobody', 'one-new', 'nobody'],
    ['one-old', 'nobody', 'nobody'],
    ['nobody-old', 'nobody-new', 'nobody-old'],
  ])('of %s and %s is a 404 that names %s', async (old, fresh, missing) => {
    const { status, headers, text } = await post(`/precache/${old}/${fresh}`)
    expect([status, headers.unavailable_run_id, text]).toEqual([404, missing, 'missing artifacts'])
    const json = await post(`/precache/${old}/${fresh}?error_format=json`)
    expect(JSON.parse(json.text)).toMatchObject({ error: 'Run not found', run_id: missing })
  })

  it.each([
    ['no type', {}, 'whatever'],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, ''],
    ['broken JSON', { 'content-type': 'application/json' }, '{'],
    ['no JSON at all', { 'content-type': 'application/json' }, ''],
    ['2 MB of something', { 'content-type': 'application/octet-stream' }, 'x'.repeat(2_000_000)],
  ])('does not look at the body (%s)', async (_, headers, body) => {
    const { status } = await post('/precache/one-old/one-new', {
      headers: headers as Record<string, string>,
      body,
    })
    expect(status).toBe(202)
  })

  it.each(['/precache/one-old/one-new', '/precache-all'])('takes POST only (%s)', async (path) => {
    for (const method of ['GET', 'HEAD', 'PUT', 'OPTIONS']) {
      const { status, headers } = await service.ask(path, { method })
      expect([method, status, headers.allow]).toEqual([method, 405, 'POST'])
    }
    expect((await post(`${path}/`)).status).toBe(404)
  })
})

describe('/precache-all', () => {
  const PAIRS = 20_000

  it('answers how many pairs there are before they are queued, and runs few at a time', async () => {
    // What runs is held, so that what is queued stays to be counted.
    await gate.close()
    for (const name of ['two', 'three']) {
      const { old, new: fresh } = await addPair(service, name)
      await post(`/precache/${old}/${fresh}`)
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
      // With the one that is cached and the two that run.
      `{"count": ${PAIRS + 3}}`,
    ])
    expect((await service.ask('/health')).text).toBe('ok')
    // They are read from the database as the queue takes them, never held all at once.
    await eventually(async () => expect(await waiting()).toBeGreaterThan(0))
    await sleep(500)
    expect(await waiting()).toBeLessThan(PAIRS / 10)
    expect((await gate.started()).length).toBe(startsBefore)
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(200e6)
  })
})
