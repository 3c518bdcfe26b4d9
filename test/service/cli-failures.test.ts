/** What commands print when a disk, a database or a network fails, and what they leave. */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, utimes, writeFile } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { removeTree } from '../../src/diff/tools/remove-tree.ts'
import { differHere } from '../fixtures/command-line.ts'
import { buildPackage, buildRun, type PackageSpec } from '../fixtures/packages.ts'
import { startPostgres, type TestPostgres } from '../fixtures/postgres.ts'
import { eventually, NEW_PACKAGES, OLD_PACKAGES } from '../fixtures/service.ts'
import { mountDisk, NO_MOUNTS, type SmallDisk } from '../fixtures/tmpfs.ts'
import { differ, type Ended } from './processes.ts'

const ofTea = (spec: PackageSpec): PackageSpec => ({ ...spec, control: { ...spec.control, Source: 'tea' } })
const NO_SPACE = /no space left on device/

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'differ-cli-'))
  await buildRun(join(dir, 'old'), OLD_PACKAGES.map(ofTea))
  await buildRun(join(dir, 'new'), NEW_PACKAGES.map(ofTea))
  await writeFile(join(dir, 'file'), '')
})
afterAll(() => removeTree(dir))

/** In this process, except what may keep running and what is about a process. */
const run = (args: string, env: Record<string, string> = {}) => {
  const words = args.split(' ').filter(Boolean)
  return /^(serve|worker)/.test(args)
    ? differ(words, { cwd: dir, env })
    : differHere(words, { cwd: dir, env })
}
const runProcess = (args: string) => differ(args.split(' '), { cwd: dir })

/** Expects sentences instead of a stack trace, and the status for trouble. */
function expectSentence({ code, stderr }: Ended, reason: RegExp): void {
  expect(stderr).not.toMatch(/^ +at /m)
  expect(stderr).toMatch(/^differ: \S/m)
  expect(stderr).toMatch(reason)
  expect(code).toBe(2)
}

describe.skipIf(NO_MOUNTS !== null)('a disk that is full', () => {
  let disk: SmallDisk
  beforeAll(async () => {
    disk = mountDisk(2 << 20)
    await disk.fill()
  })
  afterAll(() => disk?.unmount())

  it.each([
    ['import x old --data-dir DISK', {}, /embedded database in \S+: no space left on device/],
    ['import x old --artifact-location DISK', {}, NO_SPACE],
    ['import x old', { TMPDIR: 'DISK' }, NO_SPACE],
    ['diff old new --temp-path DISK', {}, /The disk is full/],
    ['diff old new --tool debdiff -o DISK/result', {}, NO_SPACE],
    ['summary old new -o DISK/result', {}, NO_SPACE],
  ])('is named by: %s %o', async (args, env: Record<string, string>, reason) => {
    const at = (text: string) => text.replace('DISK', disk.path)
    const own = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, at(value)]))
    expectSentence(await run(at(args), own), reason)
    expect((await readdir(disk.path)).filter((name) => name.startsWith('.incoming-'))).toEqual([])
  })

  it.each(['config', 'diff old new --tool debdiff', '--help'])(
    'is named if standard output is on it: %s',
    async (args) => {
      const shell = promisify(execFile)('bash', ['-c', `"$0" "$@" > /dev/full`, bin, ...args.split(' ')], {
        cwd: dir,
      })
      const { code, stderr } = await shell.then(
        () => ({ code: 0, stderr: '' }),
        (error: { code: number; stderr: string }) => error,
      )
      expectSentence({ code, stderr, stdout: '' }, /no space left on device \(ENOSPC\)/)
    },
  )

  it('takes an import again when it has space', async () => {
    const own = mountDisk(2 << 20)
    onTestFinished(() => own.unmount())
    await own.fill()
    const call = `import again old --data-dir ${dir}/again --artifact-location ${own.path}/artifacts`
    expectSentence(await run(call), NO_SPACE)
    await own.clear()
    expect(await readdir(join(own.path, 'artifacts'))).toEqual([])
    expect(await run(call)).toMatchObject({ code: 0, stderr: '' })
    expect(await readdir(join(own.path, 'artifacts', 'again'))).toHaveLength(OLD_PACKAGES.length)
  })
})

