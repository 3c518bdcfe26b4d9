/** The service still answers while a part that it does not need for that is unavailable. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../fixtures/database.ts'
import { addPair, eventually, startService, type TestService } from '../fixtures/service.ts'

let postgres: TestDatabase
beforeAll(async () => {
  postgres = await createTestDatabase()
})
afterAll(() => postgres?.stop())

describe('without Redis', () => {
  let service: TestService
  beforeAll(async () => {
    // Nothing listens on port 9 (discard).
    service = await startService({ databaseUrl: postgres.url, env: { REDIS_URL: 'redis://127.0.0.1:9' } })
  })
  afterAll(() => service?.close())

  it.each(['/health', '/ready'])('%s answers ok, and names Redis in a header', async (path) => {
    await eventually(async () => {
      const { status, text, headers } = await service.ask(path)
      expect([status, text, headers['x-differ-degraded']]).toEqual([200, 'ok', 'redis'])
    })
  })

  it('diffs are made, and /precache answers 503 with Retry-After', async () => {
    const pair = await addPair(service, 'cut-off')
    expect((await service.ask(`/debdiff/${pair.old}/${pair.new}`)).status).toBe(200)
    for (const path of [`/precache/${pair.old}/${pair.new}`, '/precache-all']) {
      const { status, headers, text } = await service.ask(path, { method: 'POST' })
      expect([path, status, headers['retry-after'], text]).toEqual([path, 503, '5', 'Queue unavailable'])
    }
  })
})

it('no header names degraded parts when all parts work', async () => {
  const service = await startService({ databaseUrl: postgres.url })
  try {
    for (const path of ['/health', '/ready'])
      expect((await service.ask(path)).headers['x-differ-degraded']).toBeUndefined()
  } finally {
    await service.close()
  }
})
