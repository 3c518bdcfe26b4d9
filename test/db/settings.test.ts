import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Database, openDatabase } from '../../src/db/database.ts'
import { importRun } from '../../src/db/import-run.ts'
import { countControlPairs, findBaselines, listControlPairs } from '../../src/db/pairs.ts'
import { countRuns, databaseTime, listFinishedRuns, listRuns, runsByIds } from '../../src/db/runs.ts'
import { seedRuns, startPostgres, type TestPostgres } from '../fixtures/postgres.ts'

let postgres: TestPostgres
beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(() => postgres?.stop())

async function withDatabase<T>(work: (database: Database) => Promise<T>, url = postgres.url): Promise<T> {
  const database = await openDatabase({ url })
  try {
    return await work(database)
  } finally {
    await database.close()
  }
}

/** Everything that Differ reads from the database. */
async function readEverything(database: Database) {
  const ids = ['control', 'change', 'late']
  const runs = (await runsByIds(database, ids)).filter((run) => run !== null)
  const first = await listRuns(database, {}, { limit: 1 })
  const second = await listRuns(database, {}, { limit: 1, after: first.next ?? undefined })
  const since = new Date('2026-03-02T01:30:00.000Z')
  const finished = { since, until: new Date('2026-12-31T00:00:00Z') }
  const firstFinished = await listFinishedRuns(database, finished, { limit: 1 })
  const pairs = await listControlPairs(database, { limit: 1 })
  return {
    runs,
    first,
    second,
    finished: [
      firstFinished,
      await listFinishedRuns(database, finished, { limit: 9, after: firstFinished.next ?? undefined }),
    ],
    later: await countRuns(database, { finishedAfter: since }),
    earlier: await countRuns(database, { finishedBefore: since }),
    found: await countRuns(database, { search: 'change' }),
    baselines: (await findBaselines(database, runs)).map((run) => run?.id),
    pairs: [pairs, await listControlPairs(database, { limit: 9, after: pairs.next ?? undefined, since })],
    count: await countControlPairs(database, { since }),
    clock: Math.abs((await databaseTime(database)).getTime() - Date.now()) < 60_000,
  }
}

describe('settings of the database', () => {
  let expected: Awaited<ReturnType<typeof readEverything>>
  beforeAll(async () => {
    await withDatabase(async (database) => {
      await seedRuns(database, [
        { id: 'control', campaign: 'control', revision: 'r', mainBranchRevision: 'r', changeSet: 'control' },
        { id: 'change', mainBranchRevision: 'r', finishTime: new Date('2026-03-02T01:30:00.123Z') },
        { id: 'late', mainBranchRevision: 'r', finishTime: new Date('2026-11-03T01:30:00.456Z') },
      ])
      await postgres.sql("UPDATE run SET finish_time = finish_time + interval '7 microseconds'")
      expected = await readEverything(database)
    })
    expect(expected.runs[2]?.finishTime).toEqual(new Date('2026-11-03T01:30:00.456Z'))
  })

  it.each([
    "DateStyle = 'German'",
    "DateStyle = 'SQL, DMY'",
    "DateStyle = 'Postgres, MDY'",
    "TimeZone = 'Pacific/Kiritimati'",
    "IntervalStyle = 'sql_standard'",
    'extra_float_digits = -15',
    "bytea_output = 'escape'",
    "client_encoding = 'LATIN1'",
    "client_min_messages = 'debug5'",
    'statement_timeout = 1',
    'standard_conforming_strings = off',
    'default_transaction_read_only = on',
    "default_transaction_isolation = 'serializable'",
    "search_path = 'nowhere'",
    "search_path = ''",
    "search_path = 'decoy, public'",
    'enable_seqscan = off',
    "lc_messages = 'C'",
    'array_nulls = off',
  ])('change nothing: %s', async (setting) => {
    const [name] = setting.split(' ')
    await postgres.sql('CREATE SCHEMA IF NOT EXISTS decoy')
    await postgres.sql('CREATE TABLE IF NOT EXISTS decoy.run (LIKE public.run)')
    await postgres.sql(`ALTER DATABASE janitor SET ${setting}`)
    try {
      expect(await withDatabase(readEverything)).toEqual(expected)
    } finally {
      await postgres.admin(`ALTER DATABASE janitor RESET ${name}`)
    }
  })

  it('do not make the server compile queries, which takes longer than they do', async () => {
    await postgres.admin('ALTER DATABASE janitor SET jit = on')
    try {
      await withDatabase(async (database) => {
        const { rows } = await database.query((db) => db.execute(sql`SHOW jit`))
        expect(rows).toEqual([{ jit: 'off' }])
      })
    } finally {
      await postgres.admin('ALTER DATABASE janitor RESET jit')
    }
  })

  it('do not keep a run from being imported', async () => {
    await postgres.sql('ALTER DATABASE janitor SET default_transaction_read_only = on')
    await postgres.admin("ALTER DATABASE janitor SET DateStyle = 'German'")
    const time = new Date('2026-05-04T03:02:01.123Z')
    const run = {
      id: 'imported',
      codebase: 'c',
      campaign: 'lintian-fixes',
      source: 's',
      version: '1',
      binaryPackages: [],
    }
    try {
      await withDatabase(async (database) => {
        await importRun(database, { ...run, finishTime: time }, { allowForeign: true })
        expect((await runsByIds(database, ['imported']))[0]?.finishTime).toEqual(time)
      })
    } finally {
      await postgres.admin('ALTER DATABASE janitor RESET ALL')
      await postgres.sql('DELETE FROM debian_build WHERE run_id = $$imported$$')
      await postgres.sql('DELETE FROM run WHERE id = $$imported$$')
    }
  })

  it('may put the tables into another schema that is on the search path', async () => {
    await postgres.admin('CREATE DATABASE moved TEMPLATE janitor')
    const url = postgres.url.replace('/janitor', '/moved')
    await withDatabase(async (database) => {
      await database.query((db) => db.execute(sql`ALTER SCHEMA public RENAME TO farm`))
      await database.query((db) => db.execute(sql`ALTER DATABASE moved SET search_path = farm`))
    }, url)
    expect(await withDatabase(readEverything, url)).toEqual(expected)
  })

  it('may be an encoding without the characters of a request', async () => {
    await postgres.admin(
      "CREATE DATABASE latin1 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0",
    )
    const url = postgres.url.replace('/janitor', '/latin1')
    await withDatabase(async (database) => {
      await database.query((db) => db.execute(sql.raw(SMALL_SCHEMA)))
      await database.query((db) =>
        db.execute(sql`INSERT INTO run (id, suite, codebase) VALUES ('grün', 'x', 'c')`),
      )
      const found = await runsByIds(database, ['€', 'grün', '犬'])
      expect(found.map((run) => run?.id)).toEqual([undefined, 'grün', undefined])
      expect(await countRuns(database, { search: 'grü' })).toBe(1)
      for (const filter of [{ search: '€' }, { codebase: ['犬'] }, { source: ['€'] }] as const) {
        expect(await countRuns(database, filter)).toBe(0)
        expect(await listRuns(database, filter, { limit: 1 })).toEqual({ items: [], next: null })
      }
    }, url)
  })
})

