/** A service whose memory exceeds its thresholds serves cached diffs, and refuses to make others for a while. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { removeTree } from '../../src/diff/tools/remove-tree.ts'
import { createTestDatabase, type TestDatabase } from '../fixtures/database.ts'
import { addPair, eventually, makePlaces, startService, type TestService } from '../fixtures/service.ts'

let postgres: TestDatabase
beforeAll(async () => {
  postgres = await createTestDatabase()
})
afterAll(() => postgres?.stop())

const QUERY = `query ($old: String!, $new: String!) {
  comparison(old: $old, new: $new) { ... on Comparison {
    debdiff(mode: WAIT) { __typename ... on OverloadedError { retryable retryAfterMs } } } } }`

describe('a service short of memory', () => {
  it('serves cached diffs, refuses to make others, and reports the shortage', async () => {
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

  describe('that exceeds the first threshold only', () => {
    let service: TestService
    beforeAll(async () => {
      service = await startService({ databaseUrl: postgres.url, env: { DIFFER_MEMORY_PAUSE: '1' } })
    })
    afterAll(() => service?.close())

    it('pauses background jobs, makes diffs that requests wait for, and shuts down', async () => {
      const pair = await addPair(service, 'memory-pause')
      const queued = await service.ask(`/precache/${pair.old}/${pair.new}`, { method: 'POST' })
      expect(queued.status).toBe(202)
      const metrics = async () => (await service.ask('/metrics')).text
      await eventually(async () =>
        expect(await metrics()).toMatch(/^differ_queue_jobs\{state="running"\} 1$/m),
      )
      expect(await metrics()).toMatch(/^differ_memory_pressure 1$/m)
      expect(await metrics()).not.toMatch(/^differ_tool_duration_seconds_count/m)
      expect((await service.ask(`/debdiff/${pair.old}/${pair.new}`)).status).toBe(200)
      // Only the request has run a tool.
      expect(await metrics()).toMatch(/^differ_tool_duration_seconds_count\{tool="debdiff"\} 1$/m)
      expect(await metrics()).not.toMatch(/^differ_tool_duration_seconds_count\{tool="diffoscope"\}/m)
    })
  })
})
