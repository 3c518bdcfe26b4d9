/** `differ check-legacy` between two real services, and against a fake of the old one with its faults. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { differHere } from '../../fixtures/command-line.ts'
import { ask, rememberingTools, startService, type TestService } from '../../fixtures/service.ts'
import { differ } from '../../service/processes.ts'
import { type FakeReply, type ReceivedRequest, startFakeService } from './fake-service.ts'

const OLD = 'tea-without'
const NEW = 'tea-with'
const FILES = { 'usr/share/tea/leaves': 'green\nblack\tx\nsame\nred <b>\n' }
const NEW_FILES = { 'usr/share/tea/leaves': 'white\nblack\ty\nsame\nred <i>\nmore\n' }

let dir: string
let pairs: string
let first: TestService
let second: TestService
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'differ-check-'))
  pairs = join(dir, 'pairs')
  await writeFile(pairs, `# the newest pair\n\n${OLD} ${NEW}\n`)
  ;[first, second] = await Promise.all([startServiceWithRuns(), startServiceWithRuns()])
})
afterAll(async () => {
  await Promise.all([first?.close(), second?.close()])
  await rm(dir, { recursive: true, force: true })
})

async function startServiceWithRuns(): Promise<TestService> {
  const service = await startService({ env: await rememberingTools() })
  const control = (version: string) => ({
    Depends: `libc6 (>= 2.3${version.slice(-1)}), tea-data (= ${version})`,
  })
  for (const [id, version, files] of [
    [OLD, '1.0-1', FILES],
    [NEW, '1.0-2', NEW_FILES],
  ] as const)
    await service.addRun({ id, codebase: 'tea', version }, [
      { name: 'tea', version, files, control: control(version) },
      { name: 'tea-data', version, files: { 'usr/share/tea/data': 'equal\n' } },
    ])
  return service
}

const check = (oldUrl: string, newUrl: string, ...flags: string[]) =>
  differHere(['check-legacy', oldUrl, newUrl, ...flags])
const checkPairs = (oldUrl: string, newUrl: string) => check(oldUrl, newUrl, '--pairs', pairs, '--json')

/**
 * A service that forwards requests to a real one, and replies with `change`, or unchanged if that is null.
 */
function inFrontOf(
  service: TestService,
  change: (asked: ReceivedRequest, real: FakeReply) => FakeReply | null,
) {
  return startFakeService(async (asked) => {
    const answer = await ask(service.url, asked.path, {
      method: asked.method,
      headers: asked.accept === undefined ? {} : { accept: asked.accept },
    })
    const kept = ['content-type', 'allow', 'location', 'unavailable_run_id'].flatMap((name) => {
      const value = answer.headers[name]
      return value === undefined ? [] : [[name, String(value)] as const]
    })
    const real = { status: answer.status, headers: Object.fromEntries(kept), body: answer.bytes }
    return change(asked, real) ?? real
  })
}

type Change = (asked: ReceivedRequest, real: FakeReply) => FakeReply | null

const keyOf = (request: { method: string; path: string; accept: string | null | undefined }) =>
  `${request.method} ${request.path} ${request.accept ?? null}`

/** As `inFrontOf`; of several changes the first that applies. */
async function withChanges<Label>(service: TestService, changes: readonly (readonly [Label, Change])[]) {
  /** The change of each request. */
  const made = new Map<string, Label>()
  const front = await inFrontOf(service, (asked, real) => {
    for (const [label, change] of changes) {
      const changed = change(asked, real)
      if (!changed) continue
      made.set(keyOf(asked), label)
      return changed
    }
    return null
  })
  return { ...front, changeOf: (request: Found['checked'][number]['request']) => made.get(keyOf(request)) }
}

interface Found {
  readonly checked: {
    request: { path: string; accept: string | null; method: string }
    differences: { what: string; old: string; new: string; fault: number | null }[]
    failures: unknown
  }[]
  readonly requests: number
  readonly same: number
}

describe('between two equal services', () => {
  it('finds no difference on any route or in any format', async () => {
    const ended = await differ(['check-legacy', first.url, second.url, '--pairs', pairs])
    expect(ended.stderr).toBe('')
    expect(ended.stdout).toMatch(
      /^(\d+) requests: \1 have equal responses, 0 differ by known faults .*, 0 differ otherwise, 0 failed\.\n$/,
    )
    expect(Number(/^\d+/.exec(ended.stdout)?.[0])).toBeGreaterThan(60)
    expect(ended.code).toBe(0)
  })

  it('only sends requests that need no runs if no pairs are given', async () => {
    const ended = await check(first.url, second.url, '--json')
    const found = JSON.parse(ended.stdout) as Found
    expect([ended.code, found.requests, found.checked]).toEqual([0, found.same, []])
  })
})

