/** Has summaries made anew that were judged before the rules changed, after all other background work. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Queries } from '../db/database.ts'
import { runsByIds } from '../db/runs.ts'
import { DifferError } from '../errors.ts'
import type { PrecacheQueue } from '../jobs/queue.ts'
import type { Logger } from '../log.ts'
import { SUCCESS } from '../run-pair.ts'
import { listOutdated, type OutdatedPair, type RulesInForce } from '../state/rules-in-force.ts'
import type { State } from '../state/state.ts'

export interface RefreshOptions {
  readonly state: State
  /** Of the runs. */
  readonly database: Queries
  readonly queue: PrecacheQueue
  readonly rules: RulesInForce
  readonly log: Logger
  /** Before the first pass, in milliseconds: a service that has just started has other work. */
  readonly startMs?: number
  /** Between two pages. */
  readonly pauseMs?: number
  /** Between two passes: replicas of another version may have written meanwhile. */
  readonly passMs?: number
}

/** Jobs that may wait when more are added, so that a million outdated summaries do not fill the queue. */
const MAX_WAITING = 200
const PAGE_SIZE = 200

/** Several replicas may do so at once: a pair has one job. @returns a function that stops it */
export function refreshSummaries(options: RefreshOptions): () => Promise<void> {
  const { startMs = 30_000, pauseMs = 5_000, passMs = 3_600_000, log } = options
  const closing = new AbortController()
  // Rejects only because the service stops, which ends the loop.
  const pause = (ms: number) => sleep(ms, undefined, { signal: closing.signal, ref: false }).catch(() => {})
  const run = async () => {
    let after: number | undefined
    for (let waitMs = startMs; !closing.signal.aborted; ) {
      await pause(waitMs)
      if (closing.signal.aborted) return
      waitMs = pauseMs
      try {
        after = await refreshPage(options, after)
        if (after === undefined) waitMs = passMs
      } catch (err) {
        // What is unavailable is logged elsewhere.
        if (!(err instanceof DifferError)) log.error({ err }, 'cannot have outdated summaries made anew')
      }
    }
  }
  const running = run()
  return async () => {
    closing.abort()
    await running
  }
}

/** Queues a page of pairs, unless many jobs wait. @returns where the next page begins; undefined at the end of a pass */
async function refreshPage(
  { state, database, queue, rules }: RefreshOptions,
  after: number | undefined,
): Promise<number | undefined> {
  const { queued } = await queue.counts()
  // 0 is before the first row, so the pass goes on.
  if (queued >= MAX_WAITING) return after ?? 0
  const pairs = await state.query('background', 'refresh', (db) =>
    listOutdated(db, rules, { limit: PAGE_SIZE, after }),
  )
  for (const { oldId, newId } of await existing(database, pairs))
    await queue.enqueue({ oldId, newId, summaryOnly: true }, 'REFRESH')
  return pairs.length < PAGE_SIZE ? undefined : pairs.at(-1)?.id
}

/** Pairs whose runs the farm has not deleted. What the state says of the others stays. */
async function existing(database: Queries, pairs: readonly OutdatedPair[]): Promise<OutdatedPair[]> {
  const runs = await runsByIds(
    database,
    pairs.flatMap(({ oldId, newId }) => [oldId, newId]),
  )
  const isThere = (index: number) => runs[index]?.resultCode === SUCCESS
  return pairs.filter((_, index) => isThere(2 * index) && isThere(2 * index + 1))
}
