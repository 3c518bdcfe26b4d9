/** Streams the latest states of things that change, such as jobs. */
import { StoppingError } from './retry-policy.ts'
import { Subscriber } from './subscriber.ts'

export interface LatestStateOptions<T> {
  /**
   * Reads the current states of these ids, null for an unknown id. If it throws, it is called again later.
   */
  readonly read: (ids: readonly string[]) => Promise<readonly (T | null)[]>
  readonly hasEnded: (state: T) => boolean
  /** The error for a subscriber whose id is unknown or has been removed. */
  readonly gone: (id: string) => Error
  /** Called whenever `read` throws. */
  readonly onReadFailed: (error: unknown) => void
  /** Least time between two reads, in milliseconds. Changes within this time are delivered as one. */
  readonly pauseMs?: number
}

/** After a failed read. */
const RETRY_MS = 1_000
/** Ids read at once. */
const CHUNK_SIZE = 200

/**
 * Delivers states to subscribers. A change is reported by its id only; then the state is read once for all
 * subscribers, and not at all if there are none. So reporting a change twice or late does no harm. A slow
 * subscriber misses intermediate states, but never the last one.
 */
export class LatestStateBroadcaster<T> {
  readonly #options: LatestStateOptions<T>
  readonly #subscribers = new Map<string, Set<Subscriber<T>>>()
  readonly #subscribersToAll = new Set<Subscriber<T>>()
  readonly #changedIds = new Set<string>()
  #isReading = false
  #isClosed = false

  constructor(options: LatestStateOptions<T>) {
    this.#options = options
  }

  /** How many ids have subscribers, plus the number of subscribers to all. */
  get size(): number {
    return this.#subscribers.size + this.#subscribersToAll.size
  }

  /** Reports that the state of `id` may have changed. */
  changed(id: string): void {
    if (this.#subscribersToAll.size === 0 && !this.#subscribers.has(id)) return
    this.#changedIds.add(id)
    // Never rejects: `#deliverChanges` catches what `read` throws.
    void this.#deliverChanges()
  }

  /** Reports that any state may have changed, because reports may have been missed. */
  allChanged(): void {
    for (const id of this.#subscribers.keys()) this.changed(id)
  }

  /**
   * Streams the current state of one id and its changes; ends after its last state. It throws `gone` when the
   * id is unknown, and StoppingError when the broadcaster is closed before the last state.
   */
  watch(id: string, signal?: AbortSignal): AsyncIterableIterator<T> {
    const subscribers = this.#subscribers.get(id) ?? new Set()
    const subscriber = new Subscriber<T>(signal, () => {
      subscribers.delete(subscriber)
      if (subscribers.size === 0 && this.#subscribers.get(id) === subscribers) this.#subscribers.delete(id)
    })
    if (subscriber.closed) return subscriber
    if (this.#isClosed) return subscriber.fail(new StoppingError())
    subscribers.add(subscriber)
    this.#subscribers.set(id, subscribers)
    this.changed(id)
    return subscriber
  }

  /**
   * Streams the states `current`, then those of every id that changes, until its reader closes it. It throws
   * what `current` throws, and StoppingError when the broadcaster is closed.
   */
  watchAll(current: () => Promise<ReadonlyMap<string, T>>, signal?: AbortSignal): AsyncIterableIterator<T> {
    const subscriber = new Subscriber<T>(signal, () => this.#subscribersToAll.delete(subscriber))
    if (subscriber.closed) return subscriber
    if (this.#isClosed) return subscriber.fail(new StoppingError())
    this.#subscribersToAll.add(subscriber)
    current().then(
      (states) => subscriber.begin(states),
      (error: unknown) => subscriber.fail(error),
    )
    return subscriber
  }

  /** Every stream throws StoppingError after the states that it holds: what it shows has not ended. */
  close(): void {
    this.#isClosed = true
    for (const subscribers of [...this.#subscribers.values(), this.#subscribersToAll])
      for (const subscriber of subscribers) subscriber.fail(new StoppingError())
  }

  async #deliverChanges(): Promise<void> {
    if (this.#isReading) return
    this.#isReading = true
    try {
      // One turn of the event loop, so that simultaneous changes are read together.
      await new Promise((resolve) => setImmediate(resolve))
      while (this.#changedIds.size > 0 && this.size > 0) {
        const ids = [...this.#changedIds].slice(0, CHUNK_SIZE)
        for (const id of ids) this.#changedIds.delete(id)
        await this.#readAndDeliver(ids)
        if (this.#options.pauseMs) await pause(this.#options.pauseMs)
      }
      if (this.size === 0) this.#changedIds.clear()
    } finally {
      this.#isReading = false
    }
  }

  async #readAndDeliver(ids: readonly string[]): Promise<void> {
    try {
      const states = await this.#options.read(ids)
      for (const [index, id] of ids.entries()) this.#deliver(id, states[index] ?? null)
    } catch (error) {
      this.#options.onReadFailed(error)
      for (const id of ids) this.#changedIds.add(id)
      await pause(RETRY_MS)
    }
  }

  #deliver(id: string, state: T | null): void {
    const subscribers = this.#subscribers.get(id)
    const version = subscribers ? JSON.stringify(state) : ''
    for (const subscriber of subscribers ?? []) {
      if (state === null) subscriber.fail(this.#options.gone(id))
      else {
        subscriber.putIfNew(id, state, version)
        if (this.#options.hasEnded(state)) subscriber.end()
      }
    }
    if (state !== null) for (const subscriber of this.#subscribersToAll) subscriber.put(id, state)
  }
}

/** The timer does not keep the process alive. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref())
}
