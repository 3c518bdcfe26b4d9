import { untilAborted } from '../../until-aborted.ts'

/**
 * One computation per key, shared by all its callers. The value exists until its last user ends.
 *
 * A caller whose signal aborts stops waiting at once. The computation is stopped when its last caller has
 * left. It is forgotten at that moment, so that the next caller starts a new one instead of joining the one
 * that is stopping.
 */
export class SingleFlight<T> {
  readonly #flights = new Map<string, Flight<T>>()
  readonly #dispose: (value: T) => Promise<void>

  /** @param dispose called once for each value, after its last user has ended */
  constructor(dispose: (value: T) => Promise<void> = async () => {}) {
    this.#dispose = dispose
  }

  /** Keys that are being computed or used. */
  get size(): number {
    return this.#flights.size
  }

  has(key: string): boolean {
    return this.#flights.has(key)
  }

  /**
   * Calls `use` with the value of `key`. Calls `make` unless another caller is computing or using the value.
   * @param make gets a signal that aborts when the last caller has left
   * @throws what `make` threw, to all its callers; `signal.reason`; what `use` threw
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
      // The next caller must not join a failed attempt. Its callers get the error from `value` itself.
      .catch(() => this.#forget(key, flight))
      .finally(() => {
        flight.settled = true
      })
    return flight
  }

  async #end(key: string, flight: Flight<T>): Promise<void> {
    this.#forget(key, flight)
    flight.controller.abort()
    // A caller that left early must not wait for the computation to stop.
    const disposed = flight.value.then(this.#dispose, () => {})
    if (flight.settled) await disposed
    // No caller is left that could get an error of `dispose`.
    else disposed.catch(() => {})
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
