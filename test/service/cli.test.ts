/** The command line in a directory, as a process, or in this one where that makes no difference. */
import { mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Database, openDatabase } from '../../src/db/database.ts'
import { removeTree } from '../../src/diff/tools/remove-tree.ts'
import { differHere } from '../fixtures/command-line.ts'
import { createTestDatabase, type TestDatabase } from '../fixtures/database.ts'
import { buildRun, type PackageSpec } from '../fixtures/packages.ts'
import {
  ask,
  askGraphql,
  makePlaces,
  NEW_PACKAGES,
  NO_TRACES,
  OLD_PACKAGES,
  type Places,
  remainsOf,
  rememberingTools,
  serviceFixture,
  settingsFor,
} from '../fixtures/service.ts'
import { differ, serve } from './processes.ts'

/** The same package, built from the source package tea. */
const ofTea = (spec: PackageSpec): PackageSpec => ({ ...spec, control: { ...spec.control, Source: 'tea' } })

/**
 * The working directory of the commands: packages are in `old/` and `new/`, everything else is in `.differ/`.
 */
let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'differ-cli-'))
  await Promise.all([
    buildRun(join(dir, 'old'), OLD_PACKAGES.map(ofTea)),
    buildRun(join(dir, 'new'), NEW_PACKAGES.map(ofTea)),
  ])
})
afterAll(() => removeTree(dir))

const run = (args: string, env: Record<string, string> = {}) =>
  differ(words(args), { cwd: dir, env: { DIFFER_TEMP_PATH: join(dir, 'temp'), ...env } })
const runHere = (args: string, env: Record<string, string> = {}) =>
  differHere(words(args), { cwd: dir, env: { DIFFER_TEMP_PATH: join(dir, 'temp'), ...env } })
const words = (args: string) => args.split(' ').filter(Boolean)

