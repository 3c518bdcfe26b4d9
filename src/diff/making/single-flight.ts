import { untilAborted } from '../../until-aborted.ts'

/**
 * One computation per key, however many ask, and its result kept while anybody uses it.
 *
 * A caller that goes away (its signal aborts) stops waiting at once; the work itself is told to stop only when nobody is left.
 * Work that was told to stop is forgotten at that moment, so whoever comes next starts afresh instead of joining a dying one.
 */
export class SingleFlight<T> {
  readonly #flights = new Map<string, Flight<T>>()
  readonly #dispose: (value: T) => Promise<void>

  /** `dispose` is called once for each value made, when its last user is done. */
  constructor(dispose: (value: T) => Promise<void> = async () => {}) {
    this.#dispose = dispose
  }

  /** Keys at work or in use. */
  get size(): number {
    return this.#flights.size
  }

  has(key: string): boolean {
    return this.#flights.has(key)
  }

  /**
   * Calls `use` with the value of `key`, made by `make` unless another caller has made or is making it.
   * @param make gets a signal that aborts when nobody waits any more
   * @throws what `make` threw, to everyone who waits; `signal.reason` to a caller that went away
   */
  async run<R>(
    key: string,
    signal: AbortSignal | undefined,
    make: (signal: AbortSignal) => Promise<T>,
    use: (value: T) => R | Promise<R>,
  ): Promise<R> {
    signal?.throwIfAborted()
    const flight = this.#flights.get(key) ?? this.#start(key, make)
    flight.users += 1
    try {
      return await use(await untilAborted(flight.value, signal))
    } finally {
      flight.users -= 1
      if (flight.users === 0) await this.#end(key, flight)
    }
  }

  #start(key: string, make: (signal: AbortSignal) => Promise<T>): Flight<T> {
    const controller = new AbortController()
    const flight: Flight<T> = { users: 0, controller, value: make(controller.signal), settled: false }
    this.#flights.set(key, flight)
    flight.value
      // A failed attempt is nobody's to join; those who wait for it hold the promise itself.
      .catch(() => this.#forget(key, flight))
      .finally(() => {
        flight.settled = true
      })
    return flight
  }

  async #end(key: string, flight: Flight<T>): Promise<void> {
    this.#forget(key, flight)
    flight.controller.abort()
    // Not awaited by a caller that left before the end: it is not to be held up by the cleaning.
    const cleaned = flight.value.then(this.#dispose, () => {})
    if (flight.settled) await cleaned
    else cleaned.catch(() => {})
  }

  #forget(key: string, flight: Flight<T>): void {
    if (this.#flights.get(key) === flight) this.#flights.delete(key)
  }
}

interface Flight<T> {
  users: number
  readonly controller: AbortController
  readonly value: Promise<T>
  settled: boolean
}
