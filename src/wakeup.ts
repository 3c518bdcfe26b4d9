/** Wakes a loop that rests. */
import { setTimeout as sleep } from 'node:timers/promises'

export class Wakeup {
  #ring: () => void = () => {}
  #rung: Promise<void> = this.#next()

  notify(): void {
    this.#ring()
  }

  /** Until it rings (it counts if it has rung since the last rest), the time is up, or the signal aborts. */
  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    const stop = new AbortController()
    const rest = sleep(ms, undefined, { signal: AbortSignal.any([signal, stop.signal]) }).catch(() => {})
    await Promise.race([rest, this.#rung])
    stop.abort()
    this.#rung = this.#next()
  }

  #next(): Promise<void> {
    return new Promise((resolve) => {
      this.#ring = resolve
    })
  }
}
