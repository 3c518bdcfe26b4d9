/** The tables of the state: migrations, and records from several processes, on both databases. */
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { DatabaseUnavailableError, StateNotConfiguredError, UsageError } from '../../src/errors.ts'
import { findCampaign } from '../../src/state/campaign-queries.ts'
import { MIGRATION_LOCK } from '../../src/state/migrate-state.ts'
import { State } from '../../src/state/state.ts'
import type { SummaryRecord } from '../../src/state/summary-record.ts'
import { writeRecords } from '../../src/state/write-records.ts'
import { contentsOf, findingOf, openTestState, recordOf, type TestState } from './state-kit.ts'

const write = (state: State, records: readonly SummaryRecord[], options = {}) =>
  state.query('background', 'test', (db) => writeRecords(db, records, options))

describe.each(['postgresql', 'embedded'] as const)('the state in a %s database', (kind) => {
  let test: TestState
  beforeAll(async () => {
    test = await openTestState(kind)
  })
  afterAll(() => test.close())

  const sumsOf = async (campaign: string) => {
    const { rows } = await test.state.query('background', 'test', (db) =>
      db.execute<{ name: string }>(sql`SELECT kind || ' ' || key AS name, comparisons, items::integer AS items
        FROM differ.campaign_count JOIN differ.campaign ON campaign.id = campaign_id
        WHERE campaign.name = ${campaign} AND comparisons <> 0 AND kind <> 'rules' ORDER BY 1`),
    )
    return rows
  }

  it('creates its tables once, in a schema of its own', async () => {
    const second = new State(test.database)
    await Promise.all([write(test.state, []), write(second, [recordOf('first', { campaign: 'once' })])])
    const { rows } = await test.database.query((db) =>
      db.execute<{ table_schema: string }>(sql`SELECT table_schema, count(*)::integer AS tables
        FROM information_schema.tables WHERE table_name IN ('campaign', 'comparison', 'finding', 'campaign_count')
        GROUP BY 1`),
    )
    expect(rows).toEqual([{ table_schema: 'differ', tables: 4 }])
  })

  it('counts a pair once, however often and by how many processes it is written', async () => {
    const records = ['a', 'b', 'c', 'd'].map((newId) =>
      recordOf(newId, { campaign: 'twice', findings: [findingOf(), findingOf({ path: 'usr/bin/pot' })] }),
    )
    const others = [new State(test.database), new State(test.database)]
    await Promise.all([
      write(test.state, records),
      ...others.map((state) => write(state, [...records].reverse())),
    ])
    await write(test.state, records, { force: true })
    expect(await sumsOf('twice')).toEqual([
      { name: 'rule MODE_SETUID', comparisons: 4, items: 8 },
      { name: 'verdict SUBSTANTIVE', comparisons: 4, items: 4 },
    ])
  })

  it('replaces what an older summary said, and never what a newer one did', async () => {
    const pair = (facts: Partial<SummaryRecord>) => recordOf('replaced', { campaign: 'replaced', ...facts })
    await write(test.state, [pair({ madeMs: 10, findings: [findingOf()] })])
    await write(test.state, [pair({ madeMs: 20, verdict: 'NOISE_ONLY' })])
    await write(test.state, [pair({ madeMs: 15, verdict: 'IDENTICAL' })])
    await write(test.state, [pair({ madeMs: 30, rulesVersion: 7, verdict: 'IDENTICAL' })])
    expect(await sumsOf('replaced')).toEqual([{ name: 'verdict NOISE_ONLY', comparisons: 1, items: 1 }])
  })

  it('counts what could not be made, until it can', async () => {
    const pair = (facts: Partial<SummaryRecord>) => recordOf('failing', { campaign: 'failing', ...facts })
    await write(test.state, [pair({ madeMs: 10, failure: 'ArtifactsMissingError' })])
    expect(await sumsOf('failing')).toEqual([
      { name: 'failure ArtifactsMissingError', comparisons: 1, items: 1 },
    ])
    await write(test.state, [pair({ madeMs: 20 })])
    expect(await sumsOf('failing')).toEqual([{ name: 'verdict SUBSTANTIVE', comparisons: 1, items: 1 }])
    await write(test.state, [pair({ madeMs: 30, failure: 'ArtifactRetrievalError', isPermanent: false })])
    expect(await sumsOf('failing')).toEqual([{ name: 'verdict SUBSTANTIVE', comparisons: 1, items: 1 }])
    await write(test.state, [pair({ madeMs: 40, failure: 'ArtifactsMissingError' })])
    expect(await sumsOf('failing')).toEqual([
      { name: 'failure ArtifactsMissingError', comparisons: 1, items: 1 },
    ])
  })

  it('moves a pair whose run has another campaign now', async () => {
    await write(test.state, [recordOf('moved', { campaign: 'from' })])
    await write(test.state, [recordOf('moved', { campaign: 'to', madeMs: 2 })])
    expect(await sumsOf('from')).toEqual([])
    expect(await sumsOf('to')).toEqual([{ name: 'verdict SUBSTANTIVE', comparisons: 1, items: 1 }])
  })

  it('stores any text', async () => {
    const path = `usr/\u{1f375}/${'x'.repeat(5_000)}`
    await write(test.state, [
      recordOf('text', { campaign: `it's "quoted" \u{1f375}`, findings: [findingOf({ path })] }),
    ])
    expect(JSON.stringify(await contentsOf(test.state))).toContain(path)
  })
})

