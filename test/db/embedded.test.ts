import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { sql } from 'drizzle-orm'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type Database, type DatabaseOptions, openDatabase } from '../../src/db/database.ts'
import { importRun } from '../../src/db/import-run.ts'
import { listControlPairs } from '../../src/db/pairs.ts'
import { listRuns, runsByIds } from '../../src/db/runs.ts'
import { type BundledScript, bundleScript } from '../fixtures/bundle-script.ts'
import { seedRuns } from '../fixtures/postgres.ts'
import { databaseSuite } from './database-suite.ts'

let root: string
let program: BundledScript
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'differ-embedded-'))
  program = await bundleScript('test/db/open-embedded.ts', ['src/db/embedded-worker.mjs'])
})
afterAll(async () => {
  await program?.remove()
  await rm(root, { recursive: true, force: true })
})

describe('the embedded database', () => {
  databaseSuite(async () => ({ embeddedDir: join(root, 'suite') }))
})

/** Another process that opens `dir`, and prints a line after each step. */
class OtherProcess {
  readonly child: ChildProcess
  readonly lines: AsyncIterator<string>
  constructor(dir: string) {
    this.child = spawn(process.execPath, ['--liftoff-only', program.path, dir], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    if (!this.child.stdout) throw new Error('no output')
    this.lines = createInterface(this.child.stdout)[Symbol.asyncIterator]()
  }
  async line(): Promise<string> {
    return (await this.lines.next()).value ?? 'ended'
  }
  async importRun(id: string): Promise<string> {
    this.child.stdin?.write(`${id}\n`)
    return this.line()
  }
  async kill(signal: NodeJS.Signals): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return
    const exited = once(this.child, 'exit')
    this.child.kill(signal)
    await exited
  }
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  )

/**
 * @returns the ids of a process's children that run `program`; from /proc, because a bare Debian has no `ps`
 */
async function children(parent: number, program: string): Promise<number[]> {
  const found: number[] = []
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    // `PID (NAME) STATE PPID …`. Empty if the process has ended meanwhile.
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '')
    const [, comm, ppid] = /\((.*)\) \S (\d+) /s.exec(stat) ?? []
    if (comm === program && Number(ppid) === parent) found.push(Number(name))
  }
  return found
}

const imported = {
  codebase: 'hello',
  campaign: 'c',
  source: 'hello',
  version: '1',
  binaryPackages: ['hello'],
}

