/** A part that is away, without which the service still answers. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startPostgres, type TestPostgres } from '../fixtures/postgres.ts'
import { addPair, eventually, startService, type TestService } from '../fixtures/service.ts'

let postgres: TestPostgres
beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(() => postgres?.stop())

describe('without its Redis', () => {
  let service: TestService
  beforeAll(async () => {
    // Nothing listens on the port of "discard".
    service = await startService({ databaseUrl: postgres.url, env: { REDIS_URL: 'redis://127.0.0.1:9' } })
  })
  afterAll(() => service?.close())

  it.each(['/health', '/ready'])('%s is ok, and names what is away', async (path) => {
    await eventually(async () => {
      const { status, text, headers } = await service.ask(path)
      expect([status, text, headers['x-differ-degraded']]).toEqual([200, 'ok', 'redis'])
    })
  })

  it('diffs are made, and /precache says when to come back', async () => {
    const { old, new: fresh } = await addPair(service, 'cut-off')
    expect((await service.ask(`/debdiff/${old}/${fresh}`)).status).toBe(200)
    for (const path of [`/precache/${old}/${fresh}`, '/precache-all']) {
      const { status, headers, text } = await service.ask(path, { method: 'POST' })
      expect([path, status, headers['retry-after'], text]).toEqual([path, 503, '5', 'Queue unavailable'])
    }
  })
})

it('with all its parts there is no such header', async () => {
  const service = await startService({ databaseUrl: postgres.url })
  try {
    for (const path of ['/health', '/ready'])
      expect((await service.ask(path)).headers['x-differ-degraded']).toBeUndefined()
  } finally {
    await service.close()
  }
})
