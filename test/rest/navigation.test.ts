/** A browser that navigates to a URL gets errors as a page, with the status and headers that programs get. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startPostgres, type TestPostgres } from '../fixtures/postgres.ts'
import {
  type AskOptions,
  addPair,
  serviceFixture,
  startService,
  type TestService,
} from '../fixtures/service.ts'

const PAGE = 'text/html; charset=utf-8'
const NAVIGATE = { 'sec-fetch-mode': 'navigate' }

let postgres: TestPostgres
let service: TestService
beforeAll(async () => {
  postgres = await startPostgres()
  service = await startService({
    databaseUrl: postgres.url,
    env: {
      DIFFER_DIFFOSCOPE_COMMAND: `${serviceFixture('fails')} 3`,
      DIFFER_ERROR_FORMAT: 'json',
      DIFFER_FAILURE_TTL: '0',
    },
  })
  await addPair(service, 'n')
  await service.addRun({ id: 'broken' }, [])
  await mkdir(join(service.places.artifacts, 'broken'), { recursive: true })
  await writeFile(join(service.places.artifacts, 'broken', 'hello_1_all.deb'), 'not a package')
})
afterAll(async () => {
  await service?.close()
  await postgres?.stop()
})

const failures: [string, AskOptions, number, string][] = [
  ['/debdiff/nobody/n-new', {}, 404, '<h1>Run not found</h1>'],
  ['/debdiff/nobody/n-new/stream', {}, 404, '<p>Run nobody does not exist</p>'],
  ['/diffoscope/n-old/gr%C3%B6%C3%9Fe', {}, 404, 'größe'],
  [
    '/debdiff/n-old/n-new',
    { headers: { accept: 'image/png' } },
    406,
    'Acceptable content types: application/json',
  ],
  ['/debdiff/n-old/broken', {}, 400, 'hello_1_all.deb is not a Debian binary package'],
  ['/diffoscope/n-old/n-new', {}, 500, 'cannot read '],
  ['/renderings/debdiff/nobody/n-new/html', {}, 404, '<h1>Run not found</h1>'],
  ['/nope', {}, 404, '<h1>Not Found</h1>'],
  ['/nope/further', {}, 404, '<a href="/">Back to the first page</a>'],
  ['/health/', {}, 404, '404: Not Found'],
  ['/health', { method: 'POST' }, 405, '405: Method Not Allowed'],
  ['/debdiff/n-old/n-new', { method: 'DELETE' }, 405, '<h1>Method Not Allowed</h1>'],
]

/** Headers that must not depend on the form of the error, nor on the request. */
function comparable(headers: Record<string, unknown>) {
  const { 'content-type': _, 'content-length': __, date: ___, 'x-request-id': ____, ...rest } = headers
  const { 'content-security-policy': _____, ...all } = rest
  return all
}

describe('an error for a navigation', () => {
  it.each(failures)('is a page (%s, %j)', async (path, options, status, text) => {
    const asProgram = await service.ask(path, options)
    const page = await service.ask(path, { ...options, headers: { ...options.headers, ...NAVIGATE } })
    expect([page.status, page.reason]).toEqual([asProgram.status, asProgram.reason])
    expect(page.status).toBe(status)
    expect(comparable(page.headers)).toEqual(comparable(asProgram.headers))
    expect(page.headers['content-type']).toBe(PAGE)
    expect(page.headers['cache-control']).toBe('no-store')
    expect(page.headers['content-security-policy']).toMatch(
      /^default-src 'none'; .*style-src 'sha256-[^ ]+'$/,
    )
    expect(page.text).toMatch(/^<!doctype html>\n/)
    expect(page.text).toContain(text)
    expect(asProgram.headers['content-type']).not.toBe(PAGE)
  })

  it('escapes text of the request', async () => {
    const { text, headers } = await service.ask('/debdiff/%3Cscript%3Ealert(1)%3C%2Fscript%3E/b', {
      headers: NAVIGATE,
    })
    expect(headers.unavailable_run_id).toBe('<script>alert(1)</script>')
    expect(text).toContain('Run &lt;script&gt;alert(1)&lt;/script&gt; does not exist')
    expect(text).not.toContain('<script')
  })

  it.each(['json', 'text'])('has the form %s if the query asks for it', async (format) => {
    const path = `/debdiff/nobody/n-new?error_format=${format}`
    const [navigation, program] = await Promise.all([
      service.ask(path, { headers: NAVIGATE }),
      service.ask(path),
    ])
    expect([navigation.headers['content-type'], navigation.text]).toEqual([
      program.headers['content-type'],
      program.text,
    ])
  })

  it.each(['cors', 'no-cors', 'same-origin', 'Navigate'])(
    'has the form for programs with Sec-Fetch-Mode: %s',
    async (mode) => {
      const { headers } = await service.ask('/debdiff/nobody/n-new', { headers: { 'sec-fetch-mode': mode } })
      expect(headers['content-type']).toBe('application/json; charset=utf-8')
    },
  )

  it('is a page with Retry-After if the database is unavailable', async () => {
    await postgres.down()
    try {
      for (const path of ['/ready', '/debdiff/n-old/unseen-before']) {
        const { status, headers, text } = await service.ask(path, { headers: NAVIGATE })
        expect([path, status, headers['content-type'], headers['retry-after']]).toEqual([
          path,
          503,
          PAGE,
          '5',
        ])
        expect(text).toContain('Database unavailable')
      }
      const health = await service.ask('/health', { headers: NAVIGATE })
      expect([health.status, health.text]).toEqual([200, 'ok'])
    } finally {
      await postgres.up()
    }
  })
})

it('a successful navigation gets the same response as any request', async () => {
  const { status, headers } = await service.ask('/debdiff/n-old/n-new', { headers: NAVIGATE })
  expect([status, headers['content-type']]).toEqual([200, PAGE])
})
