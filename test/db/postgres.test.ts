import { once } from 'node:events'
import { createServer } from 'node:net'
import { userInfo } from 'node:os'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { listRuns, runsByIds } from '../../src/db/runs.ts'
import { seedRuns, startPostgres, type TestPostgres } from '../fixtures/postgres.ts'
import { databaseSuite } from './database-suite.ts'

let postgres: TestPostgres
beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(() => postgres?.stop())

describe("a farm's PostgreSQL", () => {
  databaseSuite(async () => ({ url: postgres.url }))

  it('is reached over a Unix socket, too', async () => {
    const database = await openDatabase({ url: postgres.socketUrl })
    await database.ping()
    await database.close()
  })

  it('gets the system user’s name if the URL has none', async () => {
    const { username } = userInfo()
    await postgres.sql(`CREATE ROLE "${username}" LOGIN`)
    const database = await openDatabase({ url: postgres.url.replace('differ@', '') })
    const { rows } = await database.query((db) => db.execute(sql`SELECT current_user AS name`))
    expect(rows).toEqual([{ name: username }])
    await database.close()
  })

  it('returns a run with two builds once', async () => {
    const database = await openDatabase({ url: postgres.url })
    await postgres.sql('TRUNCATE run CASCADE')
    await seedRuns(database, [{ id: 'twice', version: '1.0-1' }])
    await postgres.sql("INSERT INTO debian_build VALUES ('twice', '2.0-1', 'sid', 'hello', NULL)")
    expect(await runsByIds(database, ['twice'])).toHaveLength(1)
    const page = await listRuns(database, { source: ['hello'] }, { limit: 10 })
    expect(page.items.map(({ run }) => run.id)).toEqual(['twice'])
    await database.close()
  })

  it('is used again after a restart', async () => {
    const database = await openDatabase({ url: postgres.url })
    // Opens several connections, which the restart breaks.
    await Promise.all(Array.from({ length: 5 }, () => database.ping()))
    await postgres.down()
    await expect(database.ping()).rejects.toMatchObject({ name: 'DatabaseUnavailableError', retryable: true })
    await postgres.up()
    await database.ping()
    await database.close()
  })

  it('is unavailable for a query that a shutdown interrupts', async () => {
    const database = await openDatabase({ url: postgres.url })
    const query = database.query((db) => db.execute(sql`SELECT pg_sleep(20)`))
    const outcome = expect(query).rejects.toMatchObject({ name: 'DatabaseUnavailableError' })
    await expect
      .poll(() => postgres.sql("SELECT 1 FROM pg_stat_activity WHERE query LIKE '%sleep(20)'"))
      .not.toEqual([])
    await postgres.restart()
    await outcome
    await database.close()
  })

  it('cancels a statement at its timeout', async () => {
    const database = await openDatabase({ url: postgres.url }, { statementTimeoutMs: 200 })
    const query = database.query((db) => db.execute(sql`SELECT pg_sleep(20)`))
    await expect(query).rejects.toMatchObject({ name: 'DatabaseUnavailableError' })
    expect(
      await postgres.sql("SELECT 1 FROM pg_stat_activity WHERE query LIKE '%sleep(20)' AND state = 'active'"),
    ).toEqual([])
    await database.close()
  })
})

describe('an unreachable database', () => {
  it.each([
    ['nothing listens on the port', 'postgresql://differ@127.0.0.1:1/janitor'],
    ['neither of two addresses accepts connections', 'postgresql://differ@localhost:1/janitor'],
    ['the host has no address', 'postgresql://differ@nonesuch.invalid/janitor'],
    ['there is no socket', 'postgresql://differ@/janitor?host=/nonexistent'],
  ])('causes a DatabaseUnavailableError within seconds: %s', async (_, url) => {
    const database = await openDatabase({ url }, { connectTimeoutMs: 1000 })
    await expect(database.ping()).rejects.toMatchObject({ name: 'DatabaseUnavailableError' })
    await database.close()
  })

  it('causes a DatabaseUnavailableError if the server does not respond', async () => {
    const silent = createServer().listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const { port } = silent.address() as { port: number }
    const database = await openDatabase(
      { url: `postgresql://differ@127.0.0.1:${port}/x` },
      { connectTimeoutMs: 300 },
    )
    await expect(database.ping()).rejects.toMatchObject({ name: 'DatabaseUnavailableError' })
    await database.close()
    silent.close()
  })

  it('causes a DatabaseUnavailableError if the server does not have the database', async () => {
    const database = await openDatabase({ url: postgres.url.replace('janitor', 'nonesuch') })
    await expect(database.ping()).rejects.toMatchObject({ name: 'DatabaseUnavailableError' })
    await database.close()
  })

  it.each(['janitor', 'mysql://x@y/z'])('causes a UsageError if its URL is invalid: %s', async (url) => {
    await expect(openDatabase({ url })).rejects.toMatchObject({ name: 'UsageError' })
  })
})
