/** Real clients against a running service: Python's standard library, as the old clients use it, and curl. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { removeTree } from '../../src/diff/tools/remove-tree.ts'
import { createTestDatabase, type TestDatabase } from '../fixtures/database.ts'
import { addPair, startService, type TestService } from '../fixtures/service.ts'

const run = promisify(execFile)
let postgres: TestDatabase
let service: TestService
let dir: string
beforeAll(async () => {
  postgres = await createTestDatabase()
  service = await startService({ databaseUrl: postgres.url })
  dir = await mkdtemp(join(tmpdir(), 'differ-clients-'))
  await addPair(service, 'c')
  await service.addRun({ id: 'empty' }, [])
})
afterAll(async () => {
  await service?.close()
  await postgres?.stop()
  if (dir) await removeTree(dir)
})

async function python(what: string, ...args: unknown[]) {
  const script = join(import.meta.dirname, 'fixtures', 'old_clients.py')
  const { stdout } = await run('python3', [script, service.url, what, JSON.stringify(args)])
  return JSON.parse(stdout)
}

/** Runs curl. */
async function curl(...args: string[]): Promise<{ body: string; status: number; type: string }> {
  const { stdout } = await run('curl', ['-s', '-w', '\n%{http_code} %{content_type}', ...args])
  const at = stdout.lastIndexOf('\n')
  const [status = '', type = ''] = stdout.slice(at + 1).split(/ (.*)/)
  return { body: stdout.slice(0, at), status: Number(status), type }
}

describe('the publisher', () => {
  it('gets a filtered debdiff with 200', async () => {
    const { status, text } = await python('publisher', 'c-old', 'c-new')
    expect(status).toBe(200)
    expect(text).toContain('Depends: libc6 (>= [-2.34)')
    expect(text).not.toContain('Version: [-')
  })

  it.each([
    ['an unknown new run', 'c-old', 'nobody', 'nobody'],
    ['an unknown old run', 'nobody', 'c-new', 'nobody'],
    ['a run without packages', 'c-old', 'empty', 'empty'],
  ])('reads from a 404 which run is unavailable: %s', async (_, old, newer, missing) => {
    expect(await python('publisher', old, newer)).toMatchObject({ status: 404, run: missing })
  })
})

describe('the web site', () => {
  it.each([
    ['debdiff', 'text/html', 'text/html'],
    ['debdiff', 'text/plain', 'text/plain'],
    ['debdiff', 'text/markdown', 'text/markdown'],
    ['debdiff', 'application/json', 'application/json'],
    ['diffoscope', 'text/html', 'text/html'],
    ['diffoscope', 'text/plain', 'text/plain'],
    ['diffoscope', 'text/markdown', 'text/markdown'],
    ['diffoscope', 'application/json', 'application/json'],
    ['diffoscope', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'text/html'],
  ])('gets a %s in the format of its Accept header: %s', async (kind, accept, type) => {
    const answer = await python('site', kind, 'c-old', 'c-new', accept)
    expect(answer).toMatchObject({ status: 200, type })
    expect(answer.length).toBeGreaterThan(50)
  })

  it('reads from a 404 which run is unavailable', async () => {
    expect(await python('site', 'diffoscope', 'c-old', 'nobody', 'text/html')).toEqual({
      status: 404,
      run: 'nobody',
    })
  })
})

it('one connection serves many requests, HEAD included', async () => {
  const path = '/debdiff/c-old/c-new'
  const answers = await python('one_connection', [
    ['GET', path],
    ['HEAD', path],
    ['GET', '/health'],
    ['GET', '/debdiff/c-old/nobody'],
    ['POST', path],
    ['GET', path],
  ])
  expect(answers.map(([status]: [number]) => status)).toEqual([200, 200, 200, 404, 405, 200])
  expect(answers[1][1]).toBe(0)
  expect(answers[5][1]).toBe(answers[0][1])
})

describe('curl', () => {
  it('gets Markdown without an Accept header', async () => {
    const { status, type, body } = await curl(`${service.url}/diffoscope/c-old/c-new`)
    expect([status, type.split(';')[0]]).toEqual([200, 'text/markdown'])
    expect(body).toContain('+weiß')
  })

  it('gets the same body compressed', async () => {
    const url = `${service.url}/diffoscope/c-old/c-new`
    const plain = await curl(url, '-H', 'accept: text/html')
    expect((await curl(url, '-H', 'accept: text/html', '--compressed')).body).toBe(plain.body)
  })

  it('gets a 304 for the ETag that it saved', async () => {
    const etags = join(dir, 'etags')
    const url = `${service.url}/diffoscope/c-old/c-new`
    expect((await curl(url, '-H', 'accept: text/plain', '--etag-save', etags)).status).toBe(200)
    expect(await readFile(etags, 'utf8')).toMatch(/^"/)
    const { status, body } = await curl(url, '-H', 'accept: text/plain', '--etag-compare', etags)
    expect([status, body]).toEqual([304, ''])
  })

  it('gets a 404 for a slash at the end', async () => {
    const { status } = await curl('-L', `${service.url}/debdiff/c-old/c-new/`, '-H', 'accept: text/plain')
    expect(status).toBe(404)
  })

  it('can queue a pair', async () => {
    await addPair(service, 'd')
    const { status } = await curl('-X', 'POST', `${service.url}/precache/d-old/d-new`)
    expect(status).toBe(202)
  })

  it('streams a debdiff', async () => {
    const { status, body } = await curl('-N', `${service.url}/debdiff/c-old/c-new/stream`)
    expect(status).toBe(200)
    expect(body).toContain('Control files of package tea')
  })
})
