/** `differ doctor` as a process, and each of its checks: with real tools and services, and with broken ones. */
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkDirectories } from '../../../src/commands/doctor/directories.ts'
import type { Finding } from '../../../src/commands/doctor/finding.ts'
import { checkServices } from '../../../src/commands/doctor/services.ts'
import { checkTools } from '../../../src/commands/doctor/tools.ts'
import { type Config, loadConfig } from '../../../src/config/load.ts'
import { startFakeGcs } from '../../artifacts/fake-gcs.ts'
import { createTestDatabase, type TestDatabase } from '../../fixtures/database.ts'
import { makePlaces, NO_TRACES, type Places, remainsOf } from '../../fixtures/service.ts'
import { differ, serve } from '../../service/processes.ts'

let dir: string
/** Contains `diffoscope`, which says its version and that it uses no programs. */
let tools: string
let postgres: TestDatabase
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'differ-doctor-'))
  tools = await mkdtemp(join(tmpdir(), 'differ-doctor-tools-'))
  await mkdir(join(dir, 'artifacts'))
  await writeTool(join(tools, 'diffoscope'), 'diffoscope 240')
  postgres = await createTestDatabase()
})
afterAll(async () => {
  await postgres?.stop()
  for (const path of [dir, tools]) await rm(path, { recursive: true, force: true })
})

/** Writes a script that prints its version, and that it lacks the programs `lacking`. */
async function writeTool(path: string, version: string, lacking = ''): Promise<void> {
  const answers = `--version) echo "${version}";; *) echo "External-Tools-Required: ${lacking}";;`
  await writeFile(path, `#!/bin/sh\ncase $1 in ${answers} esac\n`)
  await chmod(path, 0o755)
}

/** The real diffoscope and the dozens of programs that it uses take seconds to start. */
const REAL_DIFFOSCOPE = { DIFFER_DIFFOSCOPE_COMMAND: 'diffoscope' }

const settings = () => ({
  DATABASE_URL: postgres.url,
  ARTIFACT_LOCATION: join(dir, 'artifacts'),
  DIFFER_CACHE_PATH: join(dir, 'cache'),
  DIFFER_TEMP_PATH: dir,
  DIFFER_DIFFOSCOPE_COMMAND: join(tools, 'diffoscope'),
})

/** What one of the checks finds, without starting the command. */
async function examine(check: (config: Config) => Promise<Finding[]>, env: Record<string, string> = {}) {
  const findings = await check(loadConfig({ flags: {}, env: { ...settings(), ...env } }))
  return { findings, of: (name: string) => findings.find((finding) => finding.name === name) }
}

