/** A campaign from its packages to its faces: a service on a farm's database with a state of its own. */
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Database, openDatabase } from '../../src/db/database.ts'
import { State } from '../../src/state/state.ts'
import { createTestDatabase, type TestDatabase } from '../fixtures/database.ts'
import { eventually, startService, type TestService } from '../fixtures/service.ts'
import { contentsOf } from '../state/state-kit.ts'
import { differ } from './processes.ts'

/** Ids of changes, each of a codebase of its own. */
const DROPS = ['drops-1', 'drops-2', 'drops-3']
const SETUID = 'setuid'
const BROKEN = 'without-packages'

let service: TestService
let own: TestDatabase
let database: Database
beforeAll(async () => {
  own = await createTestDatabase()
  service = await startService({ env: { DIFFER_STATE_DATABASE_URL: own.url } })
  database = await openDatabase({ url: own.url })
  for (const id of [...DROPS, SETUID, BROKEN]) {
    const facts = { codebase: `tea-${id}`, source: `tea-${id}`, resultCode: 'success' }
    const pot = (mode: number, depends: string) => ({
      name: `tea-${id}`,
      version: '1.0-1',
      control: { Depends: depends },
      files: { 'usr/bin/pot': { content: '#!/bin/sh\n', mode } },
    })
    const isDrop = DROPS.includes(id)
    await service.addRun({ id: `${id}-old`, campaign: 'unchanged', ...facts }, [
      pot(0o755, isDrop ? 'kettle | samovar' : 'kettle'),
    ])
    const packages = id === BROKEN ? [] : [pot(id === SETUID ? 0o4755 : 0o755, 'kettle')]
    await service.addRun({ id, campaign: 'lintian-fixes', ...facts }, packages)
    await service.ask(`/summary/${id}-old/${id}`)
  }
  await eventually(async () => {
    const { text } = await service.ask('/metrics')
    expect(text).toContain('differ_state_lag_seconds 0\n')
  })
})
afterAll(async () => {
  await service.close()
  await database.close()
  await own.stop()
})

const rowsOf = async (url: string, query: string) => {
  const opened = await openDatabase({ url })
  const { rows } = await opened.query((db) => db.execute<Record<string, unknown>>(sql.raw(query)))
  await opened.close()
  return rows
}

describe('the state of a service', () => {
  it('is in its own database, and leaves that of the farm alone', async () => {
    const schemas = `SELECT count(*)::integer AS schemas FROM information_schema.schemata WHERE schema_name = 'differ'`
    expect(await rowsOf(own.url, schemas)).toEqual([{ schemas: 1 }])
    expect(await rowsOf(service.databaseUrl ?? '', schemas)).toEqual([{ schemas: 0 }])
  })

  it('has the verdict of each pair, and the error of those that have none', async () => {
    expect(
      await rowsOf(own.url, 'SELECT new_id, verdict, failure FROM differ.comparison ORDER BY new_id'),
    ).toEqual([
      ...DROPS.map((id) => ({ new_id: id, verdict: 'SUBSTANTIVE', failure: null })),
      { new_id: SETUID, verdict: 'SUBSTANTIVE', failure: null },
      { new_id: BROKEN, verdict: null, failure: 'ArtifactsMissingError' },
    ])
  })

  it('puts runs into one cluster that differ only by names', async () => {
    const clusters = await rowsOf(
      own.url,
      'SELECT count(*)::integer AS runs FROM differ.comparison WHERE verdict IS NOT NULL GROUP BY signature ORDER BY 1',
    )
    expect(clusters).toEqual([{ runs: 1 }, { runs: 3 }])
  })

  it('is the same after `differ state rebuild`, with and without what was there', async () => {
    const before = await contentsOf(new State(database))
    const rebuild = () =>
      differ(['state', 'rebuild'], {
        cwd: service.places.root,
        env: {
          DATABASE_URL: service.databaseUrl ?? '',
          DIFFER_STATE_DATABASE_URL: own.url,
          DIFFER_DATA_DIR: service.places.data,
          DIFFER_TEMP_PATH: service.places.temp,
        },
      })
    const { code, stdout } = await rebuild()
    expect([code, stdout]).toEqual([0, 'Wrote 4 cached summaries of 4 pairs to the state\n'])
    expect(await contentsOf(new State(database))).toEqual(before)

    await own.sql('DROP SCHEMA differ CASCADE')
    await rebuild()
    const { comparisons } = before as { comparisons: { failure: string | null }[] }
    const made = { comparisons: comparisons.filter(({ failure }) => failure === null) }
    expect(await contentsOf(new State(database))).toMatchObject(made)
  })
})