describe('differ diff', () => {
  const oldTea = 'old/tea_1.0-1_all.deb'
  const newTea = 'new/tea_1.0-1+jan1_all.deb'

  it.each([
    { args: `old new`, code: 1, holds: ['+weiß', 'Package is only in the old run'], lacks: ['\x1b'] },
    // Two files are compared with each other, directories by the names of the packages.
    {
      args: `${oldTea} old/tea-old_1.0-1_all.deb`,
      code: 1,
      holds: ['--- tea_1.0-1_all.deb', '+++ tea-old_1.0-1_all.deb', 'usr/share/tea/old-only'],
      lacks: ['Package is only in'],
    },
    { args: `${oldTea} ${newTea}`, code: 1, holds: ['--- tea', '-schwarz'], lacks: ['Package is only in'] },
    { args: `old/ new/ --tool debdiff`, code: 1, holds: ['Depends: libc6 (>= [-2.34)'], lacks: [] },
    {
      args: `${oldTea} ${newTea} --tool debdiff --filter-boring`,
      code: 1,
      holds: ['Depends: libc6'],
      lacks: ['Version: ['],
    },
    { args: `${oldTea} ${newTea} --tool debdiff --format json`, code: 1, holds: ['"debdiff"'], lacks: [] },
    {
      args: `${oldTea} ${newTea} --tool debdiff --format html`,
      code: 1,
      holds: ['<h4>', '(&gt;= <span'],
      lacks: [],
    },
    {
      args: `${oldTea} ${newTea} --tool debdiff --format markdown`,
      code: 1,
      holds: ['### ', '* Depends: '],
      lacks: [],
    },
    { args: `${oldTea} ${oldTea} --tool debdiff`, code: 0, holds: ['File lists identical'], lacks: [] },
    { args: `${oldTea} ${oldTea}`, code: 0, holds: [], lacks: ['@@'] },
  ])('exits with $code for: $args', async ({ args, code, holds, lacks }) => {
    // Directories are compared by a process with the real tools.
    const ended = await (args.startsWith('old/tea')
      ? runHere(`diff ${args}`, await rememberingTools())
      : run(`diff ${args}`))
    expect([ended.code, ended.stderr]).toEqual([code, ''])
    for (const text of holds) expect(ended.stdout).toContain(text)
    for (const text of lacks) expect(ended.stdout).not.toContain(text)
    expect(await readdir(join(dir, 'temp'))).toEqual([])
  })

  it('prints the report of diffoscope in each format', async () => {
    const json = await runHere('diff old new --format json', await rememberingTools())
    expect([json.code, json.stderr]).toEqual([1, ''])
    expect(json.stdout).toContain('"diffoscope-json-version"')
    // The other formats are made of the same report.
    await writeFile(join(dir, 'report.json'), json.stdout)
    const env = {
      DIFFER_SANDBOX: 'off',
      DIFFER_DIFFOSCOPE_COMMAND: `${serviceFixture('replays')} ${join(dir, 'report.json')}`,
    }
    for (const [format, holds] of [
      ['html', ['<html', 'weiß']],
      ['markdown', ['## ', '+weiß']],
    ] as const) {
      const { code, stdout, stderr } = await runHere(`diff old new --format ${format}`, env)
      expect([format, code, stderr]).toEqual([format, 1, ''])
      for (const text of holds) expect(stdout).toContain(text)
    }
  })

  it('writes the result to a file, or no file if it fails', async () => {
    const tools = await rememberingTools()
    const printed = await runHere('diff old new --tool debdiff', tools)
    const written = await runHere('diff old new --tool debdiff -o result.txt', tools)
    expect([written.code, written.stdout, written.stderr]).toEqual([1, '', ''])
    expect(await readFile(join(dir, 'result.txt'), 'utf8')).toBe(printed.stdout)
    const failed = await runHere('diff old new -o failed.txt', {
      DIFFER_DIFFOSCOPE_COMMAND: `${serviceFixture('fails')} 3`,
    })
    expect(failed.code).toBe(2)
    expect((await readdir(dir)).filter((name) => name.startsWith('failed'))).toEqual([])
  })

  it.each([
    { args: 'diff old nowhere', says: [/Run nowhere does not exist/] },
    { args: 'diff old empty', says: [/empty contains no \.deb, \.udeb or \.ddeb files/] },
    {
      args: 'diff old notes.txt',
      says: [/The name of \S+notes\.txt must have the form NAME_VERSION.*; rename it/],
    },
    { args: 'diff old fake_1_all.deb', says: [/fake_1_all\.deb is not a Debian binary package/] },
    { args: 'diff old new -o no/such/directory', says: [/no\/such\/directory/] },
  ])('exits with 2 and a sentence for: $args', async ({ args, says }) => {
    await mkdir(join(dir, 'empty'), { recursive: true })
    await writeFile(join(dir, 'notes.txt'), 'no package')
    await writeFile(join(dir, 'fake_1_all.deb'), 'no package')
    const { code, stdout, stderr } = await runHere(args, await rememberingTools())
    expect([code, stdout]).toEqual([2, ''])
    for (const text of says) expect(stderr).toMatch(text)
    // One sentence without a stack trace.
    expect(stderr).toMatch(/^differ: [^\n]+\n$/)
  })

  it('prints the error output of a tool that fails', async () => {
    const { code, stdout, stderr } = await run('diff old new', {
      DIFFER_DIFFOSCOPE_COMMAND: `${serviceFixture('fails')} 3`,
    })
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/^differ: diffoscope failed with exit code 3:\ncannot read .*member\n$/)
  })
})