describe('differ doctor', () => {
  it('finds the versions of the tools, starts the programs of diffoscope, and finds no failure on a working machine', async () => {
    const { code, stdout, stderr } = await differ(['doctor', '--json'], {
      cwd: dir,
      env: { ...settings(), ...REAL_DIFFOSCOPE },
    })
    expect(stderr).toBe('')
    const { findings } = JSON.parse(stdout) as { findings: Finding[] }
    const of = (name: string) => findings.find((finding) => finding.name === name)
    expect(of('debdiff')).toMatchObject({ status: 'ok', found: expect.stringMatching(/^\d+\.\d+/) })
    expect(of('diffoscope')).toMatchObject({ status: 'ok', found: expect.stringMatching(/^\d{3}$/) })
    expect(of('dpkg-deb')).toMatchObject({ status: 'ok', found: expect.stringMatching(/^1\.\d+\.\d+$/) })
    expect(of('prlimit')).toMatchObject({ status: 'ok', found: expect.stringMatching(/^2\.\d+/) })
    expect(of('wdiff')).toMatchObject({ status: 'ok', found: expect.stringMatching(/^1\.\d/) })
    expect(of('database')).toMatchObject({ status: 'ok' })
    expect(of('search')).toMatchObject({
      status: 'warning',
      found: expect.stringMatching(
        /no trigram index on run\.codebase, run\.suite, run\.id, debian_build\.source/,
      ),
      advice: expect.stringContaining('docs/operations.md'),
    })
    expect(of('redis')).toMatchObject({ status: 'ok', found: expect.stringContaining('not configured') })
    expect(of('artifacts')).toMatchObject({ status: 'ok' })
    expect(of('cache')).toMatchObject({ status: expect.stringMatching(/ok|warning/) })
    expect(of('comparators run')).toMatchObject({
      status: 'ok',
      found: expect.stringMatching(/^all [1-9]\d* start/),
    })
    expect(findings.filter(({ status }) => status === 'failed')).toEqual([])
    expect(code).toBe(0)
    // It leaves no files behind.
    expect(await readdir(dir)).toEqual(['artifacts'])
  })

  it.each([
    ['236', 'warning'],
    ['99', 'warning'],
    ['240', 'ok'],
    ['300', 'ok'],
  ])('judges the version of diffoscope: %s', async (version, status) => {
    const tool = join(tools, 'old-or-new')
    await writeTool(tool, `diffoscope ${version}`)
    const { of } = await examine(checkTools, { DIFFER_DIFFOSCOPE_COMMAND: tool })
    expect(of('diffoscope')).toMatchObject({ status, found: expect.stringMatching(`^${version}`) })
  })

  it('does not create the embedded database', async () => {
    const embedded = { DATABASE_URL: '', DIFFER_DATA_DIR: join(dir, 'data') }
    const [services, tools] = await Promise.all([
      examine(checkServices, embedded),
      examine(checkTools, embedded),
    ])
    expect(services.of('database')).toMatchObject({
      status: 'ok',
      found: expect.stringContaining('first start'),
    })
    expect(tools.of('flock')).toMatchObject({ status: 'ok' })
    expect(await readdir(dir)).toEqual(['artifacts'])
  })

  it.each<
    [
      what: string,
      check: (config: Config) => Promise<Finding[]>,
      env: () => Record<string, string>,
      name: string,
      found: RegExp,
    ]
  >([
    [
      'a missing tool',
      checkTools,
      () => ({ DIFFER_DIFFOSCOPE_COMMAND: '/no/such/tool' }),
      'diffoscope',
      /^\/no\/such\/tool is not installed$/,
    ],
    [
      'a failing tool',
      checkTools,
      () => ({ DIFFER_DEBDIFF_COMMAND: 'sh /no-such-file' }),
      'debdiff',
      /cannot open .no-such-file/,
    ],
    [
      'an unreachable database',
      checkServices,
      () => ({ DATABASE_URL: 'postgresql://differ:hush@127.0.0.1:1/janitor' }),
      'database',
      /ECONNREFUSED/,
    ],
    [
      'a database without the tables',
      checkServices,
      () => ({ DATABASE_URL: postgres.url.replace(/\w+$/, 'postgres') }),
      'database',
      /relation .* does not exist/,
    ],
    [
      'an unreachable database of the state',
      checkServices,
      () => ({ DIFFER_STATE_DATABASE_URL: 'postgresql://differ:hush@127.0.0.1:1/state' }),
      'state',
      /ECONNREFUSED/,
    ],
    ['an unreachable Redis', checkServices, () => ({ REDIS_URL: 'redis://:hush@127.0.0.1:1' }), 'redis', /./],
    [
      'a missing directory of artifacts',
      checkServices,
      () => ({ ARTIFACT_LOCATION: '/no/such/dir' }),
      'artifacts',
      /ENOENT/,
    ],
    [
      'a cache path that is a file',
      checkDirectories,
      () => ({ DIFFER_CACHE_PATH: join(dir, 'file/x') }),
      'cache',
      /ENOTDIR/,
    ],
    [
      'a temporary path that is a file',
      checkDirectories,
      () => ({ DIFFER_TEMP_PATH: join(dir, 'file') }),
      'temporary directory',
      /EEXIST|ENOTDIR/,
    ],
  ])('reports %s and what to do', async (_, check, env, name, found) => {
    await writeFile(join(dir, 'file'), '')
    try {
      const { of, findings } = await examine(check, env())
      expect(of(name)).toMatchObject({
        status: 'failed',
        found: expect.stringMatching(found),
        advice: expect.stringMatching(/^[A-Z].*\.$/),
      })
      expect(JSON.stringify(findings)).not.toContain('hush')
    } finally {
      await rm(join(dir, 'file'))
    }
  })

  it('checks whether a bucket exists', async () => {
    const fake = await startFakeGcs()
    const env = { STORAGE_EMULATOR_HOST: fake.endpoint }
    const existing = await examine(checkServices, { ...env, ARTIFACT_LOCATION: 'gs://builds/' })
    const missing = await examine(checkServices, { ...env, ARTIFACT_LOCATION: 'gs://elsewhere/' })
    await fake.close()
    expect(existing.of('artifacts')).toMatchObject({ status: 'ok' })
    expect(missing.of('artifacts')).toMatchObject({ status: 'failed', found: expect.stringContaining('404') })
  })

  it.each([
    [
      'warns if common programs are missing',
      'aapt2, xz, zstd',
      'warning',
      'diffoscope lacks xz, zstd; it lacks aapt2 for rare formats',
    ],
    [
      'accepts that rare programs are missing',
      'aapt2, dexdump',
      'ok',
      'diffoscope finds all common programs; it lacks aapt2, dexdump for rare formats',
    ],
  ])('%s', async (_, lacking, status, found) => {
    const tool = join(tools, 'lacking')
    await writeTool(tool, 'diffoscope 240', lacking)
    const { of } = await examine(checkTools, { DIFFER_DIFFOSCOPE_COMMAND: tool })
    expect(of('comparators')).toMatchObject({ status, found })
  })

  it('warns if the temporary directory may be too small', async () => {
    const { of } = await examine(checkDirectories, {
      DIFFER_TASK_TEMP_LIMIT: '1000000',
      DIFFER_MAX_CONCURRENT_DIFFS: '1000',
    })
    expect(of('temporary directory')).toMatchObject({
      status: 'warning',
      advice: expect.stringContaining('GB'),
    })
  })

  it('prints one line per check with its advice, and totals, and exits with 1 after a failure', async () => {
    const { code, stdout } = await differ(['doctor', '--artifact-location', '/no/such/dir'], {
      cwd: dir,
      env: settings(),
    })
    expect(code).toBe(1)
    expect(stdout).toMatch(/^ok +debdiff +2\./)
    expect(stdout).toMatch(/\nfailed +artifacts +\/no\/such\/dir: ENOENT\n +Check that/)
    expect(stdout).toMatch(/\n\d+ ok, \d+ warnings, 1 failed\n$/)
  })
})