describe('the directory of the embedded database', () => {
  const opened: Database[] = []
  const others: OtherProcess[] = []
  const open = async (dir: string, options: DatabaseOptions = {}) => {
    const database = await openDatabase({ embeddedDir: dir }, options)
    opened.push(database)
    return database
  }
  const other = (dir: string) => {
    const process = new OtherProcess(dir)
    others.push(process)
    return process
  }
  const has = async (database: Database, id: string) => (await runsByIds(database, [id]))[0]?.id === id

  afterEach(async () => {
    await Promise.all(others.splice(0).map((process) => process.kill('SIGKILL')))
    await Promise.all(opened.splice(0).map((database) => database.close()))
  })

  // All tests use one directory, and each test must leave it usable.
  const dir = () => join(root, 'shared')

  it('begins as a private copy of the empty database of the build', async () => {
    await open(dir())
    const idIn = async (path: string) => (await readFile(join(path, 'global/pg_control'))).subarray(0, 8)
    expect(await idIn(join(dir(), 'postgres'))).toEqual(await idIn('dist/empty-database'))
    const mode = async (name: string) => ((await stat(join(dir(), name))).mode & 0o777).toString(8)
    expect(await mode('')).toBe('700')
    expect(await mode('postgres')).toBe('700')
    expect(await mode('.s.PGSQL.5432')).toBe('600')
  })

  it('keeps imported runs when it is closed and opened again', async () => {
    const first = await open(dir())
    await importRun(first, { id: 'kept', ...imported }, { allowForeign: false })
    await first.close()
    expect(await has(await open(dir()), 'kept')).toBe(true)
  })

  it('is shared by processes, which see each other’s imports at once', async () => {
    const here = await open(dir())
    const there = other(dir())
    expect(await there.line()).toBe('ready')
    expect(await there.importRun('from-there')).toBe('imported from-there')
    expect(await has(here, 'from-there')).toBe(true)
    await importRun(here, { id: 'from-here', ...imported }, { allowForeign: false })
    expect(await has(here, 'from-here')).toBe(true)
  })

  it('is taken over by a client when its holder closes or is killed', async () => {
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      const there = other(dir())
      expect(await there.line()).toBe('ready')
      const here = await open(dir())
      const id = `before-${signal}`
      expect(await there.importRun(id)).toBe(`imported ${id}`)
      await there.kill(signal)
      await expect.poll(() => has(here, id).catch(() => 'not yet'), { timeout: 120_000 }).toBe(true)
      await here.close()
    }
  })

  it('contains every confirmed write after its holder was killed', async () => {
    const there = other(dir())
    expect(await there.line()).toBe('ready')
    const confirmed: string[] = []
    const writing = (async () => {
      for (let i = 0; ; i++) {
        const line = await there.importRun(`killed-${i}`)
        if (line === 'ended') return
        confirmed.push(`killed-${i}`)
      }
    })()
    await expect.poll(() => confirmed.length, { timeout: 120_000 }).toBeGreaterThan(20)
    await there.kill('SIGKILL')
    await writing
    const here = await open(dir())
    const runs = await runsByIds(here, confirmed)
    expect(runs.map((run) => run?.id)).toEqual(confirmed)
  })

  it('is created again after a crash during its creation', async () => {
    const created = join(root, 'created')
    const there = other(created)
    // With this file, PostgreSQL considers the directory complete, although it is not.
    await expect
      .poll(() => exists(join(created, 'postgres/PG_VERSION')), { timeout: 120_000, interval: 20 })
      .toBe(true)
    await there.kill('SIGKILL')
    const here = await open(created)
    await importRun(here, { id: 'first', ...imported }, { allowForeign: false })
    expect(await has(here, 'first')).toBe(true)
  })

  it('is closed at once when its lock is lost, and opened again', async () => {
    const here = await open(dir())
    await importRun(here, { id: 'before-loss', ...imported }, { allowForeign: false })
    const [holder] = await children(process.pid, 'flock')
    const [cat] = await children(holder ?? 0, 'cat')
    process.kill(cat ?? Number.NaN, 'SIGKILL')
    await expect.poll(() => children(process.pid, 'flock')).not.toContain(holder)
    await expect.poll(() => has(here, 'before-loss').catch(() => 'not yet'), { timeout: 120_000 }).toBe(true)
    expect(await children(process.pid, 'flock')).toHaveLength(1)
  })

  it('has one holder when several processes open it at the same time', async () => {
    const several = [1, 2, 3].map(() => other(dir()))
    expect(await Promise.all(several.map((process) => process.line()))).toEqual(['ready', 'ready', 'ready'])
    const ids = ['at-once-0', 'at-once-1', 'at-once-2']
    await Promise.all(several.map((process, i) => process.importRun(`at-once-${i}`)))
    const here = await open(dir())
    expect((await runsByIds(here, ids)).map((run) => run?.id)).toEqual(ids)
  })

  it('survives clients that die in their transactions', async () => {
    // Each of the clients before a query may hold the session for a while, on a busy machine.
    const here = await open(dir(), { connectTimeoutMs: 60_000, statementTimeoutMs: 60_000 })
    const deaths = Array.from({ length: 40 }, async (_, i) => {
      const client = new pg.Client({ host: dir(), user: 'postgres', database: 'postgres' })
      client.on('error', () => {})
      await client.connect()
      const work = async () => {
        await client.query('BEGIN')
        await client.query('INSERT INTO codebase (name) VALUES ($1)', [`dead-${i}`])
        await client.query('SELECT pg_sleep(0.2)')
      }
      const failed = work().catch(() => {})
      await new Promise((done) => setTimeout(done, i))
      ;(client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy()
      await failed
    })
    const work = Array.from({ length: 100 }, async (_, i) => {
      const { rows } = await here.query((db) => db.execute(sql`SELECT ${i}::integer AS i`))
      expect(rows).toEqual([{ i }])
    })
    await Promise.all([...deaths, ...work])
    const { rows } = await here.query((db) =>
      db.execute(sql`SELECT name FROM codebase WHERE name LIKE 'dead-%'`),
    )
    expect(rows).toEqual([])
  })

  it('can have a path that is too long for a socket', async () => {
    const long = join(root, 'l'.repeat(100), 'o'.repeat(100))
    const here = await open(long)
    const there = other(long)
    expect(await there.line()).toBe('ready')
    expect(await there.importRun('far')).toBe('imported far')
    expect(await has(here, 'far')).toBe(true)
  })

  it('causes a UsageError if it is a file', async () => {
    const file = join(root, 'a-file')
    await writeFile(file, '')
    await expect(openDatabase({ embeddedDir: file })).rejects.toMatchObject({ name: 'UsageError' })
  })

  it('is not opened if a newer version of Differ created it', async () => {
    const here = await open(dir())
    await here.query((db) => db.execute(sql`UPDATE differ_meta SET schema_version = 1000`))
    await here.close()
    await expect(openDatabase({ embeddedDir: dir() })).rejects.toThrow('newer version')
  })

  it('is unavailable while its holder does not serve it', async () => {
    const held = join(root, 'held')
    await mkdir(held)
    const holder = spawn('flock', [join(held, 'lock'), 'cat'], { stdio: ['pipe', 'pipe', 'ignore'] })
    holder.stdin.write('\n')
    await once(holder.stdout, 'data')
    await expect(openDatabase({ embeddedDir: held }, { embeddedWaitMs: 200 })).rejects.toMatchObject({
      name: 'DatabaseUnavailableError',
    })
    holder.stdin.end()
    await once(holder, 'exit')
  })
})

