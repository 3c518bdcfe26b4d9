/** Expected failures as members of their unions, and unexpected ones masked. */
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { removeTree } from '../../src/diff/tools/remove-tree.ts'
import { createTestDatabase, type TestDatabase } from '../fixtures/database.ts'
import { startPostgres, type TestPostgres } from '../fixtures/postgres.ts'
import {
  addPair,
  eventually,
  makeGate,
  makePlaces,
  NO_TRACES,
  type Places,
  send,
  startService,
  type TestService,
  tracesOf,
} from '../fixtures/service.ts'
import { requestDiffs } from './request-diffs.ts'

let postgres: TestDatabase
let places: Places
/** A service with the real tools. */
let service: TestService

beforeAll(async () => {
  postgres = await createTestDatabase()
  places = await makePlaces()
  service = await startService({ databaseUrl: postgres.url, places })
})
afterAll(async () => {
  await service?.close()
  await postgres?.stop()
  if (places) await removeTree(places.root)
})

describe('a run that cannot be compared', () => {
  beforeAll(async () => {
    await service.addRun({ id: 'good' }, [{ name: 'hello', version: '1' }])
    await service.addRun({ id: 'failed', resultCode: 'build-failed' }, [])
    await service.addRun({ id: 'running', resultCode: null, finishTime: null }, [])
  })

  it.each([
    {
      old: 'unknown',
      new: 'good',
      error: {
        __typename: 'RunNotFoundError',
        runId: 'unknown',
        message: 'Run unknown does not exist',
        retryable: false,
      },
    },
    { old: 'good', new: 'unknown', error: { __typename: 'RunNotFoundError', runId: 'unknown' } },
    { old: 'failed', new: 'unknown', error: { __typename: 'RunNotSuccessfulError', runId: 'failed' } },
    {
      old: 'failed',
      new: 'good',
      error: { __typename: 'RunNotSuccessfulError', resultCode: 'build-failed', retryable: false },
    },
    {
      old: 'good',
      new: 'running',
      error: { __typename: 'RunNotSuccessfulError', runId: 'running', resultCode: null },
    },
    { old: 'nul\0byte', new: 'good', error: { __typename: 'RunNotFoundError', runId: 'nul\0byte' } },
  ])('is named with the reason: $old, $new', async ({ error, ...pair }) => {
    expect(await requestDiffs(service, pair)).toMatchObject(error)
  })

  it('is an error of `run`, and null for `node`', async () => {
    const { data } = await service.graphql(
      `query ($gone: ID!) { run(runId: "unknown") { __typename ... on Error { message } } node(id: $gone) { id } }`,
      { gone: Buffer.from('Run:unknown').toString('base64') },
    )
    expect(data).toEqual({
      run: { __typename: 'RunNotFoundError', message: 'Run unknown does not exist' },
      node: null,
    })
  })

  it('is an empty object to a query that selects only the success type', async () => {
    const result = await service.graphql(
      `{ run(runId: "unknown") { ... on Run { version } } comparison(old: "unknown", new: "good") { ... on Comparison { old { runId } } } }`,
    )
    expect(result).toEqual({ data: { run: {}, comparison: {} } })
  })
})

describe('unavailable artifacts', () => {
  it('are missing if the run has no directory, or one without packages', async () => {
    await service.addRun({ id: 'without' }, [])
    await service.addRun({ id: 'with' }, [{ name: 'hello', version: '1' }])
    await service.addRun({ id: 'only-a-log' }, [])
    await mkdir(join(places.artifacts, 'only-a-log'), { recursive: true })
    await writeFile(join(places.artifacts, 'only-a-log', 'build.log'), 'nothing was built')
    for (const id of ['without', 'only-a-log']) {
      const missing = { __typename: 'ArtifactsMissingError', runId: id, retryable: false }
      const { debdiff, diffoscope } = await requestDiffs(service, { old: 'with', new: id })
      expect(debdiff).toMatchObject(missing)
      expect(diffoscope).toMatchObject(missing)
    }
    const { data } = await service.graphql(
      `{ run(runId: "without") { ... on Run { binaries { __typename ... on ArtifactsMissingError { runId } } } }
         comparison(old: "with", new: "without") { ... on Comparison { binaryChanges { __typename ... on Error { message } } } } }`,
    )
    expect(data.run.binaries).toEqual({ __typename: 'ArtifactsMissingError', runId: 'without' })
    expect(data.comparison.binaryChanges).toEqual({
      __typename: 'ArtifactsMissingError',
      message: 'No artifacts for run id: without',
    })
  })

  it('cannot be retrieved from a symbolic link to itself', async () => {
    await service.addRun({ id: 'loop' }, [])
    await symlink('loop', join(places.artifacts, 'loop'))
    const { debdiff } = await requestDiffs(service, { old: 'loop', new: 'good' })
    expect(debdiff).toMatchObject({ __typename: 'ArtifactRetrievalError', runId: 'loop', retryable: true })
    const { data } = await service.graphql(
      `{ run(runId: "loop") { ... on Run { binaries { __typename ... on Error { message } } } } }`,
    )
    expect(data.run.binaries).toEqual({
      __typename: 'ArtifactRetrievalError',
      message: 'Unable to retrieve artifacts for run id: loop',
    })
  })

  it('are refused by file name if they are invalid packages', async () => {
    await service.addRun({ id: 'broken' }, [])
    await mkdir(join(places.artifacts, 'broken'))
    await writeFile(join(places.artifacts, 'broken', 'hello_1_all.deb'), 'not a package')
    const { debdiff, diffoscope } = await requestDiffs(service, { old: 'good', new: 'broken' })
    const invalid = { __typename: 'InvalidPackageError', filename: 'hello_1_all.deb', retryable: false }
    expect(debdiff).toMatchObject(invalid)
    expect(diffoscope).toMatchObject(invalid)
  })
})

