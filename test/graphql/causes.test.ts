/** Error members that no other test of the service reaches, by their real causes; and many clients at once with none. */
import { mkdir } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EXAMPLE_TABS } from '../../src/http/example-operations.ts'
import { startFakeGcs } from '../artifacts/fake-gcs.ts'
import { startPostgres, type TestPostgres } from '../fixtures/postgres.ts'
import { startService, type TestService } from '../fixtures/service.ts'
import { dataOf, makeSampleDiffs, startWithSamples } from './samples.ts'

let postgres: TestPostgres
beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(() => postgres?.stop())

describe('an expected failure is told by its type', () => {
  it('of a store that does not answer in time: ArtifactRetrievalTimeoutError', async () => {
    const fake = await startFakeGcs()
    fake.setFault(() => true)
    const service = await startService({
      databaseUrl: postgres.url,
      env: {
        ARTIFACT_LOCATION: 'gs://builds/farm/',
        STORAGE_EMULATOR_HOST: fake.endpoint,
        DIFFER_RETRIEVAL_TIMEOUT: '1',
      },
    })
    try {
      for (const id of ['waits-old', 'waits-new'])
        await service.addRun({ id, codebase: 'waits', source: 'waits', version: '1-1' }, [])
      const { comparison } = await dataOf(
        service,
        `{ comparison(old: "waits-old", new: "waits-new") { ... on Comparison { debdiff(mode: WAIT) {
          __typename ... on ArtifactRetrievalTimeoutError { limitMs retryable } } } } }`,
      )
      expect(comparison.debdiff).toEqual({
        __typename: 'ArtifactRetrievalTimeoutError',
        limitMs: 1000,
        retryable: true,
      })
    } finally {
      await service.close()
      await fake.close()
    }
  })

  it('of a queue that does not answer, of a batch and a job that are none', async () => {
    // Nothing listens on the port of "discard".
    const service = await startService({
      databaseUrl: postgres.url,
      env: { REDIS_URL: 'redis://127.0.0.1:9' },
    })
    try {
      for (const id of ['queued-old', 'queued-new'])
        await service.addRun({ id, codebase: 'queued', source: 'queued', version: '1-1' }, [])
      const asked = '__typename ... on Error { retryable } ... on QueueUnavailableError { retryAfterMs }'
      const away = { __typename: 'QueueUnavailableError', retryable: true, retryAfterMs: 5000 }
      expect(
        await dataOf(service, `mutation { precache(old: "queued-old", new: "queued-new") { ${asked} } }`),
      ).toEqual({
        precache: away,
      })
      expect(
        await dataOf(service, `{ precacheJob(id: "x") { ${asked} } precacheJobs { ${asked} } }`),
      ).toEqual({
        precacheJob: away,
        precacheJobs: away,
      })
    } finally {
      await service.close()
    }
    const whole = await startService({ databaseUrl: postgres.url })
    try {
      const { text } = await whole.ask('/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
        body: JSON.stringify({
          query:
            'subscription { precacheBatch(id: "none") { __typename ... on BatchNotFoundError { batchId } } }',
        }),
      })
      expect(text).toContain('"precacheBatch":{"__typename":"BatchNotFoundError","batchId":"none"}')
      expect(
        await dataOf(whole, '{ precacheJob(id: "none") { __typename ... on JobNotFoundError { jobId } } }'),
      ).toEqual({
        precacheJob: { __typename: 'JobNotFoundError', jobId: 'none' },
      })
    } finally {
      await whole.close()
    }
  })
})

describe('many clients at once', () => {
  let service: TestService
  beforeAll(async () => {
    service = await startWithSamples({ databaseUrl: postgres.url })
    await mkdir(service.places.cache, { recursive: true })
    await makeSampleDiffs(service)
  })
  afterAll(() => service?.close())

  it('get what they ask for, a mix of all example operations, and nothing is left open', async () => {
    const operations = EXAMPLE_TABS.filter(({ query }) => /^query /m.test(query))
    const expected = await Promise.all(
      operations.map(async ({ query }) => JSON.stringify(await dataOf(service, query))),
    )
    let asked = 0
    const client = async (seed: number) => {
      for (let turn = 0; turn < 25; turn++) {
        const which = (seed + turn * 7) % operations.length
        const { query = '' } = operations[which] ?? {}
        expect(JSON.stringify(await dataOf(service, query))).toBe(expected[which])
        asked++
      }
    }
    await Promise.all(Array.from({ length: 30 }, (_, seed) => client(seed)))
    expect(asked).toBe(750)
    expect(service.log.filter(({ level }) => Number(level) >= 50)).toEqual([])
  })
})