const bin = join(import.meta.dirname, '..', '..', 'bin', 'differ')

describe('a path that cannot be used', () => {
  it.each([
    ['import x old --data-dir file', /embedded database: file already exists/],
    ['serve --port 0 --data-dir file', /embedded database: file already exists/],
    ['import x old --artifact-location file/x', /not a directory \(ENOTDIR\)/],
    ['diff old new --temp-path file/x', /not a directory \(ENOTDIR\)/],
    ['diff old new --tool debdiff -o nowhere/result', /no such file or directory/],
    ['diff old new --tool debdiff -o old', /\(EISDIR\)|is a directory/],
    ['config --config nowhere', /nowhere/],
    ['config --config old', /old/],
    ['serve --port 0 --token-file nowhere', /nowhere/],
    ['serve --port 0 --operations-manifest nowhere', /nowhere/],
    ['serve --port 0 --cache-path file/x', /file\/x\/differ\/incoming: not a directory/],
    ['check file file', /NAME_VERSION_ARCHITECTURE\.deb/],
    ['summary nowhere ./nowhere', /nowhere/],
    ['doctor --config nowhere', /nowhere/],
    ['check-legacy http://127.0.0.1:9 http://127.0.0.1:9 --pairs nowhere', /nowhere/],
    ['cache stats --cache-path file/x', /file\/x is not a directory; set --cache-path/],
    ['cache verify --cache-path file', /file is not a directory; set --cache-path/],
    ['cache prune --cache-path file', /file is not a directory; set --cache-path/],
    ['cache convert --cache-path file', /file is not a directory; set --cache-path/],
  ])('is named by: %s', async (args, reason) => {
    expectSentence(await run(args), reason)
  })
})

describe('a server', () => {
  const servers: Server[] = []
  const BEHAVIOURS: Readonly<Record<string, (socket: Socket) => void>> = {
    answering: (socket) => socket.end('garbage\n'),
    closing: (socket) => socket.destroy(),
    resetting: (socket) => socket.resetAndDestroy(),
  }
  const ports: Record<string, number> = { REFUSING: 9 }
  beforeAll(async () => {
    for (const [name, behave] of Object.entries(BEHAVIOURS)) {
      const server = createServer((socket) => socket.on('error', () => {}).once('data', () => behave(socket)))
      await once(server.listen(0, '127.0.0.1'), 'listening')
      servers.push(server)
      ports[name.toUpperCase()] = (server.address() as { port: number }).port
    }
  })
  afterAll(() => {
    for (const server of servers) server.close()
  })

  const at = (text: string) =>
    text.replace(/REFUSING|ANSWERING|CLOSING|RESETTING/, (name) => `127.0.0.1:${ports[name]}`)
  const KINDS = ['REFUSING', 'ANSWERING', 'CLOSING', 'RESETTING']

  it.each(KINDS.map((kind) => [kind]))('of a database that is %s', async (kind) => {
    const url = at(`postgresql://differ@${kind}/farm`)
    // Processes, because an error of a connection may be thrown outside of every promise.
    expectSentence(await runProcess(`diff a b --database-url ${url}`), /^differ: Database unavailable: \S/)
    const write = `--database-url ${url} --write-foreign-database --artifact-location ${dir}/none`
    expectSentence(await runProcess(`import x old ${write}`), /^differ: Database unavailable: \S/)
    expect(await readdir(join(dir, 'none'))).toEqual([])
  })

  it.each([
    ...KINDS.map((kind) => ['precache a b', kind] as const),
    ...['precache --all --follow', 'jobs', 'jobs --cancel x'].map((command) => [command, 'CLOSING'] as const),
  ])('that is to answer `%s`, and is %s', async (command, kind) => {
    expectSentence(await run(at(`${command} --url http://${kind}`)), /http:\/\/127\.0\.0\.1/)
  })

  it.each([
    ['precache a b --url nonsense', /--url must be a URL/],
    ['precache a b --url http://[', /--url must be a URL/],
    ['precache a b --url ftp://host', /--url must be a URL/],
    ['diff a b --database-url nonsense', /--database-url must be a URL/],
    ['diff a b --database-url postgresql:///%zz', /postgresql:\/\/user@host\/database/],
    ['diff a b --database-url postgresql://x/y?host=/nowhere', /Database unavailable: .*\/nowhere/],
    ['serve --port 0 --redis-url nonsense', /redis/i],
    ['worker --redis-url nonsense', /redis/i],
    ['worker', /set --redis-url/],
    ['serve --port 99999', /99999/],
    ['serve --port 0 --listen-address 192.0.2.1', /Cannot listen on 192\.0\.2\.1/],
  ])('with an address that cannot be used: %s', async (args, reason) => {
    expectSentence(await run(args), reason)
  })

  it('that uses the port', async () => {
    const call = `serve --listen-address 127.0.0.1 --port ${ports.ANSWERING}`
    expectSentence(await run(call), /another program listens there/)
  })
})

