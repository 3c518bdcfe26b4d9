/** The free search for runs, and what other queries notice of it. */
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Database, openDatabase } from '../../src/db/database.ts'
import { countRuns, listRuns, runsByIds } from '../../src/db/runs.ts'
import { columnsWithoutIndex } from '../../src/db/search.ts'
import { startPostgres, type TestPostgres } from '../fixtures/postgres.ts'

let postgres: TestPostgres
let database: Database
beforeAll(async () => {
  postgres = await startPostgres()
  database = await openDatabase({ url: postgres.url })
  // More than a search looks up at once. Every run is of the same campaign; one in a thousand codebases is rare.
  await postgres.sql(`
    INSERT INTO codebase (name) SELECT 'code-' || i FROM generate_series(1, 12) AS i;
    INSERT INTO codebase (name) VALUES ('rarity');
    INSERT INTO change_set (id, campaign) VALUES ('set', 'fixes');
    INSERT INTO run (id, start_time, finish_time, result_code, suite, codebase, change_set)
      SELECT 'run-' || i, timestamp '2024-01-01', timestamp '2024-01-01' + i * interval '1 minute', 'success', 'fixes',
        CASE WHEN i % 1000 = 0 THEN 'rarity' ELSE 'code-' || (1 + i % 12) END, 'set'
      FROM generate_series(1, 12000) AS i;
    INSERT INTO debian_build (run_id, version, distribution, source, binary_packages)
      SELECT id, CASE WHEN id = 'run-77' THEN '7.88.1-10' ELSE '1' END, 'sid', CASE WHEN codebase = 'rarity' THEN 'unusual' ELSE 'usual' END,
        CASE WHEN id = 'run-78' THEN ARRAY['libtea3', 'tea-bin'] END FROM run;`)
})
afterAll(async () => {
  await database?.close()
  await postgres?.stop()
})

const found = async (search: string, limit = 100) =>
  (await listRuns(database, { search }, { limit })).items.map(({ run }) => run.id)

describe('a search', () => {
  const RARE = Array.from({ length: 12 }, (_, n) => `run-${(12 - n) * 1000}`)

  it.each([
    ['a rare word', 'RARITY', RARE],
    ['a rare source package', 'unusual', RARE],
    ['a rare word and a frequent one', 'fixes rarity', RARE],
    ['two rare words', 'rarity unusual', RARE],
    ['a version', '88.1', ['run-77']],
    ['a binary package', 'LibTea3', ['run-78']],
    ['a binary package and a frequent word', 'tea-bin fixes', ['run-78']],
    ['a part of the name of a binary package', 'tea-bi', []],
    ['a rare id', 'run-11999', ['run-11999']],
    ['a word that nothing contains', 'fixes nothing-has-this', []],
    ['frequent words that never occur together', 'code-1 rarity', []],
  ])('finds all runs, newest first, for %s', async (_, search, ids) => {
    expect(await found(search)).toEqual(ids)
    expect(await countRuns(database, { search })).toBe(ids.length)
  })

  it('finds the newest runs for frequent words, and counts all', async () => {
    expect(await found('fixes run', 3)).toEqual(['run-12000', 'run-11999', 'run-11998'])
    expect(await countRuns(database, { search: 'fixes run' })).toBe(12_000)
    expect(await countRuns(database, { search: 'fixes', codebase: ['rarity'] })).toBe(12)
  })

  it.each([
    ['nine words', 'a b c d e f g h i', /has 9 words; it takes at most 8/],
    ['201 characters', 'x'.repeat(201), /has 201 characters; it takes at most 200/],
  ])('with %s is refused', async (_, search, message) => {
    for (const refused of [found(search), countRuns(database, { search })])
      await expect(refused).rejects.toThrow(message)
  })

  it('that takes too long is stopped, and the refusal says what to do', async () => {
    const slow = database.for('search', 'client').query((db) => db.execute(sql`SELECT pg_sleep(30)`))
    await expect(slow).rejects.toMatchObject({
      code: 'SEARCH_TIMEOUT',
      limit: 5000,
      message: expect.stringContaining('search for longer or rarer words'),
    })
  })
})

describe('queries that take long', () => {
  it.each(['list', 'search', 'background'] as const)(
    'for the purpose "%s" never keep look-ups waiting, nor those of other clients',
    async (purpose) => {
      const stop = new AbortController()
      const slow = Array.from({ length: 10 }, () =>
        database.for(purpose, 'greedy').query((db) => db.execute(sql`SELECT pg_sleep(1)`)),
      )
      const ended = Promise.allSettled(slow).then(() => stop.abort())
      for (let i = 0; i < 20; i++) {
        expect(await runsByIds(database, [`run-${i + 1}`])).toHaveLength(1)
        await database.ping()
      }
      for (const other of (['list', 'search', 'background'] as const).filter((one) => one !== purpose))
        await database.for(other, 'modest').query((db) => db.execute(sql`SELECT 1`))
      if (purpose !== 'background')
        await database.for(purpose, 'modest').query((db) => db.execute(sql`SELECT 1`))
      expect(stop.signal.aborted).toBe(false)
      await ended
    },
  )
})

describe('a trigram index', () => {
  it('is recognised for each column that a search reads', async () => {
    const missing = () => database.query(columnsWithoutIndex)
    expect(await missing()).toEqual(['run.codebase', 'run.suite', 'run.id', 'debian_build.source'])
    await postgres.sql('CREATE EXTENSION IF NOT EXISTS pg_trgm')
    await postgres.sql(
      "CREATE INDEX half ON run USING gin (codebase gin_trgm_ops, suite gin_trgm_ops) WHERE result_code = 'success'",
    )
    await postgres.sql('CREATE INDEX plain ON run (codebase, suite)')
    expect(await missing()).toHaveLength(4)
    await postgres.sql(
      'CREATE INDEX run_search ON run USING gin (codebase gin_trgm_ops, suite gin_trgm_ops, id gin_trgm_ops)',
    )
    expect(await missing()).toEqual(['debian_build.source'])
    await postgres.sql('CREATE INDEX debian_build_search ON debian_build USING gin (source gin_trgm_ops)')
    expect(await missing()).toEqual([])
    // The results do not depend on it.
    expect(await found('fixes rarity')).toHaveLength(12)
  })
})