describe('a state that cannot be used', () => {
  it('says which setting it needs if there is none', async () => {
    const query = new State(null).query('list', 'test', async () => 1)
    await expect(query).rejects.toThrow(StateNotConfiguredError)
    await expect(query).rejects.toThrow('DIFFER_STATE_DATABASE_URL')
  })

  it('says that its server does not answer, and tries again with each query', async () => {
    const database = await openDatabase({ url: 'postgresql://differ@127.0.0.1:1/nothing' })
    const away = new State(database)
    for (const _attempt of [1, 2])
      await expect(away.query('list', 'test', async () => 1)).rejects.toThrow(DatabaseUnavailableError)
    await database.close()
  })

  it('refuses requests while a migration takes long, and then answers them', async () => {
    const test = await openTestState('postgresql')
    const blocker = await openDatabase({ url: test.url ?? '' })
    let unblock = () => {}
    const isBlocked = new Promise<void>((resolve, reject) => {
      const unblocked = new Promise<void>((release) => {
        unblock = release
      })
      blocker
        .query((db) =>
          db.transaction(async (tx) => {
            await tx.execute(sql`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`)
            resolve()
            await unblocked
          }),
        )
        .catch(reject)
    })
    await isBlocked
    const ask = () => test.state.query('list', 'test', (db) => findCampaign(db, 'nothing'))
    const background = test.state.query('background', 'test', (db) => findCampaign(db, 'nothing'))
    await expect(ask()).rejects.toThrow(DatabaseUnavailableError)
    unblock()
    expect(await background).toBeNull()
    expect(await ask()).toBeNull()
    await blocker.close()
    await test.close()
  })

  it('says what a role lacks that must not create the schema', async () => {
    const test = await openTestState('postgresql')
    await test.database.query(async (db) => {
      await db.execute(sql`DROP ROLE IF EXISTS differ_reader`)
      await db.execute(sql`CREATE ROLE differ_reader LOGIN`)
    })
    const reader = await openDatabase({ url: (test.url ?? '').replace('differ@', 'differ_reader@') })
    const query = new State(reader).query('list', 'test', async () => 1)
    await expect(query).rejects.toThrow(UsageError)
    await expect(query).rejects.toThrow('GRANT CREATE ON DATABASE')
    await reader.close()
    await test.database.query((db) => db.execute(sql`DROP ROLE differ_reader`))
    await test.close()
  })
})
