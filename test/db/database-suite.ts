/** Tests that run on a farm's PostgreSQL and on the embedded database. */
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Database, type DatabaseLocation, openDatabase } from '../../src/db/database.ts'
import { importRun } from '../../src/db/import-run.ts'
import { countControlPairs, findBaselines, listControlPairs } from '../../src/db/pairs.ts'
import type { RunCursor } from '../../src/db/run-order.ts'
import { controlRunTargets, listRuns, type RunFilter, runsByIds } from '../../src/db/runs.ts'
import { DatabaseUnavailableError } from '../../src/errors.ts'
import type { Run } from '../../src/model.ts'
import { type SeedRun, seedEpoch, seedRuns } from '../fixtures/postgres.ts'
import { describeImport } from './import-suite.ts'

export function databaseSuite(locate: () => Promise<DatabaseLocation>): void {
  let database: Database
  const statements: string[] = []

  beforeAll(async () => {
    database = await openDatabase(await locate(), { onQuery: (text) => statements.push(text) })
  })
  afterAll(() => database?.close())
  beforeEach(async () => {
    await database.query(async (db) => {
      for (const table of ['debian_build', 'run', 'change_set', 'codebase'])
        await db.execute(sql.raw(`DELETE FROM ${table}`))
    })
    statements.length = 0
  })

  const seed = async (seeds: SeedRun[]) => {
    await seedRuns(database, seeds)
    statements.length = 0
  }
  const get = async (id: string): Promise<Run> => {
    const [run] = await runsByIds(database, [id])
    if (!run) throw new Error(`no run ${id}`)
    return run
  }
  /** Reads a whole list page by page. @returns the ids */
  const listed = async (filter: RunFilter, limit = 2): Promise<string[]> => {
    const ids: string[] = []
    let after: RunCursor | undefined
    do {
      const page = await listRuns(database, filter, { limit, after })
      ids.push(...page.items.map(({ run }) => run.id))
      after = page.next ?? undefined
    } while (after)
    return ids
  }
  const allPairs = async (limit: number): Promise<string[]> => {
    const found: string[] = []
    let after: RunCursor | undefined
    do {
      const page = await listControlPairs(database, { limit, after })
      found.push(...page.items.map(({ oldId, newId }) => `${oldId} ${newId}`))
      after = page.next ?? undefined
    } while (after)
    return found
  }

  describe('runs by id', () => {
    it('have all columns, with times as UTC', async () => {
      await seed([
        {
          id: 'a',
          source: 'hello-src',
          version: '1:2.0~rc1-1+b2',
          revision: 'r2',
          mainBranchRevision: 'r1',
          changeSet: 'set',
        },
      ])
      expect(await runsByIds(database, ['a'])).toEqual([
        {
          id: 'a',
          codebase: 'hello',
          campaign: 'lintian-fixes',
          source: 'hello-src',
          version: '1:2.0~rc1-1+b2',
          resultCode: 'success',
          startTime: seedEpoch,
          finishTime: seedEpoch,
          revision: 'r2',
          mainBranchRevision: 'r1',
          changeSet: 'set',
        },
      ])
    })

    it('come from one statement in the order of the ids, repeated ids included, null for unknown ones', async () => {
      await seed([{ id: 'a' }, { id: 'b' }])
      const hostile = ['x\0y', '', "'; DROP TABLE run; --", '{a,b}', 'NULL', '\ud800', '"', '\\', 'ü']
      const runs = await runsByIds(database, ['b', ...hostile, 'a', 'b'])
      expect(runs.map((run) => run?.id ?? null)).toEqual(['b', ...hostile.map(() => null), 'a', 'b'])
      expect(statements).toHaveLength(1)
    })

    it('need no statement if no id can exist', async () => {
      expect(await runsByIds(database, ['x\0'])).toEqual([null])
      expect(await runsByIds(database, [])).toEqual([])
      expect(statements).toEqual([])
    })

    it('have no source and version without a Debian build', async () => {
      await seed([{ id: 'a', source: null, resultCode: null, startTime: null, finishTime: null }])
      expect(await get('a')).toMatchObject({
        source: null,
        version: null,
        resultCode: null,
        startTime: null,
        finishTime: null,
      })
    })
  })

  describe('the list of runs', () => {
    it('is sorted by unfinished first, then newest, then id descending, with any page size', async () => {
      const same = new Date('2024-03-01T00:00:00Z')
      await seed([
        { id: 'old' },
        { id: 'same-1', finishTime: same },
        { id: 'same-2', finishTime: same },
        { id: 'running-1', finishTime: null, resultCode: null },
        { id: 'running-2', finishTime: null, resultCode: null },
        { id: 'running-3', finishTime: null, resultCode: null },
      ])
      const expected = ['running-3', 'running-2', 'running-1', 'same-2', 'same-1', 'old']
      for (const limit of [1, 2, 3, 5, 6, 100]) expect(await listed({}, limit)).toEqual(expected)
    })

    it('contains every run, even if times differ by microseconds', async () => {
      await seed(['a', 'b', 'c', 'd'].map((id) => ({ id, finishTime: seedEpoch })))
      for (const [id, micros] of [
        ['d', '000100'],
        ['b', '000200'],
        ['c', '000300'],
        ['a', '000400'],
      ])
        await database.query((db) =>
          db.execute(
            sql`UPDATE run SET finish_time = ${`2024-01-01 00:00:00.${micros}`}::timestamp WHERE id = ${id}`,
          ),
        )
      expect(await listed({}, 1)).toEqual(['a', 'c', 'b', 'd'])
    })

    it.each([
      { finishTime: 'yesterday', id: 'a' },
      { finishTime: '2024-02-30 00:00:00', id: 'a' },
      { finishTime: '2024-01-01 25:00:00', id: 'a' },
      { finishTime: "2024-01-01 00:00:00'", id: 'a' },
      { finishTime: null, id: 'a\0' },
    ])('rejects a cursor that it cannot have returned: $finishTime', async (after) => {
      await expect(listRuns(database, {}, { limit: 1, after })).rejects.toMatchObject({ name: 'UsageError' })
      expect(statements).toEqual([])
    })

    it.each<[string, RunFilter, string[]]>([
      ['codebase', { codebase: ['other'] }, ['c']],
      ['campaign', { campaign: ['control'] }, ['b']],
      ['source', { source: ['other-src'] }, ['c']],
      ['result code', { resultCode: ['build-failed'] }, ['d']],
      ['one of several campaigns', { campaign: ['control', 'nonesuch'] }, ['b']],
      ['a codebase with a NUL, or another one', { codebase: ['hel\0lo', 'other'] }, ['c']],
      ['a source of none', { source: [] }, []],
      ['success', { successful: true, codebase: ['other'] }, ['c']],
      ['failure', { successful: false }, ['d']],
      ['main branch revision', { mainBranchRevision: 'm' }, ['b', 'a']],
      ['start time, inclusive', { finishedAfter: new Date('2024-01-01T00:02:00Z') }, ['d', 'c']],
      ['end time, exclusive', { finishedBefore: new Date('2024-01-01T00:02:00Z') }, ['b', 'a']],
      [
        'several fields',
        { codebase: ['hello'], campaign: ['lintian-fixes'], resultCode: ['success'], source: ['hello'] },
        ['a'],
      ],
      ['a search word', { search: 'OTHER' }, ['c']],
      ['part of a word of the campaign as search', { search: 'contr' }, ['b']],
      ['several search words that match different columns', { search: ' hello  lint ' }, ['d', 'a']],
      ['an empty search', { search: ' ' }, ['d', 'c', 'b', 'a']],
      ['a search with a wildcard, which has no special meaning', { search: '%' }, []],
      ['a search word that many words contain', { search: 'l' }, ['d', 'c', 'b', 'a']],
      ['the same word twice', { search: 'other OTHER other' }, ['c']],
      ['a search and another condition', { search: 'hello', campaign: ['control'] }, ['b']],
      ['a search with a NUL', { search: 'hel\0lo' }, []],
      ['an unknown codebase', { codebase: ['nonesuch'] }, []],
      ['a codebase with a NUL', { codebase: ['hel\0lo'] }, []],
    ])('is filtered by %s', async (_, filter, ids) => {
      await seed([
        { id: 'a', mainBranchRevision: 'm' },
        { id: 'b', campaign: 'control', revision: 'm', mainBranchRevision: 'm' },
        { id: 'c', codebase: 'other', source: 'other-src' },
        { id: 'd', resultCode: 'build-failed' },
        { id: 'running', finishTime: null, resultCode: null, codebase: 'third', campaign: 'scrub' },
      ])
      const without = Object.keys(filter).some((key) => key.startsWith('finished')) ? [] : ['running']
      expect((await listed(filter)).filter((id) => !without.includes(id))).toEqual(ids)
    })
  })

  describe('pairs', () => {
    const control = (id: string, more: Partial<SeedRun> = {}): SeedRun => ({
      id,
      campaign: 'control',
      revision: 'main',
      mainBranchRevision: 'main',
      ...more,
    })

    it.each<[string, SeedRun[], string | null]>([
      ['the newest of several control runs', [control('c1'), control('c2')], 'c2'],
      ['none of another codebase', [control('c1'), control('c2', { codebase: 'other' })], 'c1'],
      ['none that failed', [control('c1'), control('c2', { resultCode: 'worker-failure' })], 'c1'],
      ['none of another revision', [control('c1', { revision: 'older' })], null],
      ['none within a larger change set', [control('c1'), control('c2', { changeSet: 'big' })], 'c1'],
    ])('the baseline of a run is %s', async (_, seeds, expected) => {
      await seed([...seeds, { id: 'changed', mainBranchRevision: 'main' }])
      expect((await findBaselines(database, [await get('changed')]))[0]?.id ?? null).toBe(expected)
    })

    it('findBaselines takes two statements for many runs', async () => {
      await seed([
        control('c1'),
        control('c2', { codebase: 'other' }),
        { id: 'a', mainBranchRevision: 'main' },
        { id: 'b', mainBranchRevision: null },
        { id: 'd', mainBranchRevision: 'unknown' },
        { id: 'e', mainBranchRevision: 'main', codebase: 'other' },
        { id: 'f', mainBranchRevision: 'main' },
      ])
      const runs = await Promise.all(['a', 'b', 'c1', 'd', 'e', 'f'].map(get))
      statements.length = 0
      const baselines = await findBaselines(database, runs)
      expect(baselines.map((run) => run?.id ?? null)).toEqual(['c1', null, null, null, 'c2', 'c1'])
      expect(statements).toHaveLength(2)
    })

    it('controlRunTargets lists every other successful run based on the control run’s revision', async () => {
      await seed([
        control('c1'),
        control('c2'),
        { id: 'a', mainBranchRevision: 'main' },
        { id: 'b', mainBranchRevision: 'main', codebase: 'other' },
        { id: 'failed', mainBranchRevision: 'main', resultCode: 'build-failed' },
        { id: 'elsewhere', mainBranchRevision: 'older' },
      ])
      const first = await controlRunTargets(database, await get('c1'), { limit: 2 })
      expect(first.items.map(({ run }) => run.id)).toEqual(['b', 'a'])
      const second = await controlRunTargets(database, await get('c1'), {
        limit: 2,
        after: first.next ?? undefined,
      })
      expect(second.items.map(({ run }) => run.id)).toEqual(['c2'])
      expect(second.next).toBeNull()
      expect((await controlRunTargets(database, await get('a'), { limit: 2 })).items).toEqual([])
    })

    it('listControlPairs pairs every changed run with every run of its unchanged source, with any page size', async () => {
      await seed([
        control('c1'),
        control('c2', { campaign: 'unchanged' }),
        { id: 'a', mainBranchRevision: 'main' },
        { id: 'no-change', revision: 'main', mainBranchRevision: 'main' },
        { id: 'failed', mainBranchRevision: 'main', resultCode: 'build-failed' },
        { id: 'b', mainBranchRevision: 'main' },
        { id: 'untimed', mainBranchRevision: 'main', finishTime: null },
        control('c3', { revision: 'main', mainBranchRevision: 'older' }),
      ])
      const unchanged = ['no-change', 'c3', 'c2', 'c1']
      const expected = ['untimed', 'b', 'a'].flatMap((id) => unchanged.map((old) => `${old} ${id}`))
      for (const limit of [1, 3, 4, 12, 50]) expect(await allPairs(limit)).toEqual(expected)
      expect(await countControlPairs(database)).toBe(12)
    })

    it('listControlPairs takes one statement for each page', async () => {
      await seed([
        control('c1'),
        { id: 'a', mainBranchRevision: 'main' },
        { id: 'b', mainBranchRevision: 'main' },
      ])
      await listControlPairs(database, { limit: 10 })
      expect(statements).toHaveLength(1)
    })
  })

  describeImport({ database: () => database, get, listed: () => listed({}), allPairs: () => allPairs(10) })

  it('gives each of many callers its own result, also after errors and in transactions', async () => {
    await seed([])
    const outcomes = await Promise.all(
      Array.from({ length: 150 }, async (_, i) => {
        if (i % 5 === 0)
          return database
            .query((db) => db.execute(sql`SELECT ${i}::integer / 0`))
            .then(
              () => 'no error',
              () => 'ok',
            )
        if (i % 5 === 1) {
          await importRun(
            database,
            { id: `r${i}`, codebase: 'c', campaign: 'cc', source: 's', version: '1', binaryPackages: [] },
            { allowForeign: true },
          )
          return (await get(`r${i}`)).id === `r${i}` ? 'ok' : 'wrong run'
        }
        const { rows } = await database.query((db) =>
          db.execute(sql`SELECT ${i}::integer AS i, ${`t${i}`}::text AS t`),
        )
        return rows[0]?.i === i && rows[0]?.t === `t${i}` ? 'ok' : 'wrong answer'
      }),
    )
    expect(outcomes.filter((outcome) => outcome !== 'ok')).toEqual([])
    expect(await listed({}, 100)).toHaveLength(30)
  })

  it('does not take a faulty query for an unavailable database', async () => {
    for (const statement of ['SELECT nonesuch', "SELECT 'Connection terminated'::integer"]) {
      const error = await database
        .query((db) => db.execute(sql.raw(statement)))
        .catch((reason: unknown) => reason)
      expect(error).toBeInstanceOf(Error)
      expect(error).not.toBeInstanceOf(DatabaseUnavailableError)
    }
    await expect(database.ping()).resolves.toBeUndefined()
  })
}
