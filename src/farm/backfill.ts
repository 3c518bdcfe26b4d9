/** Finds finished runs in the database whose events were missed. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Queries } from '../db/database.ts'
import type { RunCursor } from '../db/run-order.ts'
import { databaseTime, listFinishedRuns } from '../db/runs.ts'
import { Wakeup } from '../wakeup.ts'
import type { FinishedRuns } from './finished-runs.ts'
import type { WatermarkStore } from './watermark.ts'

/** How long after its finish time the farm may commit a run. */
export const LATE_COMMIT_MS = 3_600_000
const PAGE_SIZE = 200
/** From a wake-up to the scan: Redis is ready a little before its channels are subscribed again. */
const WAKE_DELAY_MS = 1_000

export interface BackfillOptions {
  readonly database: Queries
  readonly watermark: WatermarkStore
  readonly runs: FinishedRuns
  /**
   * Whether the watermark may advance: whether all queued jobs have ended, or the queue outlives this
   * process. Otherwise a restart would lose them.
   */
  readonly mayAdvance: () => Promise<boolean>
  /** Between two scans, in milliseconds. */
  readonly intervalMs: number
  /** Called after a successful scan with the number of pairs that it queued. */
  readonly onScanned: (queued: number) => void
  readonly onFailed: (error: unknown) => void
}

export class Backfill {
  readonly #options: BackfillOptions
  readonly #closing = new AbortController()
  readonly #wakeup = new Wakeup()
  readonly #running: Promise<void>

  /** Starts with a scan. */
  constructor(options: BackfillOptions) {
    this.#options = options
    this.#running = this.#run()
  }

  /** Scans soon, because events may have been missed. */
  wake(): void {
    this.#wakeup.notify()
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing
    const { intervalMs, onScanned, onFailed } = this.#options
    while (!signal.aborted) {
      try {
        onScanned(await this.#scan(signal))
      } catch (error) {
        if (!signal.aborted) onFailed(error)
      }
      await this.#wakeup.sleep(intervalMs, signal)
      // Rejects only on close, which ends the loop.
      await sleep(WAKE_DELAY_MS, undefined, { signal }).catch(() => {})
    }
  }

  /**
   * Queues the pairs of all runs that finished since `LATE_COMMIT_MS` before the watermark.
   * The first scan ever only sets the watermark.
   * @returns how many pairs were queued
   */
  async #scan(signal: AbortSignal): Promise<number> {
    const { database, watermark, runs, mayAdvance } = this.#options
    const now = await databaseTime(database)
    const finishedBefore = await watermark.read()
    if (!finishedBefore) {
      await watermark.advance(now)
      return 0
    }
    const since = new Date(finishedBefore.getTime() - LATE_COMMIT_MS)
    let queued = 0
    let after: RunCursor | undefined
    do {
      const page = await listFinishedRuns(database, { since, until: now }, { limit: PAGE_SIZE, after })
      queued += await runs.precache(page.items, 'CATCH_UP')
      after = page.next ?? undefined
      const scannedUntil = after ? page.items.at(-1)?.finishTime : now
      if (scannedUntil && (await mayAdvance())) await watermark.advance(scannedUntil)
    } while (after && !signal.aborted)
    return queued
  }
}
