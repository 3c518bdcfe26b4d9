/** The built program on two machines that share the cache by a bucket. */
import { createHash } from 'node:crypto'
import { readdir, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { removeTree } from '../../src/diff/tools/remove-tree.ts'
import type { BucketServer } from '../bucket/bucket-server.ts'
import { S3_CREDENTIALS, s3Location, startS3Server } from '../bucket/s3-protocol.ts'
import { createTestDatabase, type TestDatabase } from '../fixtures/database.ts'
import { buildRun } from '../fixtures/packages.ts'
import { seedRuns } from '../fixtures/postgres.ts'
import { searchToEnd } from '../fixtures/search.ts'
import { type Answer, ask, eventually, makePlaces, type Places } from '../fixtures/service.ts'
import { differ, serve } from './processes.ts'

/** Lines that hardly compress: the report has several blocks, and a stub on the other machine. */
const lines = (seed: string, count: number) =>
  Array.from(
    { length: count },
    (_, line) =>
      `${createHash('sha512')
        .update(seed + line)
        .digest('hex')}\n`,
  ).join('')

let postgres: TestDatabase
let server: BucketServer
let machines: [Places, Places]
let settings: Record<string, string>
/** The other machine has no tools: what it serves is from the bucket. */
const NO_TOOLS = { DIFFER_DEBDIFF_COMMAND: 'false', DIFFER_DIFFOSCOPE_COMMAND: 'false' }

beforeAll(async () => {
  ;[postgres, server] = await Promise.all([createTestDatabase(), startS3Server()])
  machines = [await makePlaces(), await makePlaces()]
  const artifacts = join(machines[0].root, 'builds')
  settings = {
    ...{ ...S3_CREDENTIALS, DATABASE_URL: postgres.url, ARTIFACT_LOCATION: artifacts },
    DIFFER_CACHE_LOCATION: s3Location(server, 'farm/'),
  }
  const database = await openDatabase({ url: postgres.url })
  await seedRuns(
    database,
    ['old', 'new', 'newer'].map((id) => ({ id, source: 'tea' })),
  )
  await database.close()
  for (const [id, version] of [
    ['old', '1'],
    ['new', '2'],
    ['newer', '3'],
  ] as const)
    await buildRun(join(artifacts, id), [
      { name: 'tea', version, files: { 'usr/share/tea/leaves': lines(id, 4_000) } },
    ])
})
afterAll(async () => {
  await server?.close()
  await postgres?.stop()
  for (const { root } of machines ?? []) await removeTree(root)
})

const inBucket = (kind: string) =>
  [...server.objects.keys()].some((key) => key.startsWith(`farm/entries/${kind}/`))
const REQUESTS = [
  ['/debdiff/old/new', 'text/plain'],
  ['/diffoscope/old/new', 'application/json'],
  ['/diffoscope/old/new', 'text/html'],
  ['/diffoscope/old/new', 'text/plain'],
  ['/summary/old/new', 'application/json'],
] as const
const answersOf = async (url: string) => {
  const answers: Answer[] = []
  for (const [path, accept] of REQUESTS) answers.push(await ask(url, path, { headers: { accept } }))
  return answers
}

it('serves on one machine what another one made, although that was killed', async () => {
  const [first, second] = machines
  const one = await serve(first, settings)
  const made = await answersOf(one.url)
  expect(made.map(({ status }) => status)).toEqual(REQUESTS.map(() => 200))
  await eventually(async () =>
    expect(['debdiff', 'diffoscope', 'summary', 'part'].filter((kind) => !inBucket(kind))).toEqual([]),
  )
  await one.end('SIGKILL')

  const two = await serve(second, { ...settings, ...NO_TOOLS })
  for (const [index, { status, headers, bytes }] of (await answersOf(two.url)).entries()) {
    const expected = made[index]
    expect([REQUESTS[index], status, headers.etag]).toEqual([REQUESTS[index], 200, expected?.headers.etag])
    expect(bytes.equals(expected?.bytes ?? Buffer.alloc(0))).toBe(true)
  }
  const wanted = createHash('sha512').update('new3999').digest('hex')
  const { hits } = await searchToEnd(two.url, 'old/new', { text: wanted })
  expect(hits.map(({ text }) => text.includes(wanted))).toEqual([true])

  // What is here is served without the bucket, and what is not is made, or fails as it does without one.
  await server.stop()
  expect((await ask(two.url, '/diffoscope/old/new')).status).toBe(200)
  expect((await ask(two.url, '/debdiff/old/newer')).status).toBe(400)
  const { headers } = await ask(two.url, '/health')
  expect(headers['x-differ-degraded']).toBe('bucket')
  const metrics = (await ask(two.url, '/metrics')).text
  expect(metrics).toContain('differ_bucket_up 0')
  expect(metrics).toMatch(/differ_bucket_requests_total\{operation="lookup",outcome="hit"\} [1-9]/)
  await server.start()
  expect(await two.end('SIGTERM')).toBe(0)
  expect(two.stderr()).not.toContain(S3_CREDENTIALS.AWS_SECRET_ACCESS_KEY)
})

it('uploads after a kill what was being uploaded, and shows nothing of it before', async () => {
  const [first, second] = machines
  const key = 'farm/entries/debdiff/old_newer'
  let isStarted = false
  server.setFault(({ method, key: asked }) => {
    if (method !== 'PUT' || asked !== key) return null
    isStarted = true
    return { delayMs: 600_000 }
  })
  const killed = await serve(first, settings)
  const { text } = await ask(killed.url, '/debdiff/old/newer')
  await eventually(async () => expect(isStarted).toBe(true))
  await killed.end('SIGKILL')
  server.setFault(null)
  expect(server.objects.has(key)).toBe(false)
  // Another process waits a minute before it takes over.
  const waiting = join(first.cache, 'differ', 'uploads', 'debdiff')
  expect(await readdir(waiting)).toEqual(['old_newer'])
  const then = new Date(Date.now() - 61_000)
  await utimes(join(waiting, 'old_newer'), then, then)
  const restarted = await serve(first, settings)
  await eventually(async () => expect(server.objects.has(key)).toBe(true))
  const other = await serve(second, { ...settings, ...NO_TOOLS })
  expect((await ask(other.url, '/debdiff/old/newer')).text).toBe(text)
  for (const service of [restarted, other]) expect(await service.end('SIGTERM')).toBe(0)
})

it('goes on with wrong credentials, which are in no log, and differ doctor says what is wrong', async () => {
  const [{ root }] = machines
  const secret = 'wrong/secret+key'
  const wrong = { ...settings, AWS_SECRET_ACCESS_KEY: secret }
  const places = { ...machines[0], root, data: join(root, 'new'), cache: join(root, 'new', 'cache') }
  const service = await serve(places, wrong)
  expect((await ask(service.url, '/summary/old/new')).status).toBe(200)
  expect((await ask(service.url, '/health')).headers['x-differ-degraded']).toBe('bucket')
  await service.end('SIGTERM')
  expect(service.stderr()).toContain('SignatureDoesNotMatch')
  const doctor = await differ(['doctor', '--json'], {
    env: { ...wrong, DIFFER_DATA_DIR: places.data, ...NO_TOOLS },
  })
  const { findings } = JSON.parse(doctor.stdout) as {
    findings: { name: string; status: string; found: string }[]
  }
  expect(findings).toContainEqual(
    expect.objectContaining({
      name: 'bucket of the cache',
      status: 'failed',
      found: expect.stringContaining('SignatureDoesNotMatch'),
    }),
  )
  expect(service.stderr() + doctor.stdout + doctor.stderr).not.toContain(secret)
  const right = await differ(['doctor', '--json'], {
    env: { ...settings, DIFFER_DATA_DIR: places.data, ...NO_TOOLS },
  })
  expect(right.stdout).toMatch(/"bucket of the cache",\s*"status": "ok"/)
  expect([...server.objects.keys()].filter((key) => key.includes('doctor'))).toEqual([])
})