describe('known faults', () => {
  const raw = (text: string) => text.replaceAll('&gt;', '>').replaceAll('&lt;', '<')
  const bodyOf = ({ body }: FakeReply) => body.toString()
  const type = ({ headers }: FakeReply) => headers?.['content-type'] ?? ''
  const withBody = (real: FakeReply, body: string): FakeReply => ({ ...real, body })

  const FAULTS: readonly [fault: number, change: Change][] = [
    [
      1,
      ({ path }, real) =>
        path.startsWith('/debdiff') && /html/.test(type(real)) ? withBody(real, raw(bodyOf(real))) : null,
    ],
    [
      2,
      ({ path }, real) =>
        path.startsWith('/debdiff') && /markdown/.test(type(real))
          ? withBody(real, bodyOf(real).replaceAll('**', '\\*\\*'))
          : null,
    ],
    [
      3,
      ({ path, filtered }, real) =>
        path.startsWith('/diffoscope') && filtered && /text\/plain/.test(type(real)) && real.status === 200
          ? withBody(real, withoutLine(bodyOf(real), 'white'))
          : null,
    ],
    [
      4,
      ({ path }, real) =>
        path.startsWith('/diffoscope') && real.status === 200 && /json/.test(type(real))
          ? withBody(real, bodyOf(real).replace('"tea_1.0-2_all.deb"', '"tea-data_1.0-2_all.deb"'))
          : null,
    ],
    [
      5,
      ({ path, accept }) =>
        path.startsWith('/diffoscope/tea') && accept === 'image/png'
          ? { status: 500, body: '500 Internal Server Error\n\nServer got itself in trouble' }
          : null,
    ],
    [
      6,
      ({ path, accept }) => (path.includes('%00') || accept === 'text' ? { status: 500, body: 'oh' } : null),
    ],
    [
      16,
      ({ path, filtered }, real) =>
        path.startsWith('/debdiff') && filtered && /text\/plain/.test(type(real)) && real.status === 200
          ? withBody(real, bodyOf(real).replace('libc6', 'lib'))
          : null,
    ],
    [17, ({ path }) => (path === '/ready' ? { status: 500, body: 'Traceback' } : null)],
    [
      19,
      ({ path, accept }, real) => {
        if (!path.startsWith('/debdiff')) return null
        const types = 'Acceptable content types: text/html, text/plain, text/markdown'
        if (real.status === 200 && accept === 'application/json')
          return { status: 406, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: types }
        return real.status === 406 && !path.includes('/stream') ? withBody(real, types) : null
      },
    ],
  ]

  it.each([
    // This one is recognised in all responses about a pair.
    ['4', FAULTS.filter(([fault]) => fault === 4)],
    ['all others', FAULTS.filter(([fault]) => fault !== 4)],
  ])('are recognised, and do not change the exit status: %s', async (_, faults) => {
    const old = await withChanges(first, faults)
    const replacement = await inFrontOf(second, ({ path }) =>
      path === '/ready' && faults.length > 1 ? { status: 503, body: 'Database unavailable' } : null,
    )
    const ended = await checkPairs(old.url, replacement.url)
    await Promise.all([old.close(), replacement.close()])
    const { checked } = JSON.parse(ended.stdout) as Found
    const faulty = checked.filter(({ differences }) => differences.length > 0)
    for (const { request, differences } of faulty) {
      const recognised = new Set(differences.map((one) => one.fault))
      expect([request, ...recognised]).toEqual([request, old.changeOf(request)])
    }
    const found = new Set(faulty.flatMap(({ differences }) => differences.map((one) => one.fault)))
    expect([...found].sort()).toEqual(faults.map(([fault]) => fault).sort())
    expect(ended.code).toBe(0)
  })
})