describe('work over GET', () => {
  const get = (query: string) => service.ask(`/graphql?query=${encodeURIComponent(query)}`)

  it.each(['WAIT', 'ENQUEUE'])('is not started by mode %s', async (mode) => {
    const pair = await addPair(service, `get-${mode.toLowerCase()}`)
    const answer = await get(
      `{ comparison(old: "${pair.old}", new: "${pair.new}") { ... on Comparison { debdiff(mode: ${mode}) { __typename } } } }`,
    )
    const { errors } = JSON.parse(answer.text)
    expect(errors[0].message).toContain('send the query by POST')
    expect(await tracesOf(places)).toEqual(NO_TRACES)
  })

  it('is not needed for reading the cache', async () => {
    const answer = await get(
      `{ comparison(old: "get-wait-old", new: "get-wait-new") { ... on Comparison { debdiff { __typename ... on DiffNotReadyError { job { jobId } } } } } }`,
    )
    expect(JSON.parse(answer.text).data.comparison.debdiff).toEqual({
      __typename: 'DiffNotReadyError',
      job: null,
    })
  })
})

describe('the content of a rendering', () => {
  it('can be read in parts of any size, which never split a character', async () => {
    const glyphs = 'aä€𝄞'
    const lines = Array.from({ length: 120 }, (_, n) => `${n} ${glyphs.repeat(1 + (n % 5))}\n`).join('')
    await service.addRun({ id: 'glyphs-old', version: '1' }, [
      { name: 'glyphs', version: '1', files: { 'usr/share/glyphs': 'a\n' } },
    ])
    await service.addRun({ id: 'glyphs-new', version: '1' }, [
      { name: 'glyphs', version: '1', files: { 'usr/share/glyphs': lines } },
    ])
    const part = async (offset: number, maxBytes: number) => {
      const { data, errors } = await service.graphql(
        `query ($offset: ByteCount!, $maxBytes: Int!) { comparison(old: "glyphs-old", new: "glyphs-new") { ... on Comparison {
          diffoscope(mode: WAIT) { ... on Diffoscope { text { url content(offset: $offset, maxBytes: $maxBytes) { text truncated nextOffset } } } } } } }`,
        { offset, maxBytes },
      )
      expect(errors).toBeUndefined()
      return data.comparison.diffoscope.text
    }
    const whole = await part(0, 1 << 20)
    const served = await service.ask(whole.url.slice(service.url.length))
    expect(whole.content).toEqual({ text: served.text, truncated: false, nextOffset: null })
    expect(whole.content.text).toContain(glyphs.repeat(5))

    for (const maxBytes of [4, 5, 97, 1000]) {
      let text = ''
      let offset: number | null = maxBytes < 10 ? served.bytes.length - 400 - (served.bytes.length % 7) : 0
      // Back to the first byte of a character.
      while (offset > 0 && (Number(served.bytes[offset]) & 0xc0) === 0x80) offset -= 1
      const start = offset
      while (offset !== null) {
        const { content }: { content: { text: string; truncated: boolean; nextOffset: number | null } } =
          await part(offset, maxBytes)
        expect(Buffer.byteLength(content.text)).toBeLessThanOrEqual(maxBytes)
        expect(content.text).not.toContain('\ufffd')
        expect(content.truncated).toBe(content.nextOffset !== null)
        text += content.text
        offset = content.nextOffset
      }
      expect(text).toBe(served.bytes.subarray(start).toString('utf8'))
    }
    const afterEnd = await part(served.bytes.length + 10, 100)
    expect(afterEnd.content).toEqual({ text: '', truncated: false, nextOffset: null })
  })
})

