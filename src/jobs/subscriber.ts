/** How many unread states a stream may hold, and the error with which it ends if its reader is too slow. */
export interface UnreadLimit {
  readonly max: number
  readonly error: () => Error
}

/**
 * A stream of states that holds at most one unread state of each id, the latest. It is not a generator,
 * because a generator that waits cannot be ended from outside.
 */
export class Subscriber<T> implements AsyncIterableIterator<T> {
  readonly #unread = new Map<string, T>()
  /** Ids of states that were put before `begin`, which are newer. Null after it. */
  #putEarly: Set<string> | null = new Set()
  readonly #readers: { resolve(result: IteratorResult<T>): void; reject(error: unknown): void }[] = []
  readonly #onEnd: () => void
  readonly #forgetSignal: () => void
  readonly #limit: UnreadLimit | null
  #version = ''
  #hasEnded = false
  #failure: { error: unknown } | null = null
  /** Whether the reader has closed the stream, or its signal has aborted. */
  closed = false

  /** @param onEnd called when no more states are accepted; may be called more than once */
  constructor(signal: AbortSignal | undefined, onEnd: () => void, limit: UnreadLimit | null = null) {
    const onAbort = () => void this.return()
    this.#onEnd = onEnd
    this.#limit = limit
    this.#forgetSignal = () => signal?.removeEventListener('abort', onAbort)
    if (signal?.aborted) this.closed = true
    else signal?.addEventListener('abort', onAbort, { once: true })
  }

  put(id: string, state: T): void {
    if (this.#hasEnded) return
    this.#putEarly?.add(id)
    this.#unread.set(id, state)
    this.#serve()
    if (this.#limit && this.#unread.size > this.#limit.max) {
      this.#unread.clear()
      this.fail(this.#limit.error())
    }
  }

  /** As `put`, but ignores a state with the version that was put last. */
  putIfNew(id: string, state: T, version: string): void {
    if (version === this.#version) return
    this.#version = version
    this.put(id, state)
  }

  /** Adds the initial states, except those of ids whose newer state was put meanwhile, whether read or not. */
  begin(states: ReadonlyMap<string, T>): void {
    const newer = this.#putEarly
    this.#putEarly = null
    for (const [id, state] of states) if (!newer?.has(id)) this.put(id, state)
  }

  /** Ends the stream with an error after the unread states. */
  fail(error: unknown): this {
    if (!this.#hasEnded) this.#failure = { error }
    return this.end()
  }

  /** Ends the stream after the unread states. */
  end(): this {
    this.#hasEnded = true
    this.#forgetSignal()
    this.#onEnd()
    this.#serve()
    return this
  }

  next(): Promise<IteratorResult<T>> {
    return new Promise((resolve, reject) => {
      this.#readers.push({ resolve, reject })
      this.#serve()
    })
  }

  async return(): Promise<IteratorResult<T>> {
    this.closed = true
    this.#unread.clear()
    this.#failure = null
    this.end()
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #serve(): void {
    while (this.#readers.length > 0) {
      const [oldest] = this.#unread
      if (oldest) {
        this.#unread.delete(oldest[0])
        this.#readers.shift()?.resolve({ done: false, value: oldest[1] })
      } else if (this.#failure) {
        this.#readers.shift()?.reject(this.#failure.error)
        this.#failure = null
      } else if (this.#hasEnded || this.closed) {
        this.#readers.shift()?.resolve({ done: true, value: undefined })
      } else return
    }
  }
}
