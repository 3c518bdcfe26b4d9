/** `/debdiff/{old}/{new}/stream`, which sends a debdiff while the tool prints it. */
import { once } from 'node:events'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { removeTree } from '../../src/diff/tools/remove-tree.ts'
import { createTestDatabase, type TestDatabase } from '../fixtures/database.ts'
import type { PackageSpec } from '../fixtures/packages.ts'
import {
  type AskOptions,
  addPair,
  eventually,
  makePlaces,
  NO_TRACES,
  type Places,
  send,
  serviceFixture,
  startService,
  type TestService,
  tracesOf,
} from '../fixtures/service.ts'

let postgres: TestDatabase
beforeAll(async () => {
  postgres = await createTestDatabase()
})
afterAll(() => postgres?.stop())

/** A response whose body is observed while it arrives. */
async function open({ url }: TestService, path: string, options: AskOptions = {}) {
  const request = send(url, path, options)
  const [answer] = (await once(request, 'response')) as [IncomingMessage]
  const body = { text: '', firstByteMs: 0, endMs: 0, whole: false, request, answer, done: Promise.resolve() }
  body.done = (async () => {
    try {
      for await (const chunk of answer) {
        body.firstByteMs ||= performance.now()
        body.text += (chunk as Buffer).toString('utf8')
      }
      body.whole = answer.complete
    } catch {
      // The connection was cut: `whole` stays false.
    }
    body.endMs = performance.now()
  })()
  return body
}

const cached = ({ places }: TestService) => readdir(join(places.cache, 'debdiff')).catch(() => [])

describe('a debdiff that takes the real tool seconds', () => {
  const PACKAGES = 15
  let service: TestService
  const build = (version: string, libc: string): PackageSpec[] =>
    Array.from({ length: PACKAGES }, (_, n) => ({
      name: `tea-${String(n).padStart(3, '0')}`,
      version,
      control: { Depends: `libc6 (>= ${libc})` },
      files: { [`usr/share/tea/${n}-${version}`]: 'leaves\n' },
    }))

  beforeAll(async () => {
    service = await startService({ databaseUrl: postgres.url })
    await service.addRun({ id: 'many-old', version: '1' }, build('1', '2.34'))
    await service.addRun({ id: 'many-new', version: '2' }, build('2', '2.36'))
  })
  afterAll(() => service?.close())

  it('is sent while debdiff runs, and equals the cached one in the end', async () => {
    const body = await open(service, '/debdiff/many-old/many-new/stream')
    await eventually(() => expect(body.text).not.toBe(''))
    expect((await tracesOf(service.places)).processes).toContainEqual(expect.stringContaining('debdiff'))
    expect(await cached(service)).toEqual([])
    expect(body.answer.headers).toMatchObject({
      'content-type': 'text/plain',
      'transfer-encoding': 'chunked',
      'cache-control': 'no-cache',
      vary: 'Accept, Accept-Encoding',
    })
    await body.done
    expect(body.whole).toBe(true)
    expect(body.endMs - body.firstByteMs).toBeGreaterThan(200)
    expect(body.text.match(/^Depends: libc6 /gm)).toHaveLength(PACKAGES)
    expect(await cached(service)).toEqual(['many-old_many-new'])
    const plain = await service.ask('/debdiff/many-old/many-new', { headers: { accept: 'text/plain' } })
    expect(plain.text).toBe(body.text)
  })
})

