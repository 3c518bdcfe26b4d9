/** `differ check-legacy` between real services, and against an imitation of the old one with its faults. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask, startService, type TestService } from '../../fixtures/service.ts'
import { buildProgram, differ } from '../../service/processes.ts'
import { type Asked, type Canned, startCanned } from './old-service.ts'

const OLD = 'tea-without'
const NEW = 'tea-with'
const FILES = { 'usr/share/tea/leaves': 'green\nblack\tx\nsame\nred <b>\n' }
const NEW_FILES = { 'usr/share/tea/leaves': 'white\nblack\ty\nsame\nred <i>\nmore\n' }

let dir: string
let pairs: string
let services: TestService[]
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'differ-check-'))
  pairs = join(dir, 'pairs')
  await writeFile(pairs, `# the newest\n\n${OLD} ${NEW}\n`)
  const [started] = await Promise.all([
    Promise.all(
      [1, 2].map(async () => {
        const service = await startService()
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
      }),
    ),
    buildProgram(),
  ])
  services = started
})
afterAll(async () => {
  await Promise.all((services ?? []).map((service) => service.close()))
  await rm(dir, { recursive: true, force: true })
})

const check = (old: string, fresh: string, ...flags: string[]) =>
  differ(['check-legacy', old, fresh, ...flags])
const checkPairs = (old: string, fresh: string) => check(old, fresh, '--pairs', pairs, '--json')

/** A service in front of a real one that answers as `change` has it, or as the real one where that is null. */
function inFrontOf(service: TestService, change: (asked: Asked, real: Canned) => Canned | null) {
  return startCanned(async (asked) => {
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

interface Found {
  readonly checked: {
    request: { path: string; accept: string | null; method: string }
    differences: { what: string; old: string; new: string; fault: number | null }[]
    trouble: unknown
  }[]
  readonly requests: number
  readonly same: number
}

describe('between two services alike', () => {
  it('finds no difference, over every route and form', async () => {
    const ended = await check(services[0]!.url, services[1]!.url, '--pairs', pairs)
    expect(ended.stderr).toBe('')
    expect(ended.stdout).toMatch(
      /^(\d+) requests: \1 answered alike, 0 differ by known faults .*, 0 differ otherwise, 0 not answered\.\n$/,
    )
    expect(Number(/^\d+/.exec(ended.stdout)?.[0])).toBeGreaterThan(60)
    expect(ended.code).toBe(0)
  })

  it('asks what needs no runs where no pairs are given', async () => {
    const ended = await check(services[0]!.url, services[1]!.url, '--json')
    const found = JSON.parse(ended.stdout) as Found
    expect([ended.code, found.requests, found.checked]).toEqual([0, found.same, []])
  })
})

describe('known faults', () => {
  const raw = (text: string) => text.replaceAll('&gt;', '>').replaceAll('&lt;', '<')
  const bodyOf = ({ body }: Canned) => body.toString()
  const type = ({ headers }: Canned) => headers?.['content-type'] ?? ''
  const withBody = (real: Canned, body: string): Canned => ({ ...real, body })

  it.each<[fault: number, change: (asked: Asked, real: Canned) => Canned | null]>([
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
  ])('fault %i is told as such, and is no reason not to switch over', async (fault, change) => {
    const old = await inFrontOf(services[0]!, change)
    const fresh =
      fault === 17
        ? await inFrontOf(services[1]!, ({ path }) =>
            path === '/ready' ? { status: 503, body: 'Database unavailable' } : null,
          )
        : services[1]!
    try {
      const ended = await checkPairs(old.url, fresh.url)
      const { checked } = JSON.parse(ended.stdout) as Found
      const faults = checked.flatMap(({ differences }) => differences.map((one) => one.fault))
      expect([...new Set(faults)]).toEqual([fault])
      expect(ended.code).toBe(0)
    } finally {
      await old.close()
      if (fault === 17) await fresh.close()
    }
  })
})

describe('differences that nobody expected', () => {
  it.each<[what: string, change: (asked: Asked, real: Canned) => Canned | null]>([
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
      'body',
      ({ path, accept }, real) =>
        path === `/debdiff/${OLD}/${NEW}` && accept === 'text/plain'
          ? { ...real, body: real.body.toString().replace('libc6', 'glibc') }
          : null,
    ],
    [
      'body',
      ({ path }, real) =>
        path.startsWith('/diffoscope') && /html/.test(real.headers?.['content-type'] ?? '')
          ? { ...real, body: real.body.toString().replace('more', 'less') }
          : null,
    ],
  ])('in the %s make the exit status 1', async (what, change) => {
    const old = await inFrontOf(services[0]!, change)
    const ended = await checkPairs(old.url, services[1]!.url)
    await old.close()
    const { checked } = JSON.parse(ended.stdout) as Found
    const found = checked.flatMap(({ differences }) => differences)
    expect([...new Set(found.map((one) => `${one.what} ${one.fault}`))]).toEqual([`${what} null`])
    expect(ended.code).toBe(1)
  })

  it('are shown in a table that cannot steer a terminal', async () => {
    const old = await startCanned(({ path }) => ({ status: 200, body: `\x1b[2J${path}\u202e` }))
    const ended = await check(old.url, services[1]!.url)
    await old.close()
    expect(ended.code).toBe(1)
    expect(ended.stdout).toMatch(
      /DIFFERS {3}GET \/health\n +body\n +old: line 1: \\u001b\[2J\/health\\u202e\n/,
    )
    expect(ended.stdout).not.toMatch(/[\x1b\u202e]/)
  })
})

describe('trouble', () => {
  it('with a service that is not there makes the exit status 2', async () => {
    const gone = await startCanned(() => null)
    await gone.close()
    const ended = await check(gone.url, services[1]!.url)
    expect(ended.code).toBe(2)
    expect(ended.stdout).toMatch(/TROUBLE {3}GET \/health\n +no answer\n +old: .*ECONNREFUSED/)
  })

  it('with an answer that is cut, or does not come in time, too', async () => {
    const old = await startCanned(({ path }) =>
      path === '/metrics'
        ? new Promise<null>(() => {})
        : path === '/health'
          ? null
          : { status: 200, body: '' },
    )
    const ended = await check(old.url, services[1]!.url, '--timeout', '1', '--json')
    await old.close()
    const { checked } = JSON.parse(ended.stdout) as Found
    const trouble = checked.filter((one) => one.trouble).map((one) => [one.request.path, one.trouble])
    expect(ended.code).toBe(2)
    expect(Object.fromEntries(trouble as [string, unknown][])).toEqual({
      '/health': { old: expect.stringMatching(/hang up|reset/), new: null },
      '/metrics': { old: 'no answer within 1 s', new: null },
    })
  })

  it.each([
    [['ftp://old/', 'http://new/'], 'Give the addresses'],
    [['http://old/', 'http://new/', '--pairs', '/no/such/file'], '/no/such/file cannot be read (ENOENT)'],
    [['http://old/'], 'missing required argument'],
    [['http://old/', 'http://new/', '--concurrency', '0'], 'whole number'],
  ])('with the command line %j too', async (args, said) => {
    const ended = await differ(['check-legacy', ...args])
    expect([ended.code, ended.stdout]).toEqual([2, ''])
    expect(ended.stderr).toContain(said)
  })

  it('names the line of a pair that is none', async () => {
    const file = join(dir, 'broken')
    await writeFile(file, 'a b\na b c\n')
    const ended = await check('http://old/', 'http://new/', '--pairs', file)
    expect([ended.code, ended.stderr]).toEqual([2, `differ: ${file}, line 2: give two ids, OLD NEW\n`])
  })
})

describe('what is sent', () => {
  it('has the password of the address, which is printed nowhere, and no more pairs at a time than told', async () => {
    const many = join(dir, 'many')
    await writeFile(many, Array.from({ length: 12 }, (_, i) => `old-${i} new-${i}`).join('\n'))
    const old = await startCanned(async () => {
      await new Promise((resolve) => setTimeout(resolve, 2))
      return { status: 404, body: '' }
    })
    const address = old.url.replace('//', '//user:hush-hush@')
    const ended = await check(address, address, '--pairs', many, '--concurrency', '3', '--json')
    await old.close()
    expect(ended.code).toBe(0)
    expect(ended.stdout + ended.stderr).not.toContain('hush')
    expect(new Set(old.asked.map(({ authorization }) => authorization))).toEqual(
      new Set([`Basic ${Buffer.from('user:hush-hush').toString('base64')}`]),
    )
    // Both addresses are this one service.
    expect(old.mostAtATime()).toBe(6)
    expect(new Set(old.asked.map(({ method }) => method))).toEqual(new Set(['GET', 'HEAD']))
  })

  it('makes the services work ahead only when told to', async () => {
    const old = await startCanned(() => ({ status: 202, body: 'Precaching started' }))
    await check(old.url, old.url, '--pairs', pairs, '--with-precache')
    await old.close()
    expect(old.asked.filter(({ method }) => method === 'POST').map(({ path }) => path)).toEqual(
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
