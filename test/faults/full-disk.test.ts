/**
 * While the disk of the cache is full or read-only, diffs are served without being cached. The service
 * recovers by itself.
 */
import { mkdir, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../fixtures/database.ts'
import {
  addPair,
  eventually,
  makeGate,
  NO_TRACES,
  remainsOf,
  rememberingTools,
  startService,
  type TestService,
  tracesOf,
} from '../fixtures/service.ts'
import { mountDisk, NO_MOUNTS, type SmallDisk } from '../fixtures/tmpfs.ts'

if (NO_MOUNTS) console.warn(`skipped: no file system can be mounted here (${NO_MOUNTS})`)

let postgres: TestDatabase
beforeAll(async () => {
  postgres = await createTestDatabase()
})
afterAll(() => postgres?.stop())

const KINDS = ['debdiff', 'diffoscope'] as const
let count = 0

describe.skipIf(NO_MOUNTS !== null)('the disk of the cache (skipped where nothing can be mounted)', () => {
  let disk: SmallDisk
  let service: TestService
  let old: string
  let changed: string
  async function start(env: Record<string, string> = {}, prepare = async (_: SmallDisk) => {}) {
    disk = mountDisk(8 << 20)
    onTestFinished(() => disk.unmount())
    await prepare(disk)
    const own = await rememberingTools()
    const settings = {
      ...own,
      DIFFER_CACHE_PATH: join(disk.path, 'cache'),
      DIFFER_CACHE_MIN_FREE: '0',
      ...env,
    }
    service = await startService({ databaseUrl: postgres.url, env: settings })
    onTestFinished(() => service.close())
    ;({ old, new: changed } = await addPair(service, `disk-${count++}`))
  }
  const get = (kind: string, format = 'text/plain') =>
    service.ask(`/${kind}/${old}/${changed}`, { headers: { accept: format } })
  const metric = async (name: string) =>
    Number(
      new RegExp(`^${name.replace(/[{}]/g, '\\$&')} (\\S+)$`, 'm').exec(
        (await service.ask('/metrics')).text,
      )?.[1],
    )
  const toolRuns = () => metric('differ_tool_duration_seconds_count{tool="debdiff"}')
  const countCached = async () => (await readdir(join(disk.path, 'cache/debdiff')).catch(() => [])).length
  const logged = (text: string) => service.log.filter(({ msg }) => String(msg).includes(text))

  async function expectServed() {
    for (const kind of KINDS) {
      const { status, text } = await get(kind)
      expect([kind, status]).toEqual([kind, 200])
      expect(text).toContain(kind === 'debdiff' ? 'lines which differ' : 'kinds')
    }
  }

  it.each<[string, (disk: SmallDisk) => void | Promise<void>, (disk: SmallDisk) => void | Promise<void>]>([
    ['full', (disk) => disk.fill(), (disk) => disk.clear()],
    ['read-only', (disk) => disk.setReadOnly(true), (disk) => disk.setReadOnly(false)],
  ])(
    'if %s, diffs are served without being cached, with a warning, until it can be written again',
    async (_title, breakDisk, mendDisk) => {
      await start()
      await breakDisk(disk)
      await expectServed()
      expect(await countCached()).toBe(0)
      // The temporary directory stores them for a while, so no tool runs.
      const runs = await toolRuns()
      await expectServed()
      expect(await toolRuns()).toBe(runs)
      expect(logged('the cache is not writable')).toHaveLength(1)
      expect(await metric('differ_cache_writable')).toBe(0)
      expect((await service.ask('/health')).headers['x-differ-degraded']).toBe('cache')

      await mendDisk(disk)
      await eventually(async () => expect(await metric('differ_cache_writable')).toBe(1))
      expect(logged('writable again')).toHaveLength(1)
      ;({ old, new: changed } = await addPair(service, `disk-${count++}`))
      await expectServed()
      expect(await countCached()).toBe(1)
    },
  )

  it('if almost full, caches what fits, and all diffs are served', async () => {
    await start()
    for (const leave of [4, 8, 12, 16, 20, 24, 32, 48]) {
      await disk.fill(leave * 1024)
      await expectServed()
      await disk.clear()
      ;({ old, new: changed } = await addPair(service, `disk-${count++}`))
    }
    expect(service.log.filter(({ level }) => Number(level) >= 50)).toEqual([])
  })

  it('if full, does not break a debdiff that is streamed while it is made', async () => {
    await start()
    await disk.fill()
    const { status, text } = await service.ask(`/debdiff/${old}/${changed}/stream`)
    expect(status).toBe(200)
    expect(text).toBe((await get('debdiff')).text)
  })

  it('if it becomes read-only while a diff is made, is cleaned up when it can be written again', async () => {
    disk = mountDisk(8 << 20)
    const gate = await makeGate(join(disk.path, 'gate'))
    onTestFinished(() => disk.unmount())
    const env = { ...gate.env, DIFFER_CACHE_PATH: join(disk.path, 'cache'), DIFFER_CACHE_MIN_FREE: '0' }
    service = await startService({ databaseUrl: postgres.url, env })
    onTestFinished(() => service.close())
    const incoming = async () => {
      const names = await readdir(join(disk.path, 'cache/differ/incoming'), { recursive: true })
      return names.filter((name) => name.includes('/'))
    }
    // The diff may be published before the disk is read-only, which is only possible when the tool has ended, because
    // its report is open for writing until then.
    await eventually(async () => {
      await disk.setReadOnly(false)
      // Otherwise the report of equal packages would be repeated.
      await rm(join(disk.path, 'cache/differ/entries/part'), { recursive: true, force: true })
      ;({ old, new: changed } = await addPair(service, `disk-${count++}`))
      await gate.close()
      const started = (await gate.started()).length
      const response = get('diffoscope')
      await eventually(async () => expect((await gate.started()).length).toBeGreaterThan(started))
      await gate.open()
      await disk.setReadOnly(true)
      expect((await response).status).toBe(200)
      expect((await incoming()).length).toBeGreaterThan(0)
    })
    await disk.setReadOnly(false)
    await eventually(async () => {
      expect(await metric('differ_cache_writable')).toBe(1)
      expect(await incoming()).toEqual([])
    })
  })

  it('if read-only at the start, does not keep the service from starting', async () => {
    await start({}, async (empty) => {
      await mkdir(join(empty.path, 'cache'))
      await empty.setReadOnly(true)
    })
    await expectServed()
    await disk.setReadOnly(false)
    await eventually(async () => expect(await metric('differ_cache_writable')).toBe(1))
    ;({ old, new: changed } = await addPair(service, `disk-${count++}`))
    await expectServed()
    expect(await countCached()).toBe(1)
  })

  it('if read-only, serves a report of the old service without storing its index, filtered, too', async () => {
    await start()
    const report = Buffer.from((await get('diffoscope', 'application/json')).text)
    const pair = await addPair(service, `disk-${count++}`)
    await writeFile(join(disk.path, `cache/diffoscope/${pair.old}_${pair.new}.json`), report)
    ;({ old, new: changed } = pair)
    await disk.setReadOnly(true)
    for (const query of ['', '?filter_boring'])
      expect((await service.ask(`/diffoscope/${old}/${changed}${query}`)).status).toBe(200)
    await disk.setReadOnly(false)
  })

  it('if full of unused entries, gets them evicted, and caches new diffs', async () => {
    const longAgo = new Date(Date.now() - 3_600_000)
    await start({ DIFFER_CACHE_MIN_FREE: '2' }, async ({ path }) => {
      await mkdir(join(path, 'cache/debdiff'), { recursive: true })
      for (let i = 0; i < 75; i++) {
        const entry = join(path, `cache/debdiff/old${i}_x`)
        await writeFile(entry, `${'x'.repeat(100_000)}\n`)
        await utimes(entry, longAgo, longAgo)
      }
    })
    await eventually(async () => expect(await metric('differ_cache_free_bytes')).toBeGreaterThan(2e6))
    await expectServed()
    expect(await readdir(join(disk.path, 'cache/debdiff'))).toContain(`${old}_${changed}`)
    expect(await metric('differ_cache_evicted_total{part="debdiff"}')).toBeGreaterThan(10)
  })

  it('if full together with the temporary directory, causes a typed error, but serves cached diffs', async () => {
    disk = mountDisk(8 << 20)
    onTestFinished(() => disk.unmount())
    const [temp, cache] = [join(disk.path, 'temp'), join(disk.path, 'cache')]
    await mkdir(temp)
    const places = { root: disk.path, data: disk.path, artifacts: join(disk.path, 'artifacts'), temp, cache }
    service = await startService({ databaseUrl: postgres.url, places })
    onTestFinished(() => service.close())
    ;({ old, new: changed } = await addPair(service, `disk-${count++}`))
    await expectServed()
    const cached = { old, new: changed }
    const pair = await addPair(service, `disk-${count++}`)
    await disk.fill()

    ;({ old, new: changed } = pair)
    for (const kind of KINDS) {
      const { status, headers, text } = await get(kind)
      expect([status, headers['retry-after'], text]).toEqual([
        503,
        '10',
        expect.stringMatching(/disk is full/),
      ])
    }
    const { data } = await service.graphql(
      `query ($old: String!, $new: String!) { comparison(old: $old, new: $new) { ... on Comparison {
        debdiff(mode: WAIT) { __typename ... on OverloadedError { retryAfterMs } } } } }`,
      pair,
    )
    expect(data.comparison.debdiff).toEqual({ __typename: 'OverloadedError', retryAfterMs: 10_000 })
    expect(service.log.filter(({ msg }) => String(msg).includes('unexpectedly'))).toEqual([])

    ;({ old, new: changed } = cached)
    await expectServed()
    await disk.clear()
    ;({ old, new: changed } = pair)
    await eventually(expectServed)
    await eventually(async () => expect((await tracesOf(places)).processes).toEqual(NO_TRACES.processes))
    await service.close()
    expect(await remainsOf(places)).toEqual(NO_TRACES)
  })
})
