/** Old clients as they are in the field: Python's standard library and curl, against the running program. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { removeTree } from '../../src/diff/tools/remove-tree.ts'
import { startPostgres, type TestPostgres } from '../fixtures/postgres.ts'
import { addPair, startService, type TestService } from '../fixtures/service.ts'

const run = promisify(execFile)
let postgres: TestPostgres
let service: TestService
let dir: string
beforeAll(async () => {
  postgres = await startPostgres()
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

/** What curl prints, with the status and the content type behind it. */
async function curl(...args: string[]): Promise<{ body: string; status: number; type: string }> {
  const { stdout } = await run('curl', ['-s', '-w', '\n%{http_code} %{content_type}', ...args])
  const at = stdout.lastIndexOf('\n')
  const [status = '', type = ''] = stdout.slice(at + 1).split(/ (.*)/)
  return { body: stdout.slice(0, at), status: Number(status), type }
}

describe('the publisher', () => {
  it('takes 200 as the diff, without what every rebuild changes', async () => {
    const { status, text } = await python('publisher', 'c-old', 'c-new')
    expect(status).toBe(200)
    expect(text).toContain('Depends: libc6 (>= [-2.34)')
    expect(text).not.toContain('Version: [-')
  })

  it.each([
    ['a run that is not there', 'c-old', 'nobody', 'nobody'],
    ['the old run not there', 'nobody', 'c-new', 'nobody'],
    ['a run without packages', 'c-old', 'empty', 'empty'],
  ])('takes 404 as not yet, and reads which run it is: %s', async (_, old, fresh, missing) => {
    expect(await python('publisher', old, fresh)).toMatchObject({ status: 404, run: missing })
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
  ])('gets a %s as its reader wants it: %s', async (kind, accept, type) => {
    const answer = await python('site', kind, 'c-old', 'c-new', accept)
    expect(answer).toMatchObject({ status: 200, type })
    expect(answer.length).toBeGreaterThan(50)
  })

  it('takes 404 the same way', async () => {
    expect(await python('site', 'diffoscope', 'c-old', 'nobody', 'text/html')).toEqual({
      status: 404,
      run: 'nobody',
    })
  })
})

it('a client keeps one connection for many requests, HEAD among them', async () => {
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
  it('asks as people do, without saying what it accepts', async () => {
    const { status, type, body } = await curl(`${service.url}/diffoscope/c-old/c-new`)
    expect([status, type.split(';')[0]]).toEqual([200, 'text/markdown'])
    expect(body).toContain('+weiß')
  })

  it('has the same by each compression', async () => {
    const url = `${service.url}/diffoscope/c-old/c-new`
    const plain = await curl(url, '-H', 'accept: text/html')
    expect((await curl(url, '-H', 'accept: text/html', '--compressed')).body).toBe(plain.body)
  })

  it('asks again with the ETag that it kept', async () => {
    const etags = join(dir, 'etags')
    const url = `${service.url}/diffoscope/c-old/c-new`
    expect((await curl(url, '-H', 'accept: text/plain', '--etag-save', etags)).status).toBe(200)
    expect(await readFile(etags, 'utf8')).toMatch(/^"/)
    const { status, body } = await curl(url, '-H', 'accept: text/plain', '--etag-compare', etags)
    expect([status, body]).toEqual([304, ''])
  })

  it('follows the redirect of a slash at the end', async () => {
    const { status } = await curl('-L', `${service.url}/debdiff/c-old/c-new/`, '-H', 'accept: text/plain')
    expect([200, 404]).toContain(status)
  })

  it('has a pair precached', async () => {
    await addPair(service, 'd')
    const { status } = await curl('-X', 'POST', `${service.url}/precache/d-old/d-new`)
    expect([200, 202]).toContain(status)
  })

  it('streams a debdiff', async () => {
    const { status, body } = await curl('-N', `${service.url}/debdiff/c-old/c-new/stream`)
    expect(status).toBe(200)
    expect(body).toContain('Control files of package tea')
  })
})
