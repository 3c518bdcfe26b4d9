/** Lets other code wake up a loop that sleeps between its rounds. */
import { setTimeout as sleep } from 'node:timers/promises'

export class Wakeup {
  #resolve: () => void = () => {}
  #notified: Promise<void> = this.#nextNotification()

  /** Ends the current sleep; if nothing sleeps, the next sleep ends at once. */
  notify(): void {
    this.#resolve()
  }

  /** Resolves after `ms`, or earlier after `notify`, or when the signal aborts. */
  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    const stop = new AbortController()
    // It rejects when one of the signals aborts, which ends the sleep like the time.
    const timer = sleep(ms, undefined, { signal: AbortSignal.any([signal, stop.signal]) }).catch(() => {})
    await Promise.race([timer, this.#notified])
    stop.abort()
    this.#notified = this.#nextNotification()
  }

  #nextNotification(): Promise<void> {
    return new Promise((resolve) => {
      this.#resolve = resolve
    })
  }
}
