/** Many clients that send operations at the same time. */
import { mkdir } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EXAMPLE_TABS } from '../../src/graphql/example-operations.ts'
import { createTestDatabase, type TestDatabase } from '../fixtures/database.ts'
import { countOf } from '../fixtures/seeds.ts'
import type { TestService } from '../fixtures/service.ts'
import { dataOf, makeSampleDiffs, startWithSamples } from './samples.ts'

let postgres: TestDatabase
beforeAll(async () => {
  postgres = await createTestDatabase()
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

  it('get the right responses to a mix of all example operations, without errors in the log', async () => {
    const operations = EXAMPLE_TABS.filter(({ query }) => /^query /m.test(query))
    const expected = await Promise.all(
      operations.map(async ({ query }) => JSON.stringify(await dataOf(service, query))),
    )
    const turns = countOf(8, 25)
    let completed = 0
    const client = async (seed: number) => {
      for (let turn = 0; turn < turns; turn++) {
        const index = (seed + turn * 7) % operations.length
        const { query = '' } = operations[index] ?? {}
        const data = JSON.stringify(await dataOf(service, query))
        // A page of a search ends after a time, wherever it is then.
        if (!/\bsearch\(/.test(query)) expect(data).toBe(expected[index])
        completed++
      }
    }
    await Promise.all(Array.from({ length: 30 }, (_, seed) => client(seed)))
    expect(completed).toBe(30 * turns)
    expect(service.log.filter(({ level }) => Number(level) >= 50)).toEqual([])
  })
})
