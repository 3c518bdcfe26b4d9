/** Many clients at once. */
import { mkdir } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EXAMPLE_TABS } from '../../src/graphql/example-operations.ts'
import { startPostgres, type TestPostgres } from '../fixtures/postgres.ts'
import type { TestService } from '../fixtures/service.ts'
import { dataOf, makeSampleDiffs, startWithSamples } from './samples.ts'

let postgres: TestPostgres
beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(() => postgres?.stop())

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