describe('differ serve', () => {
  let places: Places
  beforeAll(async () => {
    places = await makePlaces()
  })
  afterAll(() => rm(places.root, { recursive: true, force: true }))

  it('logs the versions of the tools after it has started listening', async () => {
    const tool = join(places.root, 'diffoscope')
    const released = join(places.root, 'released')
    await writeFile(tool, `#!/bin/sh\nuntil [ -e ${released} ]; do sleep 0.05; done\necho diffoscope 999\n`)
    await chmod(tool, 0o755)
    const service = await serve(places, { DATABASE_URL: postgres.url, DIFFER_DIFFOSCOPE_COMMAND: tool })
    expect(service.stderr()).not.toContain('"tools":')
    await writeFile(released, '')
    await expect.poll(service.stderr).toMatch(/"tools":\{"debdiff":"2\.[^}]*"diffoscope":"999"/)
    expect(await service.end('SIGTERM')).toBe(0)
  })

  it('stops a tool that does not print its version when it shuts down', async () => {
    const tool = join(places.root, 'diffoscope')
    await writeFile(tool, '#!/bin/sh\nexec sleep 120\n')
    const service = await serve(places, { DATABASE_URL: postgres.url, DIFFER_DIFFOSCOPE_COMMAND: tool })
    const began = performance.now()
    expect(await service.end('SIGTERM')).toBe(0)
    // Well below the time that the tool sleeps and the limits of the service.
    expect(performance.now() - began).toBeLessThan(200_000)
    expect(await remainsOf(places)).toEqual(NO_TRACES)
  })
})