describe('a time that a Date cannot hold', () => {
  const TIMES = [
    ['unfinished', null],
    ['infinite', 'infinity'],
    ['last', '294276-12-31 23:59:59.999999'],
    ['beyond-dates', '290000-02-28 00:00:00'],
    ['five-digits', '12345-06-07 08:09:10'],
    ['ordinary', '2026-11-03 01:30:00.123456'],
    ['first-year', '0001-01-01 00:00:00'],
    ['leap-day', '0005-02-29 12:00:00 BC'],
    ['ides', '0044-03-15 12:00:00 BC'],
    ['oldest', '4713-11-24 00:00:00 BC'],
    ['minus-infinite', '-infinity'],
  ] as const

  beforeEach(async () => {
    await postgres.sql('TRUNCATE run CASCADE')
    await withDatabase((database) =>
      seedRuns(
        database,
        TIMES.map(([id]) => ({ id })),
      ),
    )
    for (const [id, time] of TIMES)
      await postgres.sql(
        `UPDATE run SET finish_time = ${time === null ? 'NULL' : `'${time}'`}, start_time = finish_time WHERE id = '${id}'`,
      )
  })

  it('is listed in its place, with any page size, and shown as null', async () => {
    await withDatabase(async (database) => {
      for (const limit of [1, 2, 3, 100]) {
        const ids: string[] = []
        let after: Parameters<typeof listRuns>[2]['after']
        do {
          const page = await listRuns(database, {}, { limit, after })
          ids.push(...page.items.map(({ run }) => run.id))
          after = page.next ?? undefined
        } while (after)
        expect(ids).toEqual(TIMES.map(([id]) => id))
      }
      const times = (
        await runsByIds(
          database,
          TIMES.map(([id]) => id),
        )
      ).map((run) => run?.finishTime)
      const shown = TIMES.map(([id]) =>
        id === 'ordinary'
          ? new Date('2026-11-03T01:30:00.123Z')
          : id === 'first-year'
            ? new Date('0001-01-01T00:00:00.000Z')
            : null,
      )
      expect(times).toEqual(shown)
    })
  })

  it.each([
    ['0000-06-01T00:00:00.000Z', ['leap-day', 'ides', 'oldest', 'minus-infinite']],
    ['-000043-03-15T11:59:59.999Z', ['oldest', 'minus-infinite']],
    [
      '+010000-01-01T00:59:59.000Z',
      ['ordinary', 'first-year', 'leap-day', 'ides', 'oldest', 'minus-infinite'],
    ],
  ])('is compared with the time %s of a request', async (time, ids) => {
    await withDatabase(async (database) => {
      const { items } = await listRuns(database, { finishedBefore: new Date(time) }, { limit: 100 })
      expect(items.map(({ run }) => run.id)).toEqual(ids)
      expect(await countControlPairs(database, { since: new Date(time) })).toBe(0)
    })
  })

  it.each([
    'Infinity',
    '4714-01-01 00:00:00 BC',
    '294277-01-01 00:00:00',
    '0000-01-01 00:00:00',
    '0004-02-29 00:00:00 BC',
    '2026-02-29 00:00:00',
    '2026-13-01 00:00:00',
    '2026-01-01 24:00:00',
    '2026-01-01',
  ])('is refused as a cursor if PostgreSQL cannot have written it: %s', async (finishTime) => {
    await withDatabase(async (database) => {
      await expect(
        listRuns(database, {}, { limit: 1, after: { finishTime, id: 'x' } }),
      ).rejects.toMatchObject({ name: 'UsageError' })
    })
  })
})

const SMALL_SCHEMA = `
CREATE TABLE run (id text PRIMARY KEY, start_time timestamp, finish_time timestamp, result_code text,
  main_branch_revision text, revision text, suite text NOT NULL, codebase text NOT NULL, change_set text);
CREATE TABLE debian_build (run_id text NOT NULL, version text NOT NULL, source text NOT NULL, binary_packages text[])`
