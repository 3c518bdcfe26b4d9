/**
 * File descriptors run out, the cache is not writable, the clock jumps: every response is right or a typed
 * error.
 */
import { spawnSync } from 'node:child_process'
import { chmod, chown, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { removeTree } from '../../src/diff/tools/remove-tree.ts'
import { createTestDatabase, type TestDatabase } from '../fixtures/database.ts'
import { buildRun } from '../fixtures/packages.ts'
import { seedRuns } from '../fixtures/postgres.ts'
import {
  type Answer,
  addPair,
  ask,
  eventually,
  makePlaces,
  NEW_PACKAGES,
  OLD_PACKAGES,
  type Places,
  rememberingTools,
  startService,
} from '../fixtures/service.ts'
import { type ServiceProcess, serve } from '../service/processes.ts'

const PAIRS = 6
let postgres: TestDatabase
beforeAll(async () => {
  postgres = await createTestDatabase()
  const database = await openDatabase({ url: postgres.url })
  await seedRuns(
    database,
    Array.from({ length: PAIRS }, (_, i) => [{ id: `old-${i}` }, { id: `new-${i}` }]).flat(),
  )
  await database.close()
})
afterAll(() => postgres?.stop())

async function placesWithPackages(): Promise<Places> {
  const places = await makePlaces()
  onTestFinished(() => removeTree(places.root))
  await buildRun(join(places.artifacts, 'old-0'), OLD_PACKAGES)
  await buildRun(join(places.artifacts, 'new-0'), NEW_PACKAGES)
  for (let i = 1; i < PAIRS; i++)
    for (const side of ['old', 'new'])
      spawnSync('cp', ['-r', join(places.artifacts, `${side}-0`), join(places.artifacts, `${side}-${i}`)])
  return places
}

/** Whether the response is the diff, or an error that a client can handle. */
function isRightOrTyped(answer: Answer): boolean {
  const { status, text, headers } = answer
  if (status === 200) return text.includes('lines which differ') || text.includes('kinds')
  // Without descriptors, the artifacts cannot be read.
  if (status === 502) return text.startsWith('Unable to retrieve artifacts')
  return status === 503 && headers['retry-after'] !== undefined
}

const get = (service: ServiceProcess, path: string) =>
  ask(service.url, path, { headers: { accept: 'text/plain' } })

async function filesIn(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name)
}

describe('a process without free file descriptors', () => {
  it.each([
    ['none', 'keeps watching its own memory', 'pressure'],
    ['none', 'leaves no descriptor open for a tool that it could not start', 'starts'],
    ['bubblewrap', 'leaves no descriptor open for a tool that it could not start', 'starts'],
    ['none', 'notices the end of a tool, and removes its files later', 'end'],
    ['none', 'watches the memory of a tool again when there are free ones', 'memory'],
  ])('(sandbox %s) %s', async (sandbox, _title, caseName) => {
    const program = join(import.meta.dirname, 'fixtures/without-descriptors.ts')
    // Node's mock timers are experimental.
    const node = [process.execPath, '--disable-warning=ExperimentalWarning', '--import', 'tsx']
    const args = ['--nofile=256', ...node, program, caseName, sandbox]
    const { stdout, stderr, status } = spawnSync('prlimit', args, { encoding: 'utf8' })
    expect([status, stderr]).toEqual([0, ''])
    expect(JSON.parse(stdout)).toEqual(
      {
        pressure: 'none',
        starts: { left: 0, ran: true, refused: true, others: [] },
        end: { exitCode: 0, left: [] },
        memory: { stopped: 'memory' },
      }[caseName],
    )
  })
})

