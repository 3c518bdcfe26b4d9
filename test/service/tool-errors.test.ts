/** Tools that fail, exceed their limits or are missing. */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { removeTree } from '../../src/diff/tools/remove-tree.ts'
import { startPostgres, type TestPostgres } from '../fixtures/postgres.ts'
import {
  addPair,
  eventually,
  makeGate,
  makePlaces,
  NO_TRACES,
  remainsOf,
  serviceFixture,
  startService,
  type TestService,
  tracesOf,
} from '../fixtures/service.ts'
import { requestDiffs } from './request-diffs.ts'

let postgres: TestPostgres
beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(() => postgres?.stop())

describe('a tool', () => {
  /** Starts a second service on the same database with other tools. */
  async function withTools(
    env: Record<string, string>,
    use: (other: TestService, pair: { old: string; new: string }) => Promise<void>,
  ) {
    const other = await startService({ databaseUrl: postgres.url, env })
    try {
      await use(other, await addPair(other, `tool-${crypto.randomUUID()}`))
      // The summary that a debdiff's typed fields need may still be in progress.
      await eventually(async () => expect(await tracesOf(other.places)).toEqual(NO_TRACES))
    } finally {
      await other.close()
    }
  }

  it('that exceeds its time limit is stopped, with an error that says so', async () => {
    const [places, dir] = [await makePlaces(), await makePlaces()]
    const gate = await makeGate(join(dir.root, 'gate'))
    await gate.close()
    const hasty = await startService({
      databaseUrl: postgres.url,
      // What waits for a slot until its time limit is overloaded instead.
      env: { ...gate.env, DIFFER_TASK_TIMEOUT: '1', DIFFER_MAX_CONCURRENT_DIFFS: '8' },
      places,
    })
    const pair = await addPair(hasty, `tool-${crypto.randomUUID()}`)
    const { debdiff, diffoscope } = await requestDiffs(hasty, pair)
    expect(debdiff).toMatchObject({
      __typename: 'DiffCommandTimeoutError',
      command: 'DEBDIFF',
      limitMs: 1000,
      retryable: true,
    })
    expect(diffoscope).toMatchObject({ __typename: 'DiffCommandTimeoutError', command: 'DIFFOSCOPE' })
    await hasty.close()
    expect(await remainsOf(places)).toEqual(NO_TRACES)

    // The failure is not cached: with more time, the diff is made. (A busy machine may need more than a
    // second.)
    await gate.open()
    const patient = await startService({ databaseUrl: postgres.url, env: gate.env, places })
    expect((await requestDiffs(patient, pair)).debdiff.__typename).toBe('Debdiff')
    await patient.close()
    await removeTree(places.root)
    await removeTree(dir.root)
  })

  it('that exceeds its memory limit is stopped, with an error that says so', async () => {
    const eater = serviceFixture('eats-memory')
    await withTools(
      { DIFFER_DEBDIFF_COMMAND: eater, DIFFER_DIFFOSCOPE_COMMAND: eater, DIFFER_TASK_MEMORY_LIMIT: '200' },
      async (other, pair) => {
        const { debdiff, diffoscope } = await requestDiffs(other, pair)
        const memory = { __typename: 'DiffCommandMemoryError', limitBytes: 200_000_000, retryable: false }
        expect(debdiff).toMatchObject({ ...memory, command: 'DEBDIFF' })
        expect(diffoscope).toMatchObject({ ...memory, command: 'DIFFOSCOPE' })
      },
    )
  })

  it('that fails is quoted without paths of the service', async () => {
    const fails = `${serviceFixture('fails')} 3`
    await withTools(
      { DIFFER_DEBDIFF_COMMAND: fails, DIFFER_DIFFOSCOPE_COMMAND: fails },
      async (other, pair) => {
        const { debdiff, diffoscope } = await requestDiffs(other, pair)
        for (const [failure, command] of [
          [debdiff, 'DEBDIFF'],
          [diffoscope, 'DIFFOSCOPE'],
        ]) {
          expect(failure).toMatchObject({
            __typename: 'DiffCommandError',
            command,
            exitCode: 3,
            signal: null,
            retryable: false,
          })
          expect(failure.stderr).toMatch(/^cannot read .*member\n$/)
          expect(JSON.stringify(failure)).not.toContain(other.places.root)
        }
      },
    )
  })

  it('that is not installed is named in the error', async () => {
    const missing = '/nonexistent/tool'
    await withTools({ DIFFER_DEBDIFF_COMMAND: missing }, async (other, pair) => {
      const { debdiff, diffoscope } = await requestDiffs(other, pair)
      expect(debdiff).toMatchObject({ __typename: 'DiffCommandError', command: 'DEBDIFF' })
      expect(debdiff.message + debdiff.stderr).toContain(missing)
      expect(diffoscope.__typename).toBe('Diffoscope')
    })
  })

  it('is not started while too many requests wait; the next one is refused, with a time for a retry', async () => {
    const dir = await makePlaces()
    const gate = await makeGate(join(dir.root, 'gate'))
    await gate.close()
    await withTools({ ...gate.env, DIFFER_MAX_WAITING_DIFFS: '1' }, async (other, pair) => {
      const first = other.ask(`/debdiff/${pair.old}/${pair.new}`)
      await eventually(async () => expect(await gate.started()).toEqual(['debdiff']))
      // A request for the debdiff would join the one that is being made.
      const { diffoscope } = await requestDiffs(other, pair, ['diffoscope'])
      expect(diffoscope).toMatchObject({ __typename: 'OverloadedError', retryable: true })
      expect(diffoscope.retryAfterMs).toBeGreaterThan(0)
      const rest = await other.ask(`/diffoscope/${pair.old}/${pair.new}`)
      expect([rest.status, rest.headers['retry-after']]).toEqual([503, '10'])
      await gate.open()
      expect((await first).status).toBe(200)
      expect((await requestDiffs(other, pair, ['diffoscope'])).diffoscope.__typename).toBe('Diffoscope')
    })
    await removeTree(dir.root)
  })
})
