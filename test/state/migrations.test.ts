/** The tables of the state, from an empty database and from the tables of each earlier version. */
import { readFileSync } from 'node:fs'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import type { NodePgDatabase } from 'drizzle-orm/node-postgres'
import { migrate } from 'drizzle-orm/node-postgres/migrator'
import { describe, expect, it } from 'vitest'
import { RULES_VERSION } from '../../src/diff/summary-version.ts'
import { findCampaign } from '../../src/state/campaign-queries.ts'
import { State } from '../../src/state/state.ts'
import { writeRecords } from '../../src/state/write-records.ts'
import { contentsOf, findingOf, openTestState, recordOf, type TestState } from './state-kit.ts'

const FOLDER = join(import.meta.dirname, '../../src/state/migrations')

interface Journal {
  readonly entries: readonly { readonly tag: string }[]
}

/** Creates the tables as an earlier version did. @param count its number of migrations */
async function migrateTo(test: TestState, count: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'differ-migrations-'))
  try {
    await cp(FOLDER, folder, { recursive: true })
    const path = join(folder, 'meta/_journal.json')
    const journal: Journal = JSON.parse(await readFile(path, 'utf8'))
    await writeFile(path, JSON.stringify({ ...journal, entries: journal.entries.slice(0, count) }))
    await test.database.query((db) =>
      migrate(db as unknown as NodePgDatabase, {
        migrationsFolder: folder,
        migrationsSchema: 'differ',
        migrationsTable: 'migration',
      }),
    )
  } finally {
    await rm(folder, { recursive: true })
  }
}

const tablesOf = (test: TestState) =>
  test.database.query(async (db) => {
    const rows = async (query: string) => (await db.execute(sql.raw(query))).rows
    return {
      columns: await rows(`SELECT table_name, column_name, data_type, is_nullable, column_default
        FROM information_schema.columns WHERE table_schema = 'differ' ORDER BY 1, 2`),
      indexes: await rows(
        `SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'differ' ORDER BY 1`,
      ),
    }
  })

const RECORDS = [
  recordOf('setuid', { findings: [findingOf(), findingOf({ severity: 'VERIFY', expected: true })] }),
  recordOf('judged', { rulesFile: '0123456789abcdef', verdict: 'EXPECTED' }),
  recordOf('expected', {
    ...{ verdict: 'EXPECTED', findings: [findingOf({ severity: 'INFO', expected: true })] },
  }),
  recordOf('failed', { failure: 'ArtifactsMissingError' }),
]
/** What an earlier version wrote. */
const withoutRules = RECORDS.map((record) => ({
  ...record,
  counts: record.counts.filter(({ kind }) => kind !== 'rules'),
}))

/** What the database computes from the rows. */
async function kindsOf(state: State) {
  const { comparisons, findings } = (await contentsOf(state)) as {
    readonly comparisons: readonly { readonly profile: number }[]
    readonly findings: readonly { readonly kind: number }[]
  }
  return { profiles: comparisons.map(({ profile }) => profile), kinds: findings.map(({ kind }) => kind) }
}

const versions = (JSON.parse(readFileSync(join(FOLDER, 'meta/_journal.json'), 'utf8')) as Journal).entries

describe.each(['postgresql', 'embedded'] as const)('the tables in a %s database', (kind) => {
  // An embedded database takes a second to open, and runs the same statements: it begins with the oldest tables.
  const begun = kind === 'embedded' ? versions.slice(0, 1) : versions
  it.each(begun.map(({ tag }, index) => [tag, index + 1] as const))(
    'become the same from those of %s as from none, and keep what they have',
    async (tag, count) => {
      const [fresh, old] = [await openTestState(kind), await openTestState(kind)]
      try {
        await fresh.state.query('background', 'test', (db) => writeRecords(db, RECORDS))
        await migrateTo(old, count)
        const records = tag === '0000_campaigns' ? withoutRules : RECORDS
        // Written before the state has migrated anything.
        await old.database.query((db) => writeRecords(db, records))
        await Promise.all(
          [old.state, new State(old.database)].map((one) => one.query('list', 'test', async () => {})),
        )
        expect(await tablesOf(old)).toEqual(await tablesOf(fresh))
        const found = await old.state.query('list', 'test', (db) => findCampaign(db, 'lintian-fixes'))
        expect(found?.rules).toEqual([
          { name: RULES_VERSION, comparisons: 2 },
          { name: `${RULES_VERSION} *`, comparisons: 1 },
          { name: `${RULES_VERSION} 0123456789abcdef`, comparisons: 1 },
        ])
        expect(await kindsOf(old.state)).toEqual(await kindsOf(fresh.state))
        // Written again, nothing counts twice.
        await old.state.query('background', 'test', (db) => writeRecords(db, RECORDS, { force: true }))
        expect(await contentsOf(old.state)).toEqual(await contentsOf(fresh.state))
      } finally {
        await fresh.close()
        await old.close()
      }
    },
  )

  it('can be dropped and are made again', async () => {
    const test = await openTestState(kind)
    try {
      await test.state.query('background', 'test', (db) => writeRecords(db, RECORDS))
      await test.database.query((db) => db.execute(sql.raw('DROP SCHEMA differ CASCADE')))
      const next = new State(test.database)
      expect(await next.query('list', 'test', (db) => findCampaign(db, 'lintian-fixes'))).toBeNull()
    } finally {
      await test.close()
    }
  })
})
