/** Finds runs in the database that finished while nobody heard of it. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from '../db/database.ts'
import { databaseTime, listFinishedRuns, type RunCursor } from '../db/runs.ts'
import { Wakeup } from '../wakeup.ts'
import type { FinishedRuns } from './finished-runs.ts'
import type { WatermarkStore } from './watermark.ts'

/** A farm may commit a run that late after its finish time. */
export const LATE_COMMIT_MS = 3_600_000
const PAGE = 200
/** From the wish to the look: Redis is back a little before it is listened to again. */
const SOON_MS = 1_000

export interface BackfillOptions {
  readonly database: Database
  readonly watermark: WatermarkStore
  readonly runs: FinishedRuns
  /** Whether the queue outlives this process, or has nothing left to lose. Until then the mark stays where it is. */
  readonly mayAdvance: () => Promise<boolean>
  readonly intervalMs: number
  readonly onPass: (queued: number) => void
  readonly onFailure: (error: unknown) => void
}

export class Backfill {
  readonly #options: BackfillOptions
  readonly #closing = new AbortController()
  readonly #bell = new Wakeup()
  readonly #running: Promise<void>

  /** Begins at once. */
  constructor(options: BackfillOptions) {
    this.#options = options
    this.#running = this.#work()
  }

  /** There may be something: looks soon. */
  wake(): void {
    this.#bell.notify()
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#running
  }

  async #work(): Promise<void> {
    const { signal } = this.#closing
    const { intervalMs, onPass, onFailure } = this.#options
    while (!signal.aborted) {
      try {
        onPass(await this.#pass(signal))
      } catch (error) {
        if (!signal.aborted) onFailure(error)
      }
      await this.#bell.sleep(intervalMs, signal)
      await sleep(SOON_MS, undefined, { signal }).catch(() => {})
    }
  }

  /** One look at all that finished since the mark, and an hour ahead of it. @returns how many pairs were queued */
  async #pass(signal: AbortSignal): Promise<number> {
    const { database, watermark, runs, mayAdvance } = this.#options
    const now = await databaseTime(database)
    const mark = await watermark.read()
    if (!mark) {
      await watermark.advance(now)
      return 0
    }
    const since = new Date(mark.getTime() - LATE_COMMIT_MS)
    let queued = 0
    let after: RunCursor | undefined
    do {
      const page = await listFinishedRuns(database, { since, until: now }, { limit: PAGE, after })
      queued += await runs.precache(page.items, 'CATCH_UP')
      after = page.next ?? undefined
      const reached = after ? page.items.at(-1)?.finishTime : now
      if (reached && (await mayAdvance())) await watermark.advance(reached)
    } while (after && !signal.aborted)
    return queued
  }
}
