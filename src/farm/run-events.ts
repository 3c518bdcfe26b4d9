/** Hears on Redis that runs have finished, and has their diffs made. */
import type { Database } from '../db/database.ts'
import { runsByIds } from '../db/runs.ts'
import type { RedisLink } from '../redis/redis.ts'
import { Wakeup } from '../wakeup.ts'
import type { FinishedRuns } from './finished-runs.ts'
import { parseRunMessage } from './run-message.ts'

/** What became of a message: its pairs queued; passed over as malformed, foreign or of a failed run; left to the catch-up. */
export type RunEventOutcome = 'taken' | 'failed_run' | 'malformed' | 'left'

export interface RunEventsOptions {
  readonly link: RedisLink
  readonly channels: readonly string[]
  readonly database: Database
  readonly runs: FinishedRuns
  /** Listened to, for the first time or again: what was said meanwhile was missed. */
  readonly onListening: () => void
  readonly onEvent: (outcome: RunEventOutcome, message: string) => void
  readonly onFailure: (error: unknown) => void
}

/** News may come ahead of the farm's commit: looked for again after this many milliseconds, then left to the catch-up. */
const AGAIN_MS = [1_000, 2_000, 4_000, 8_000, 16_000, 32_000]
/** Runs that are looked for at a time; more are left to the catch-up. */
const MAX_WAITING = 10_000
const PAGE = 200

interface Waiting {
  readonly tries: number
  readonly dueMs: number
}

export class RunEvents {
  readonly #options: RunEventsOptions
  readonly #closing = new AbortController()
  readonly #waiting = new Map<string, Waiting>()
  readonly #bell = new Wakeup()
  readonly #working: Promise<void>

  constructor(options: RunEventsOptions) {
    this.#options = options
    options.link.subscribe(options.channels, (_channel, message) => this.#take(message), options.onListening)
    this.#working = this.#work()
  }

  /** The connection ends with its link. */
  async close(): Promise<void> {
    this.#closing.abort()
    await this.#working
  }

  #take(message: string): void {
    const { onEvent } = this.#options
    const news = parseRunMessage(message)
    if (news === null) return onEvent('malformed', message)
    if (news === 'failed') return onEvent('failed_run', message)
    if (this.#waiting.has(news.runId)) return
    if (this.#closing.signal.aborted || this.#waiting.size >= MAX_WAITING) return onEvent('left', message)
    this.#waiting.set(news.runId, { tries: 0, dueMs: performance.now() })
    this.#bell.notify()
  }

  async #work(): Promise<void> {
    const { signal } = this.#closing
    while (!signal.aborted) {
      const now = performance.now()
      const due = [...this.#waiting].filter(([, { dueMs }]) => dueMs <= now).slice(0, PAGE)
      if (due.length > 0) {
        await this.#look(due)
        continue
      }
      const nextMs = Math.min(60_000, ...[...this.#waiting.values()].map(({ dueMs }) => dueMs - now))
      await this.#bell.sleep(nextMs, signal)
    }
  }

  async #look(due: readonly (readonly [string, Waiting])[]): Promise<void> {
    const { database, runs, onEvent, onFailure } = this.#options
    const ids = due.map(([id]) => id)
    try {
      const found = (await runsByIds(database, ids)).filter((run) => run !== null && run.resultCode !== null)
      await runs.precache(
        found.filter((run) => run !== null),
        'RUN_FINISHED',
      )
      for (const run of found) {
        this.#waiting.delete(run?.id ?? '')
        onEvent('taken', run?.id ?? '')
      }
    } catch (error) {
      onFailure(error)
    }
    for (const [id, { tries }] of due) {
      if (!this.#waiting.has(id)) continue
      const againMs = AGAIN_MS[tries]
      if (againMs === undefined) {
        this.#waiting.delete(id)
        onEvent('left', id)
      } else this.#waiting.set(id, { tries: tries + 1, dueMs: performance.now() + againMs })
    }
  }
}
