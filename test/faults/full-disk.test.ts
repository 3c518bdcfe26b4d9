/** The disk of the cache full, read-only, or too small: diffs are served and not kept; it recovers by itself. */
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { startPostgres, type TestPostgres } from '../fixtures/postgres.ts'
import {
  addPair,
  eventually,
  makeGate,
  NO_TRACES,
  remainsOf,
  startService,
  type TestService,
  tracesOf,
} from '../fixtures/service.ts'
import { mountDisk, NO_MOUNTS, type SmallDisk } from '../fixtures/tmpfs.ts'

if (NO_MOUNTS) console.warn(`skipped: no file system can be mounted here (${NO_MOUNTS})`)

let postgres: TestPostgres
beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(() => postgres?.stop())

const KINDS = ['debdiff', 'diffoscope'] as const
let count = 0

describe.skipIf(NO_MOUNTS !== null)('the disk of the cache', () => {
  let disk: SmallDisk
  let service: TestService
  let old: string
  let fresh: string
  async function start(env: Record<string, string> = {}, prepare = async (_: SmallDisk) => {}) {
    disk = mountDisk(8 << 20)
    onTestFinished(() => disk.unmount())
    await prepare(disk)
    const settings = { DIFFER_CACHE_PATH: join(disk.path, 'cache'), DIFFER_CACHE_MIN_FREE: '0', ...env }
    service = await startService({ databaseUrl: postgres.url, env: settings })
    onTestFinished(() => service.close())
    ;({ old, new: fresh } = await addPair(service, `disk-${count++}`))
  }
  const get = (kind: string, format = 'text/plain') =>
    service.ask(`/${kind}/${old}/${fresh}`, { headers: { accept: format } })
  const metric = async (name: string) =>
    Number(
      new RegExp(`^${name.replace(/[{}]/g, '\\$&')} (\\S+)$`, 'm').exec(
        (await service.ask('/metrics')).text,
      )?.[1],
    )
  const toolRuns = () => metric('differ_tool_duration_seconds_count{tool="debdiff"}')
  const kept = async () => (await readdir(join(disk.path, 'cache/debdiff')).catch(() => [])).length
  const said = (text: string) => service.log.filter(({ msg }) => String(msg).includes(text))

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
    '%s: diffs are made, served and not kept; with a warning, and until it takes them again',
    async (_what, breakIt, mendIt) => {
      await start()
      await breakIt(disk)
      await expectServed()
      expect(await kept()).toBe(0)
      // Again, from where they are for a while: no tool runs.
      const runs = await toolRuns()
      await expectServed()
      expect(await toolRuns()).toBe(runs)
      expect(said('the cache takes nothing')).toHaveLength(1)
      expect(await metric('differ_cache_writable')).toBe(0)
      expect((await service.ask('/health')).headers['x-differ-degraded']).toBe('cache')

      await mendIt(disk)
      await eventually(async () => expect(await metric('differ_cache_writable')).toBe(1))
      expect(said('takes diffs again')).toHaveLength(1)
      ;({ old, new: fresh } = await addPair(service, `disk-${count++}`))
      await expectServed()
      expect(await kept()).toBe(1)
    },
  )

  it('full but for a few bytes: what finds room is kept, and all is served', async () => {
    await start()
    for (const leave of [4, 8, 12, 16, 20, 24, 32, 48]) {
      await disk.fill(leave * 1024)
      await expectServed()
      await disk.clear()
      ;({ old, new: fresh } = await addPair(service, `disk-${count++}`))
    }
    expect(service.log.filter(({ level }) => Number(level) >= 50)).toEqual([])
  })

  it('full under a debdiff that streams: it comes whole', async () => {
    await start()
    await disk.fill()
    const { status, text } = await service.ask(`/debdiff/${old}/${fresh}/stream`)
    expect(status).toBe(200)
    expect(text).toBe((await get('debdiff')).text)
  })

  it('read-only from the midst of a diff on: what was written there goes when it may', async () => {
    disk = mountDisk(8 << 20)
    const gate = await makeGate(join(disk.path, 'gate'))
    onTestFinished(() => disk.unmount())
    const env = { ...gate.env, DIFFER_CACHE_PATH: join(disk.path, 'cache'), DIFFER_CACHE_MIN_FREE: '0' }
    service = await startService({ databaseUrl: postgres.url, env })
    onTestFinished(() => service.close())
    ;({ old, new: fresh } = await addPair(service, `disk-${count++}`))
    await gate.close()
    const asked = get('diffoscope')
    await eventually(async () => expect(await gate.started()).toHaveLength(1))
    await gate.open()
    // Its report is open for writing until the tool ends: only then can the disk be made read-only.
    await disk.setReadOnly(true)
    expect((await asked).status).toBe(200)
    const incoming = async () => {
      const names = await readdir(join(disk.path, 'cache/differ/incoming'), { recursive: true })
      return names.filter((name) => name.includes('/'))
    }
    expect((await incoming()).length).toBeGreaterThan(0)
    await disk.setReadOnly(false)
    await eventually(async () => {
      expect(await metric('differ_cache_writable')).toBe(1)
      expect(await incoming()).toEqual([])
    })
  })

  it('full at the start, or not to be written to: the service starts, and serves', async () => {
    await start({}, async (empty) => {
      await mkdir(join(empty.path, 'cache'))
      await empty.setReadOnly(true)
    })
    await expectServed()
    await disk.setReadOnly(false)
    await eventually(async () => expect(await metric('differ_cache_writable')).toBe(1))
    ;({ old, new: fresh } = await addPair(service, `disk-${count++}`))
    await expectServed()
    expect(await kept()).toBe(1)
  })

  it('full, with a report of the old service whose index finds no room: it is served, filtered too', async () => {
    await start()
    const report = Buffer.from((await get('diffoscope', 'application/json')).text)
    const pair = await addPair(service, `disk-${count++}`)
    await writeFile(join(disk.path, `cache/diffoscope/${pair.old}_${pair.new}.json`), report)
    ;({ old, new: fresh } = pair)
    await disk.setReadOnly(true)
    for (const query of ['', '?filter_boring'])
      expect((await service.ask(`/diffoscope/${old}/${fresh}${query}`)).status).toBe(200)
    await disk.setReadOnly(false)
  })

  it('full of what was not asked for: that goes, and what is new is kept', async () => {
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
    expect(await readdir(join(disk.path, 'cache/debdiff'))).toContain(`${old}_${fresh}`)
    expect(await metric('differ_cache_evicted_total{part="debdiff"}')).toBeGreaterThan(10)
  })

  it('and the temporary directory on the same full disk: a typed error that says when to come back, and cached diffs are served', async () => {
    disk = mountDisk(8 << 20)
    onTestFinished(() => disk.unmount())
    const [temp, cache] = [join(disk.path, 'temp'), join(disk.path, 'cache')]
    await mkdir(temp)
    const places = { root: disk.path, data: disk.path, artifacts: join(disk.path, 'artifacts'), temp, cache }
    service = await startService({ databaseUrl: postgres.url, places })
    onTestFinished(() => service.close())
    ;({ old, new: fresh } = await addPair(service, `disk-${count++}`))
    await expectServed()
    const cached = { old, new: fresh }
    const pair = await addPair(service, `disk-${count++}`)
    await disk.fill()

    ;({ old, new: fresh } = pair)
    for (const kind of KINDS) {
      const { status, headers, text } = await get(kind)
      expect([status, headers['retry-after'], text]).toEqual([503, '10', expect.stringMatching(/disk is full/)])
    }
    const { data } = await service.graphql(
      '($old: String!, $new: String!) { comparison(old: $old, new: $new) { ... on Comparison { debdiff(mode: WAIT) { __typename ... on OverloadedError { retryAfterMs } } } } }'.replace(
        /^/,
        'query ',
      ),
      pair,
    )
    expect(data.comparison.debdiff).toEqual({ __typename: 'OverloadedError', retryAfterMs: 10_000 })
    expect(service.log.filter(({ msg }) => String(msg).includes('unexpectedly'))).toEqual([])

    ;({ old, new: fresh } = cached)
    await expectServed()
    await disk.clear()
    ;({ old, new: fresh } = pair)
    await eventually(expectServed)
    await eventually(async () => expect((await tracesOf(places)).processes).toEqual(NO_TRACES.processes))
    await service.close()
    expect(await remainsOf(places)).toEqual(NO_TRACES)
  })
})