describe('a service without free file descriptors', () => {
  const setLimit = ({ pid }: ServiceProcess, limit: number) =>
    spawnSync('prlimit', ['--pid', String(pid), `--nofile=${limit}:`]).status

  it('responds rightly or with a typed error, and recovers when there are free ones', async () => {
    const places = await placesWithPackages()
    const service = await serve(places, { DATABASE_URL: postgres.url })
    for (const kind of ['debdiff', 'diffoscope'])
      expect((await get(service, `/${kind}/old-0/new-0`)).status).toBe(200)
    const used = (await readdir(`/proc/${service.pid}/fd`)).length
    const statuses = new Map<number | string, number>()
    for (const spare of [1, 2, 4, 8, 16, 32]) {
      expect(setLimit(service, used + spare)).toBe(0)
      const paths = Array.from({ length: PAIRS }, (_, i) => [
        `/debdiff/old-${i}/new-${i}`,
        `/diffoscope/old-${i}/new-${i}`,
        `/diffoscope/old-0/new-0?filter_boring&n=${spare}`,
      ]).flat()
      for (const path of paths) {
        // A connection that the service cannot accept is closed.
        const answer = await get(service, path).catch((error: NodeJS.ErrnoException) => error)
        const status = answer instanceof Error ? String(answer.code) : answer.status
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
        if (answer instanceof Error) expect(answer.code).toMatch(/ECONNRESET|ECONNREFUSED|EPIPE/)
        else expect([path, answer.status, answer.text, isRightOrTyped(answer)]).toContain(true)
      }
    }
    expect([...statuses.keys()].some((status) => status !== 200)).toBe(true)
    expect(statuses.get(200)).toBeGreaterThan(0)

    expect(setLimit(service, 4096)).toBe(0)
    for (let i = 0; i < PAIRS; i++)
      await eventually(async () => {
        const answers = await Promise.all(
          ['debdiff', 'diffoscope'].map((kind) => get(service, `/${kind}/old-${i}/new-${i}`)),
        )
        expect(answers.map(({ status }) => status)).toEqual([200, 200])
      })
    await eventually(async () => {
      expect((await readdir(`/proc/${service.pid}/fd`)).length).toBeLessThan(used + 5)
      expect(await filesIn(places.temp)).toEqual([])
    })
    expect(await service.end('SIGTERM')).toBe(0)
  })
})

const IS_ROOT = process.getuid?.() === 0
if (!IS_ROOT) console.warn('skipped: only root can give the cache to another user')

describe.skipIf(!IS_ROOT)('a service that may not write to its cache (skipped unless root)', () => {
  const NOBODY = 65_534
  /**
   * Makes file permissions apply to root, which still may enter its home directory, where the program may be.
   */
  const WITHOUT_OVERRIDE = ['bounding-set', 'inh-caps'].map(
    (set) => `--${set}=-dac_override,-dac_read_search`,
  )

  it('serves diffs without caching them, and caches them again when it may', async () => {
    const places = await placesWithPackages()
    const incoming = join(places.cache, 'differ', 'incoming')
    await mkdir(incoming, { recursive: true })
    const dirs = [places.cache, join(places.cache, 'differ'), incoming]
    for (const dir of dirs) {
      await chown(dir, NOBODY, NOBODY)
      await chmod(dir, 0o755)
    }
    const service = await serve(places, { DATABASE_URL: postgres.url }, ['setpriv', ...WITHOUT_OVERRIDE])
    for (const kind of ['debdiff', 'diffoscope']) {
      const answer = await get(service, `/${kind}/old-0/new-0`)
      expect([answer.status, isRightOrTyped(answer)]).toEqual([200, true])
    }
    expect(service.stderr()).toMatch(/cannot write to the cache/)
    expect(await readdir(places.cache)).toEqual(['differ'])

    for (const dir of dirs) await chmod(dir, 0o777)
    await eventually(async () =>
      expect((await get(service, '/metrics')).text).toMatch(/^differ_cache_writable 1$/m),
    )
    expect((await get(service, '/debdiff/old-1/new-1')).status).toBe(200)
    expect(await readdir(join(places.cache, 'debdiff'))).toEqual(['old-1_new-1'])
    expect(await service.end('SIGTERM')).toBe(0)
  })
})

describe('a clock that jumps', () => {
  afterEach(() => void vi.useRealTimers())
  const YEAR_MS = 365 * 86_400_000

  it.each([
    ['a year forward', YEAR_MS],
    ['twenty years back', -20 * YEAR_MS],
  ])('does not affect diffs that are made, cached and evicted: %s', async (_title, jumpMs) => {
    const service = await startService({
      databaseUrl: postgres.url,
      env: { ...(await rememberingTools()), DIFFER_CACHE_MAX_SIZE: '1' },
    })
    onTestFinished(() => service.close())
    const expectServed = async (name: string) => {
      const pair = await addPair(service, name)
      for (const kind of ['debdiff', 'diffoscope'])
        for (let time = 0; time < 2; time++)
          expect((await service.ask(`/${kind}/${pair.old}/${pair.new}`)).status).toBe(200)
    }
    const name = `clock${jumpMs < 0 ? '-back' : '-forward'}`
    await expectServed(`${name}-1`)
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + jumpMs })
    await expectServed(`${name}-2`)
    for (let time = 0; time < 3; time++)
      for (const kind of ['debdiff', 'diffoscope'])
        expect((await service.ask(`/${kind}/${name}-1-old/${name}-1-new?n=${time}`)).status).toBe(200)
    vi.useRealTimers()
    await expectServed(`${name}-3`)
    expect(service.log.filter(({ level }) => Number(level) >= 50)).toEqual([])
  })
})