describe('the database', () => {
  /** Starts a service with a separate PostgreSQL, which the test may break. */
  async function withDatabase(use: (own: TestService, database: TestPostgres) => Promise<void>) {
    const database = await startPostgres()
    const own = await startService({ databaseUrl: database.url })
    try {
      await own.addRun({ id: 'there' }, [])
      await use(own, database)
    } finally {
      await own.close()
      await database.stop()
    }
  }

  it('that fails unexpectedly leads to a masked error with a reference to the log', async () => {
    await withDatabase(async (own, database) => {
      await database.sql('ALTER TABLE run RENAME TO run_hidden_secret')
      const { data, errors } = await own.graphql(
        '{ run(runId: "there") { ... on Run { version } ... on Error { message } } }',
      )
      expect(data).toEqual({ run: null })
      expect(errors).toHaveLength(1)
      const [error] = errors ?? []
      expect(error?.extensions).toEqual({ code: 'INTERNAL_SERVER_ERROR', reference: expect.any(String) })
      const reference = error?.extensions?.reference
      expect(error?.message).toBe(`Unexpected error; its reference in the log is ${reference}`)
      const [record] = own.log.filter((line) => line.reference === reference)
      expect(JSON.stringify(record)).toMatch(/relation .*run.* does not exist/)

      const rest = await own.ask('/debdiff/there/there?error_format=json')
      expect(rest.status).toBe(500)
      const body = JSON.parse(rest.text)
      expect(body).toMatchObject({ error: 'Internal server error', run_id: null, command: null })
      expect(rest.text).not.toMatch(/relation|select|run_hidden/i)
      const restReference = /reference of this failure in its log is (\S+)$/.exec(body.details)?.[1]
      expect(own.log.filter((line) => line.reference === restReference)).toHaveLength(1)
      expect(own.log.find((line) => line.reference === restReference)?.err).toBeDefined()

      await database.sql('ALTER TABLE run_hidden_secret RENAME TO run')
      const again = await own.graphql('{ run(runId: "there") { ... on Run { version } } }')
      expect(again).toEqual({ data: { run: { version: '1.0-1' } } })
    })
  })

  it('that is down is reported by GraphQL, REST and readiness, until it is back', async () => {
    await withDatabase(async (own, database) => {
      await database.down()
      const { data, errors } = await own.graphql(`{
        run(runId: "there") { __typename ... on DatabaseUnavailableError { message retryable retryAfterMs } }
        runs { __typename }
        comparison(old: "there", new: "there") { __typename }
      }`)
      // A list is in no union: it is null, and the error has the code.
      expect(errors).toEqual([
        expect.objectContaining({
          path: ['runs'],
          message: 'Database unavailable',
          extensions: { code: 'DATABASE_UNAVAILABLE', retryable: true, retryAfterMs: 5000 },
        }),
      ])
      expect(data.runs).toBeNull()
      expect(data.run).toEqual({
        __typename: 'DatabaseUnavailableError',
        message: 'Database unavailable',
        retryable: true,
        retryAfterMs: 5000,
      })
      expect(data.comparison.__typename).toBe('DatabaseUnavailableError')

      const rest = await own.ask('/debdiff/there/there')
      expect([rest.status, rest.text, rest.headers['retry-after']]).toEqual([
        503,
        'Database unavailable',
        '5',
      ])
      const json = await own.ask('/diffoscope/there/there?error_format=json')
      expect([json.status, JSON.parse(json.text).error]).toEqual([503, 'Database unavailable'])
      const ready = await own.ask('/ready')
      expect([ready.status, ready.text]).toEqual([503, 'Database unavailable'])
      expect((await own.ask('/health')).status).toBe(200)

      await database.up()
      await eventually(async () => expect((await own.ask('/ready')).text).toBe('ok'))
      expect(await own.graphql('{ run(runId: "there") { ... on Run { runId } } }')).toEqual({
        data: { run: { runId: 'there' } },
      })
    })
  })
})

describe('health', () => {
  it('answers at once while tools run and requests wait for them', async () => {
    const dir = await makePlaces()
    const gate = await makeGate(join(dir.root, 'gate'))
    await gate.close()
    const other = await startService({ databaseUrl: postgres.url, env: gate.env })
    const pair = await addPair(other, 'health')
    const waiting = send(other.url, `/debdiff/${pair.old}/${pair.new}`)
    await eventually(async () => expect(await gate.started()).toEqual(['debdiff']))
    for (const path of ['/health', '/ready']) {
      const answer = await other.ask(path, { signal: AbortSignal.timeout(15_000) })
      expect([answer.status, answer.text]).toEqual([200, 'ok'])
    }
    waiting.destroy()
    await eventually(async () => expect(await tracesOf(other.places)).toEqual(NO_TRACES))
    await other.close()
    await removeTree(dir.root)
  })
})
