/** Receives the farm's events about finished runs from Redis, and precaches the diffs of these runs. */
import type { Queries } from '../db/database.ts'
import { runsByIds } from '../db/runs.ts'
import type { RedisLink } from '../redis/redis.ts'
import { Wakeup } from '../wakeup.ts'
import type { FinishedRuns } from './finished-runs.ts'
import { parseRunMessage } from './run-message.ts'

/**
 * What happened to an event: `taken`: its pairs were queued; `failed_run`: ignored, because the run failed;
 * `malformed`: ignored, because it is not an event of a run; `left`: the backfill will find its run.
 */
export type RunEventOutcome = 'taken' | 'failed_run' | 'malformed' | 'left'

export interface RunEventsOptions {
  readonly link: RedisLink
  readonly channels: readonly string[]
  readonly database: Queries
  readonly runs: FinishedRuns
  /** Called whenever the channels are subscribed. Earlier messages may have been missed. */
  readonly onSubscribed: () => void
  /** Called once for each event, with the message or the run's id. */
  readonly onEvent: (outcome: RunEventOutcome, message: string) => void
  readonly onFailed: (error: unknown) => void
}

/** Delays between look-ups of a run, in milliseconds: an event may arrive before the farm's commit. */
const RETRY_DELAYS_MS = [1_000, 2_000, 4_000, 8_000, 16_000, 32_000]
/** Runs that may wait for a look-up. Further ones are left to the backfill. */
const MAX_WAITING = 10_000
const PAGE_SIZE = 200
const MAX_SLEEP_MS = 60_000

interface Waiting {
  readonly tries: number
  readonly dueMs: number
}

export class RunEvents {
  readonly #options: RunEventsOptions
  readonly #closing = new AbortController()
  readonly #waiting = new Map<string, Waiting>()
  readonly #wakeup = new Wakeup()
  readonly #running: Promise<void>

  constructor(options: RunEventsOptions) {
    this.#options = options
    const { link, channels, onSubscribed } = options
    link.subscribe(channels, (_channel, message) => this.#receive(message), onSubscribed)
    this.#running = this.#run()
  }

  /** Does not unsubscribe: the link closes its connections. */
  async close(): Promise<void> {
    this.#closing.abort()
    await this.#running
  }

  #receive(message: string): void {
    const event = parseRunMessage(message)
    if (event === null) this.#options.onEvent('malformed', message)
    else if (event === 'failed') this.#options.onEvent('failed_run', message)
    else if (!this.#waiting.has(event.runId)) this.#add(event.runId, message)
  }

  #add(runId: string, message: string): void {
    if (this.#closing.signal.aborted || this.#waiting.size >= MAX_WAITING) {
      this.#options.onEvent('left', message)
      return
    }
    this.#waiting.set(runId, { tries: 0, dueMs: performance.now() })
    this.#wakeup.notify()
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing
    while (!signal.aborted) {
      const now = performance.now()
      const due = [...this.#waiting].filter(([, { dueMs }]) => dueMs <= now).slice(0, PAGE_SIZE)
      if (due.length > 0) {
        await this.#process(due)
        continue
      }
      const nextMs = Math.min(MAX_SLEEP_MS, ...[...this.#waiting.values()].map(({ dueMs }) => dueMs - now))
      await this.#wakeup.sleep(nextMs, signal)
    }
  }

  async #process(due: readonly (readonly [string, Waiting])[]): Promise<void> {
    const { database, runs, onEvent, onFailed } = this.#options
    const ids = due.map(([id]) => id)
    try {
      const found = (await runsByIds(database, ids)).filter((run) => run !== null)
      const finished = found.filter(({ resultCode }) => resultCode !== null)
      await runs.precache(finished, 'RUN_FINISHED')
      for (const { id } of finished) {
        this.#waiting.delete(id)
        onEvent('taken', id)
      }
    } catch (error) {
      onFailed(error)
    }
    for (const [id, { tries }] of due) if (this.#waiting.has(id)) this.#retryLater(id, tries)
  }

  #retryLater(id: string, tries: number): void {
    const delayMs = RETRY_DELAYS_MS[tries]
    if (delayMs === undefined) {
      this.#waiting.delete(id)
      this.#options.onEvent('left', id)
    } else this.#waiting.set(id, { tries: tries + 1, dueMs: performance.now() + delayMs })
  }
}