describe('differ import', () => {
  const embedded = () => ({ DIFFER_DATA_DIR: join(dir, 'data') })

  it('registers two builds that can be compared by their ids', async () => {
    const changed = await run('import with-patch new', embedded())
    expect(changed).toEqual({
      code: 0,
      stdout: 'Imported run with-patch: tea 1.0-1+jan1, 3 packages\n',
      stderr: '',
    })
    const control = await run(
      'import without-patch old --unchanged-of with-patch --campaign unchanged',
      embedded(),
    )
    expect(control).toMatchObject({ code: 0, stderr: '' })
    const diff = await runHere('diff without-patch with-patch --tool debdiff', embedded())
    expect([diff.code, diff.stderr]).toEqual([1, ''])
    expect(diff.stdout).toContain('Depends: libc6')
    // Finished runs do not change, so their diff is cached.
    expect(await readdir(join(dir, 'data', 'cache', 'debdiff'))).toEqual(['without-patch_with-patch'])
  })

  describe('into a database that another process has opened', () => {
    // Each command would open it otherwise, which takes more time than all else that it does.
    let database: Database
    beforeAll(async () => {
      database = await openDatabase({ embeddedDir: join(dir, 'data') })
    })
    afterAll(() => database?.close())

    it.each([
      { args: 'import with-patch old', says: /Run with-patch already has other packages/ },
      { args: 'import ../climbs old', says: /"\.\.\/climbs" cannot be the id of a run/ },
      { args: 'import lonely nowhere', says: /nowhere does not exist/ },
      {
        args: 'import lonely old --source coffee',
        says: /No package is built from coffee; they are built from /,
      },
      { args: 'import lonely old --unchanged-of nobody', says: /Run nobody does not exist/ },
    ])('exits with 2 and a sentence for: $args', async ({ args, says }) => {
      const { code, stdout, stderr } = await runHere(args, embedded())
      expect([code, stdout]).toEqual([2, ''])
      expect(stderr).toMatch(says)
      expect(stderr).toMatch(/^differ: [^\n]+\n$/)
    })

    it('changes nothing if it is repeated', async () => {
      const again = await runHere('import with-patch new', embedded())
      expect(again).toMatchObject({ code: 0, stderr: '' })
    })

    it('writes to the database of another service only with --write-foreign-database', async () => {
      const postgres: TestDatabase = await createTestDatabase()
      try {
        const env = { DATABASE_URL: postgres.url, ...embedded() }
        const refused = await run('import foreign old', env)
        expect(refused.code).toBe(2)
        expect(refused.stderr).toMatch(/belongs to another service.*--write-foreign-database/)
        expect(await postgres.sql('SELECT id FROM run')).toEqual([])
        expect(await readdir(join(dir, 'data', 'artifacts'))).not.toContain('foreign')
        const forced = await run('import foreign old --write-foreign-database', env)
        expect(forced).toMatchObject({ code: 0, stderr: '' })
        expect(await postgres.sql('SELECT id FROM run')).toEqual([{ id: 'foreign' }])
      } finally {
        await postgres.stop()
      }
    })
  })

  it('uses the embedded database of a running service, which sees the run at once', async () => {
    const places: Places = await makePlaces()
    const service = await serve(places)
    const env = { DIFFER_DATA_DIR: places.data }
    for (const [id, from] of [
      ['live-old', 'old'],
      ['live-new', 'new'],
    ]) {
      expect(await run(`import ${id} ${from}`, env)).toMatchObject({ code: 0, stderr: '' })
      const { data } = await askGraphql(service.url, `{ run(runId: "${id}") { ... on Run { source } } }`)
      expect(data.run).toEqual({ source: 'tea' })
    }
    const served = await ask(service.url, '/debdiff/live-old/live-new', { headers: { accept: 'text/plain' } })
    expect(served.status).toBe(200)
    const diff = await runHere('diff live-old live-new --tool debdiff', env)
    expect([diff.code, diff.stderr]).toEqual([1, ''])
    expect(diff.stdout).toBe(served.text)

    const { port } = new URL(service.url)
    const second = await run(`serve --port ${port} --listen-address 127.0.0.1`, {
      ...settingsFor(places),
      DIFFER_LOG_LEVEL: 'error',
    })
    expect(second.code).toBe(2)
    expect(second.stderr).toBe(
      `differ: Cannot listen on 127.0.0.1:${port}: another program listens there; stop it, or set --port to another port\n`,
    )
    expect((await ask(service.url, '/ready')).text).toBe('ok')
    expect(await service.end('SIGINT')).toBe(0)
    expect(await remainsOf(places)).toEqual(NO_TRACES)
    await removeTree(places.root)
  })
})