describe('an import', () => {
  let postgres: TestPostgres
  beforeAll(async () => {
    postgres = await startPostgres()
  })
  afterAll(() => postgres?.stop())

  it('whose connection breaks leaves nothing, and can be repeated', async () => {
    await postgres.sql(
      `CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(60); RETURN NEW; END $$;
      CREATE TRIGGER slow BEFORE INSERT ON debian_build FOR EACH ROW EXECUTE FUNCTION slow()`,
    )
    const artifacts = join(dir, 'farm')
    const call = `import lost old --campaign lintian-fixes --database-url ${postgres.url} --write-foreign-database --artifact-location ${artifacts}`
    const ending = run(call)
    await eventually(async () =>
      expect(
        await postgres.sql(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query ILIKE 'insert into "debian_build"%' AND state = 'active'`,
        ),
      ).toHaveLength(1),
    )
    expectSentence(await ending, /^differ: Database unavailable: /)
    expect(await readdir(artifacts)).toEqual([])
    await postgres.sql('DROP TRIGGER slow ON debian_build')
    expect(await run(call)).toMatchObject({ code: 0, stderr: '' })
    expect(await readdir(artifacts)).toEqual(['lost'])
  })

  it.each([
    [
      "INSERT INTO change_set (id, campaign) VALUES ('x', 'a b')",
      'import denied old --campaign a%20b',
      /SQLSTATE 23514/,
    ],
    ['REVOKE ALL ON run FROM reader', 'import denied old --campaign lintian-fixes', /SQLSTATE 42501/],
  ])('that the database refuses leaves nothing: %s', async (_, command, reason) => {
    await postgres.sql('DROP ROLE IF EXISTS reader').catch(() => {})
    await postgres.sql('CREATE ROLE reader LOGIN').catch(() => {})
    await postgres.sql('GRANT INSERT ON codebase, change_set TO reader')
    const url = postgres.url.replace('differ@', command.includes('%20') ? 'differ@' : 'reader@')
    const artifacts = join(dir, 'denied')
    const ended = await run(
      `${command} --database-url ${url} --write-foreign-database --artifact-location ${artifacts}`,
    )
    expectSentence(ended, reason)
    expect(await readdir(artifacts)).toEqual([])
  })

  it('replaces what an import has left that was killed', async () => {
    const artifacts = join(dir, 'killed')
    await buildPackage(join(artifacts, 'again'), { name: 'other', version: '9' })
    const old = join(artifacts, '.incoming-old')
    await mkdir(old)
    await utimes(old, new Date(0), new Date(0))
    await mkdir(join(artifacts, '.incoming-running'))
    const place = `--data-dir ${dir}/killed-data --artifact-location ${artifacts}`
    expect(await run(`import again old ${place}`)).toMatchObject({ code: 0, stderr: '' })
    expect((await readdir(artifacts)).sort()).toEqual(['.incoming-running', 'again'])
    expect(await readdir(join(artifacts, 'again'))).not.toContain('other_9_all.deb')
    expectSentence(await run(`import again new ${place}`), /already has other packages/)
  })
})
