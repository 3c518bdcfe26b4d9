/** A service above its thresholds of memory: what is cached is served, the rest is told when to come back. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { removeTree } from '../../src/diff/tools/remove-tree.ts'
import { startPostgres, type TestPostgres } from '../fixtures/postgres.ts'
import { addPair, makePlaces, startService, type TestService } from '../fixtures/service.ts'

let postgres: TestPostgres
beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(() => postgres?.stop())

const QUERY = `query ($old: String!, $new: String!) {
  comparison(old: $old, new: $new) { ... on Comparison {
    debdiff(mode: WAIT) { __typename ... on OverloadedError { retryable retryAfterMs } } } } }`

describe('a service short of memory', () => {
  it('serves what is cached, refuses what is not, and says so', async () => {
    const places = await makePlaces()
    const before = await startService({ databaseUrl: postgres.url, places })
    const cached = await addPair(before, 'memory-cached')
    for (const kind of ['debdiff', 'diffoscope'])
      expect((await before.ask(`/${kind}/${cached.old}/${cached.new}`)).status).toBe(200)
    await before.close()

    const env = { DIFFER_MEMORY_PAUSE: '1', DIFFER_MEMORY_REFUSE: '1' }
    const service = await startService({ databaseUrl: postgres.url, places, env })
    try {
      for (const kind of ['debdiff', 'diffoscope'])
        expect((await service.ask(`/${kind}/${cached.old}/${cached.new}`)).status).toBe(200)
      const pair = await addPair(service, 'memory-new')
      for (const path of ['debdiff', 'diffoscope'].map((kind) => `/${kind}/${pair.old}/${pair.new}`)) {
        const { status, headers, text } = await service.ask(path)
        expect([status, headers['retry-after'], text]).toEqual([
          503,
          '15',
          expect.stringMatching(/short of memory/),
        ])
      }
      expect((await service.ask(`/debdiff/${pair.old}/${pair.new}/stream`)).status).toBe(503)
      const { data } = await service.graphql(QUERY, pair)
      expect(data.comparison.debdiff).toEqual({
        __typename: 'OverloadedError',
        retryable: true,
        retryAfterMs: 15_000,
      })
      expect((await service.ask('/metrics')).text).toMatch(/^differ_memory_pressure 2$/m)
      expect((await service.ask('/health')).headers['x-differ-degraded']).toBe('memory')
    } finally {
      await service.close()
      await removeTree(places.root)
    }
  })

  describe('above the first threshold only', () => {
    let service: TestService
    beforeAll(async () => {
      service = await startService({ databaseUrl: postgres.url, env: { DIFFER_MEMORY_PAUSE: '1' } })
    })
    afterAll(() => service?.close())

    it('lets background work rest, makes what a request waits for, and stops in order', async () => {
      const pair = await addPair(service, 'memory-pause')
      const queued = await service.ask(`/precache/${pair.old}/${pair.new}`, { method: 'POST' })
      expect(queued.status).toBe(202)
      await new Promise((resolve) => setTimeout(resolve, 1500))
      const metrics = (await service.ask('/metrics')).text
      expect(metrics).toMatch(/^differ_memory_pressure 1$/m)
      expect(metrics).not.toMatch(/^differ_tool_duration_seconds_count/m)
      expect((await service.ask(`/debdiff/${pair.old}/${pair.new}`)).status).toBe(200)
    })
  })
})