describe('differ serve', () => {
  it('exits with 2 and stops everything if its samples cannot be read', async () => {
    const places = await makePlaces()
    const { code, stderr } = await run('serve --samples nowhere', settingsFor(places))
    expect(code).toBe(2)
    expect(stderr).toContain('nowhere')
    expect(await remainsOf(places)).toEqual(NO_TRACES)
    await removeTree(places.root)
  })

  it('starts without a database, and reports that on /ready', async () => {
    const places = await makePlaces()
    const service = await serve(places, { DATABASE_URL: 'postgresql://nobody:secret@127.0.0.1:1/none' })
    const ready = await ask(service.url, '/ready')
    expect([ready.status, ready.text]).toEqual([503, 'Database unavailable'])
    expect(service.stderr()).not.toContain('secret')
    expect(await service.end('SIGTERM')).toBe(0)
    await removeTree(places.root)
  })
})

describe('the command line', () => {
  it.each(['serve', 'import', 'diff', 'config'])('explains %s, with examples', async (name) => {
    const { code, stdout, stderr } = await runHere(`${name} --help`)
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toContain(`Usage: differ ${name}`)
    expect(stdout).toMatch(new RegExp(`Examples?:\\n  \\$ .*differ ${name}`))
  })

  it('prints its help and its version', async () => {
    const help = await runHere('--help')
    expect([help.code, help.stderr]).toEqual([0, ''])
    for (const name of ['serve', 'import', 'diff', 'config']) expect(help.stdout).toContain(`  ${name} `)
    expect(help.stdout).toContain('Examples:\n  $ differ serve')
    const version = await run('--version')
    expect(version).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) })
  })

  it.each([
    { args: 'dif old new', says: /unknown command 'dif'[\s\S]*Did you mean diff\?/ },
    { args: 'diff old new --fromat html', says: /unknown option '--fromat'[\s\S]*Did you mean --format\?/ },
    {
      args: 'diff old new --format pdf',
      says: /'pdf' is invalid\. Allowed choices are text, html, markdown, json\./,
    },
    {
      args: 'diff old new --tool diff',
      says: /'diff' is invalid\. Allowed choices are debdiff, diffoscope\./,
    },
    { args: 'diff old', says: /missing required argument 'NEW'/ },
    { args: 'diff old new more', says: /too many arguments/ },
    { args: 'import only-an-id', says: /missing required argument 'PATH'/ },
    { args: 'serve --port http', says: /--port must be a whole number from 0 to 65535, not "http"/ },
    { args: 'serve --port', says: /'--port <PORT>' argument missing/ },
    { args: 'config --config nowhere.conf', says: /--config nowhere\.conf cannot be read \(ENOENT\)/ },
    {
      args: 'serve --log-level loud --task-timeout 0',
      says: /2 settings are invalid:\n {2}- --task-timeout must be [^\n]+, not "0"\n {2}- --log-level must be one of [^\n]+, not "loud"/,
    },
  ])('exits with 2 and says what to correct for: $args', async ({ args, says }) => {
    const { code, stdout, stderr } = await runHere(args)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(says)
    expect(stderr).not.toMatch(/^ +at /m)
  })

  it('prints its help if no command is given', async () => {
    const { code, stdout, stderr } = await runHere('')
    expect(code).toBe(2)
    expect(stdout + stderr).toContain('Usage: differ')
  })

  it('prints the configuration with its origins, without secrets', async () => {
    await writeFile(join(dir, 'janitor.conf'), 'redis_location: "redis://:hush@cache.example.org/"\n')
    const { code, stdout, stderr } = await runHere('config --config janitor.conf --port 8080', {
      DATABASE_URL: 'postgresql://me:hush@db.example.org/janitor?sslpassword=hush',
      DIFFER_TASK_TIMEOUT: '30',
    })
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/^port = 8080 +# --port$/m)
    expect(stdout).toMatch(/^taskTimeout = 30 +# DIFFER_TASK_TIMEOUT$/m)
    expect(stdout).toMatch(
      /^databaseUrl = postgresql:\/\/me:\*\*\*@db\.example\.org\/janitor\S* +# DATABASE_URL$/m,
    )
    expect(stdout).toMatch(
      /^redisUrl = redis:\/\/:\*\*\*@cache\.example\.org\/ +# janitor\.conf: redis_location$/m,
    )
    expect(stdout).toMatch(/^taskMemoryLimit = 1500 +# default$/m)
    expect(stdout).not.toContain('hush')
  })
})
