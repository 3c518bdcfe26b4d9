/** Logs the errors that BullMQ emits, and those of reading watched states. */
import type { Logger } from '../../log.ts'
import { isConnectionError } from '../../redis/redis.ts'

/** Least time between two lines with the same message. */
const LOG_INTERVAL_MS = 60_000

export class QueueErrorLog {
  readonly #log: Logger
  readonly #lines = new Map<string, { loggedMs: number; suppressed: number }>()

  constructor(log: Logger) {
    this.#log = log
  }

  /**
   * Logs an error, at most once a minute for each message; the next line says how many were suppressed.
   * Ignores connection errors, because the link logs that Redis is unavailable.
   */
  report(err: unknown, message: string): void {
    if (isConnectionError(err)) return
    const now = performance.now()
    const last = this.#lines.get(message)
    if (last && now - last.loggedMs < LOG_INTERVAL_MS) {
      last.suppressed += 1
      return
    }
    this.#lines.set(message, { loggedMs: now, suppressed: 0 })
    this.#log.warn({ err, ...(last?.suppressed && { suppressed: last.suppressed }) }, message)
  }
}