describe('unexpected differences', () => {
  const CHANGES: readonly [where: string, change: Change][] = [
    ['status', ({ path }) => (path.startsWith('//') ? { status: 200, body: 'ok' } : null)],
    [
      'header unavailable_run_id',
      ({ path }, real) =>
        path.includes('no-such-run/') && real.status === 404
          ? { ...real, headers: { 'content-type': real.headers?.['content-type'] ?? '' } }
          : null,
    ],
    [
      'header content-type',
      ({ path, accept }, real) =>
        path === `/debdiff/${OLD}/${NEW}` && accept === 'text/plain'
          ? { ...real, headers: { 'content-type': 'text/plain; charset=utf-8' } }
          : null,
    ],
    [
      'body of a debdiff',
      ({ path, accept }, real) =>
        path === `/debdiff/${OLD}/${NEW}` && accept === 'text/markdown'
          ? { ...real, body: real.body.toString().replace('libc6', 'glibc') }
          : null,
    ],
    [
      'body of a report',
      ({ path }, real) =>
        path.startsWith('/diffoscope') && /html/.test(real.headers?.['content-type'] ?? '')
          ? { ...real, body: real.body.toString().replace('more', 'less') }
          : null,
    ],
  ]

  it('in any part of a response set the exit status to 1', async () => {
    const old = await withChanges(first, CHANGES)
    const ended = await checkPairs(old.url, second.url)
    await old.close()
    const { checked } = JSON.parse(ended.stdout) as Found
    const found = new Set<string>()
    for (const { request, differences } of checked)
      for (const { what, fault } of differences) {
        const where = old.changeOf(request) ?? 'nowhere'
        found.add(where)
        expect([where.replace(/ of a .*/, ''), null]).toEqual([what, fault])
      }
    expect([...found].sort()).toEqual(CHANGES.map(([where]) => where).sort())
    expect(ended.code).toBe(1)
  })

  it('are printed without control characters', async () => {
    const old = await startFakeService(({ path }) => ({ status: 200, body: `\x1b[2J${path}\u202e` }))
    const ended = await check(old.url, second.url)
    await old.close()
    expect(ended.code).toBe(1)
    expect(ended.stdout).toMatch(
      /DIFFERS {3}GET \/health\n +body\n +old: line 1: \\u\{1b\}\[2J\/health\\u\{202e\}\n/,
    )
    for (const character of ['\x1b', '\u202e']) expect(ended.stdout).not.toContain(character)
  })
})

describe('failures', () => {
  it('of a service that does not run set the exit status to 2', async () => {
    const gone = await startFakeService(() => null)
    await gone.close()
    const ended = await check(gone.url, second.url)
    expect(ended.code).toBe(2)
    expect(ended.stdout).toMatch(/FAILED {4}GET \/health\n +no response\n +old: .*ECONNREFUSED/)
  })

  it('include responses that are incomplete or too late', async () => {
    const old = await startFakeService(({ path }) =>
      path === '/metrics'
        ? new Promise<null>(() => {})
        : path === '/health'
          ? null
          : { status: 200, body: '' },
    )
    const ended = await check(old.url, second.url, '--timeout', '1', '--json')
    await old.close()
    const { checked } = JSON.parse(ended.stdout) as Found
    const failures = checked.filter((one) => one.failures).map((one) => [one.request.path, one.failures])
    expect(ended.code).toBe(2)
    expect(Object.fromEntries(failures as [string, unknown][])).toEqual({
      '/health': { old: expect.stringMatching(/hang up|reset/), new: null },
      '/metrics': { old: 'no response within 1 s', new: null },
    })
  })

  it.each([
    [
      ['ftp://old/', 'http://new/'],
      'The URLs of the two services must have the form http://HOST:PORT/ or https://HOST/',
    ],
    [['http://old/', 'http://new/', '--pairs', '/no/such/file'], '/no/such/file cannot be read (ENOENT)'],
    [['http://old/'], "missing required argument 'NEW_URL'"],
    [['http://old/', 'http://new/', '--concurrency', '0'], 'It must be a whole number from 1 to 999999'],
  ])('include the invalid command line %j', async (args, message) => {
    const ended = await differHere(['check-legacy', ...args])
    expect([ended.code, ended.stdout]).toEqual([2, ''])
    expect(ended.stderr).toContain(message)
  })

  it('include an invalid line of the file of pairs, whose number is printed', async () => {
    const file = join(dir, 'broken')
    await writeFile(file, 'a b\na b c\n')
    const ended = await check('http://old/', 'http://new/', '--pairs', file)
    expect([ended.code, ended.stderr]).toEqual([
      2,
      `differ: ${file}, line 2: a line must have two run ids, OLD NEW\n`,
    ])
  })
})

describe('requests', () => {
  it('contain the password of the URL, which is not printed, and are limited by --concurrency', async () => {
    const many = join(dir, 'many')
    await writeFile(many, Array.from({ length: 12 }, (_, i) => `old-${i} new-${i}`).join('\n'))
    const old = await startFakeService(async () => {
      await new Promise((resolve) => setTimeout(resolve, 2))
      return { status: 404, body: '' }
    })
    const address = old.url.replace('//', '//user:hush-hush@')
    const ended = await check(address, address, '--pairs', many, '--concurrency', '3', '--json')
    await old.close()
    expect(ended.code).toBe(0)
    expect(ended.stdout + ended.stderr).not.toContain('hush')
    expect(new Set(old.received.map(({ authorization }) => authorization))).toEqual(
      new Set([`Basic ${Buffer.from('user:hush-hush').toString('base64')}`]),
    )
    // Both URLs lead to this service.
    expect(old.maxConcurrent()).toBe(6)
    expect(new Set(old.received.map(({ method }) => method))).toEqual(new Set(['GET', 'HEAD']))
  })

  it('start background jobs only with --with-precache', async () => {
    const old = await startFakeService(() => ({ status: 202, body: 'Precaching started' }))
    await check(old.url, old.url, '--pairs', pairs, '--with-precache')
    await old.close()
    expect(old.received.filter(({ method }) => method === 'POST').map(({ path }) => path)).toEqual(
      Array(2).fill(`/precache/${OLD}/${NEW}`),
    )
  })
})

function withoutLine(text: string, word: string): string {
  return text
    .split('\n')
    .filter((line) => !line.includes(word))
    .join('\n')
}