describe('a debdiff that is being made', () => {
  let places: Places
  let service: TestService
  let pairs = 0
  let path = ''
  const steps = (file: string) => join(places.root, 'steps', file)
  /** Lets the tool continue, and exit with `code`. */
  const go = async (code: number) => {
    // Under its final name the file must never be empty, because the tool may read it at any moment.
    await writeFile(steps('going'), String(code))
    await rename(steps('going'), steps('go'))
  }
  const starts = async () => (await readFile(steps('started'), 'utf8').catch(() => '')).split('\n').length - 1
  const CONTROL_ALPHA = 'Control files of package alpha: lines which differ (wdiff format)'
  const WHOLE =
    /^Control files of package alpha.*\nControl files of package beta.*\nVersion: \[-1-\] \{\+2\+\}\n\n$/s

  beforeAll(async () => {
    places = await makePlaces()
    await mkdir(steps(''))
    const script = join(import.meta.dirname, 'fixtures/prints-in-steps')
    service = await startService({
      databaseUrl: postgres.url,
      places,
      env: {
        DIFFER_SANDBOX: 'off',
        DIFFER_FAILURE_TTL: '0',
        DIFFER_DEBDIFF_COMMAND: `${script} ${steps('')}`,
      },
    })
  })
  afterAll(async () => {
    await service?.close()
    if (places) await removeTree(places.root)
  })
  beforeEach(async () => {
    await Promise.all(['go', 'started'].map((file) => rm(steps(file), { force: true })))
    const pair = await addPair(service, `half-${pairs++}`)
    path = `/debdiff/${pair.old}/${pair.new}/stream`
  })

  it('breaks the connection if the tool fails after its first bytes, and is not cached', async () => {
    const body = await open(service, path)
    await eventually(() => expect(body.text).toContain(CONTROL_ALPHA))
    expect(body.answer.statusCode).toBe(200)
    await go(2)
    await body.done
    expect(body.whole).toBe(false)
    expect(service.log).toContainEqual(
      expect.objectContaining({
        msg: 'a response broke off',
        err: expect.objectContaining({ message: 'debdiff failed with exit code 2' }),
      }),
    )
    expect(await cached(service)).not.toContainEqual(expect.stringContaining(path.split('/')[2] as string))
    await eventually(async () => expect(await tracesOf(places)).toEqual(NO_TRACES))

    // The next request makes it again.
    await go(1)
    const again = await service.ask(path)
    expect([again.status, await starts()]).toEqual([200, 2])
    expect(again.text).toMatch(WHOLE)
  })

  it('is made once for concurrent requests of any kind, and later ones get all of it', async () => {
    const first = await open(service, path)
    const bodies = [first]
    await eventually(() => expect(first.text).toContain(CONTROL_ALPHA))
    for (let n = 0; n < 9; n++) bodies.push(await open(service, path))
    const plain = service.ask(path.replace(/\/stream$/, ''), { headers: { accept: 'text/plain' } })
    await eventually(() => expect(bodies.every(({ text }) => text.includes(CONTROL_ALPHA))).toBe(true))
    await go(1)
    await Promise.all(bodies.map(({ done }) => done))
    const { text } = await plain
    expect(text).toMatch(WHOLE)
    expect(bodies.map((body) => [body.whole, body.text])).toEqual(bodies.map(() => [true, text]))
    expect(await starts()).toBe(1)
  })

  it('continues for the remaining clients when one disconnects', async () => {
    const [leaving, staying] = [await open(service, path), await open(service, path)]
    leaving.request.destroy()
    await leaving.done
    await go(1)
    await staying.done
    expect([staying.whole, await starts()]).toEqual([true, 1])
    expect(staying.text).toMatch(WHOLE)
  })

  it('is stopped when its last client disconnects, and leaves nothing', async () => {
    const bodies = [await open(service, path), await open(service, path)]
    expect((await tracesOf(places)).processes).not.toEqual([])
    for (const { request } of bodies) request.destroy()
    await eventually(async () => expect(await tracesOf(places)).toEqual(NO_TRACES))
    expect(await cached(service)).not.toContainEqual(expect.stringContaining(path.split('/')[2] as string))
  })

  it('is sent section by section with the filter', async () => {
    const body = await open(service, `${path}?filter_boring`)
    await eventually(() => expect(body.text).not.toBe(''))
    expect(body.text).toBe(
      `${CONTROL_ALPHA}\n${'-'.repeat(CONTROL_ALPHA.length)}\nDepends: [-libc6-] {+libc7+}\n`,
    )
    await go(1)
    await body.done
    expect(body.whole).toBe(true)
    expect(body.text).toMatch(
      /\n\nNo differences were encountered between the control files of package beta\n/,
    )
    const later = await service.ask(path.replace('/stream', '?filter_boring'), {
      headers: { accept: 'text/plain' },
    })
    expect(later.text).toBe(body.text)
  })

  it('answers HEAD when it is complete, without a body', async () => {
    await go(1)
    const head = await service.ask(path, { method: 'HEAD' })
    expect([head.status, head.bytes.length, head.headers['content-type']]).toEqual([200, 0, 'text/plain'])
    const get = await service.ask(path)
    expect(get.headers.etag).toBe(head.headers.etag)
    expect([get.text.match(WHOLE) !== null, await starts()]).toEqual([true, 1])
  })

  it('is chunked and has an ETag when it is cached', async () => {
    await go(1)
    await service.ask(path)
    const answer = await service.ask(path)
    expect(answer.headers).toMatchObject({
      'transfer-encoding': 'chunked',
      etag: expect.stringMatching(/^".+"$/),
    })
    expect(answer.text).toMatch(WHOLE)
    const again = await service.ask(path, { headers: { 'if-none-match': String(answer.headers.etag) } })
    expect([again.status, again.text]).toEqual([304, ''])
    expect(await starts()).toBe(1)
  })

  it.each(['GET', 'HEAD'])('answers %s of an unknown run with an error', async (method) => {
    const { status, headers, text } = await service.ask('/debdiff/nobody/half-0-new/stream', { method })
    expect([status, headers.unavailable_run_id]).toEqual([404, 'nobody'])
    expect(text).toBe(method === 'GET' ? 'missing artifacts' : '')
  })

  it.each([
    ['text/html', 406],
    ['text/x-diff', 406],
    ['image/png', 406],
    ['text/plain;q=0, */*;q=0', 406],
    ['text/plain', 200],
    ['text/*', 200],
    ['text/html, */*;q=0.1', 200],
  ])('answers "Accept: %s" with %i', async (accept, status) => {
    await go(1)
    const answer = await service.ask(path, { headers: { accept } })
    expect(answer.status).toBe(status)
    if (status === 406) expect(answer.text).toBe('Acceptable content types: text/plain')
    expect(answer.headers.vary).toBe('Accept, Accept-Encoding')
  })

  it('checks the runs before the Accept header', async () => {
    const { status } = await service.ask('/debdiff/nobody/half-0-new/stream', {
      headers: { accept: 'image/png' },
    })
    expect(status).toBe(404)
  })

  it('supports no other method', async () => {
    const { status, headers } = await service.ask(path, { method: 'POST' })
    expect([status, headers.allow]).toEqual([405, 'GET,HEAD'])
  })
})

describe('a tool that fails before it prints', () => {
  it('is answered with an error status, not with a broken stream', async () => {
    const service = await startService({
      databaseUrl: postgres.url,
      env: { DIFFER_DEBDIFF_COMMAND: `${serviceFixture('fails')} 3` },
    })
    try {
      const pair = await addPair(service, 'fails')
      const answer = await service.ask(`/debdiff/${pair.old}/${pair.new}/stream`)
      expect([answer.status, answer.headers['content-type'], answer.headers.etag]).toEqual([
        400,
        'text/plain; charset=utf-8',
        undefined,
      ])
      expect(answer.text).toMatch(/^cannot read (?!\/).*member\n$/)
    } finally {
      await service.close()
    }
  })
})