describe('statements in the embedded database', () => {
  let database: Database
  const sent: { text: string; params: readonly unknown[] }[] = []
  beforeAll(async () => {
    database = await openDatabase(
      { embeddedDir: join(root, 'suite') },
      { onQuery: (text, params) => sent.push({ text, params }) },
    )
    await database.query(async (db) => {
      for (const table of ['debian_build', 'run']) await db.execute(sql.raw(`DELETE FROM ${table}`))
    })
    const changed = Array.from({ length: 2000 }, (_, i) => ({
      id: `run-${i}`,
      mainBranchRevision: `main-${i % 50}`,
    }))
    const controls = Array.from({ length: 50 }, (_, i) => ({ id: `control-${i}`, revision: `main-${i}` }))
    await seedRuns(database, [...changed, ...controls])
    await database.query((db) => db.execute(sql`ANALYZE`))
  })
  afterAll(() => database?.close())

  const after = { finishTime: '2024-01-01 10:00:00', id: 'run-600' }
  it.each<[string, string, () => Promise<unknown>]>([
    ['a page of runs', 'run_newest', () => listRuns(database, {}, { limit: 20, after })],
    [
      'one campaign',
      'run_campaign_newest',
      () => listRuns(database, { campaign: ['x'] }, { limit: 20, after }),
    ],
    [
      'one codebase',
      'run_codebase_newest',
      () => listRuns(database, { codebase: ['x'] }, { limit: 20, after }),
    ],
    ['a page of pairs', 'run_newest', () => listControlPairs(database, { limit: 20, after })],
  ])('start at their cursor by an index: %s', async (_, index, ask) => {
    sent.length = 0
    await ask()
    const { text = '', params = [] } = sent[0] ?? {}
    const client = new pg.Client({ host: join(root, 'suite'), user: 'postgres', database: 'postgres' })
    await client.connect()
    const { rows } = await client.query(`EXPLAIN ${text}`, [...params])
    await client.end()
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
    expect(plan).toMatch(
      new RegExp(`Index Scan Backward using ${index} on run.*\\n *Index Cond: .*finish_time`),
    )
    expect(plan).not.toContain('Seq Scan on run')
  })

  it('are given up at their timeout, and do not block later ones', async () => {
    const impatient = await openDatabase(
      { embeddedDir: join(root, 'suite') },
      { statementTimeoutMs: 300, embeddedWaitMs: 60_000 },
    )
    onTestFinished(() => impatient.close())
    // The embedded database sleeps by counting, which needs processor time.
    const slow = impatient.query((db) => db.execute(sql`SELECT pg_sleep(2)`))
    await expect(slow).rejects.toMatchObject({ name: 'DatabaseUnavailableError' })
    await expect
      .poll(() =>
        impatient.ping().then(
          () => 'ok',
          () => 'not yet',
        ),
      )
      .toBe('ok')
  })
})
