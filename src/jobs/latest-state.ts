/** What changes, as streams of its latest states: a slow reader misses states between, never the last one. */

export interface LatestStateOptions<T> {
  /** The states of these ids now, null for what is not there. May throw: then it is asked again. */
  readonly read: (ids: readonly string[]) => Promise<readonly (T | null)[]>
  readonly hasEnded: (state: T) => boolean
  /** Least time between two looks, in milliseconds: what changes more often is told in fewer steps. */
  readonly pauseMs?: number
}

/** After a look that failed. */
const RETRY_MS = 1_000
/** Ids read at a time. */
const CHUNK = 200

/**
 * Whoever knows of a change says which id; the state is looked up once for all who watch it, and not at all where nobody does. So it does not matter if a
 * change is told twice, or late: what is delivered is the state of the moment.
 */
export class LatestStateBroadcaster<T> {
  readonly #options: LatestStateOptions<T>
  readonly #watchers = new Map<string, Set<Subscriber<T>>>()
  readonly #watchersOfAll = new Set<Subscriber<T>>()
  readonly #dirty = new Set<string>()
  #looking = false
  #closed = false

  constructor(options: LatestStateOptions<T>) {
    this.#options = options
  }

  get size(): number {
    return this.#watchers.size + this.#watchersOfAll.size
  }

  /** The state of `id` may be another. */
  changed(id: string): void {
    if (this.#watchersOfAll.size === 0 && !this.#watchers.has(id)) return
    this.#dirty.add(id)
    void this.#look()
  }

  /** Everything may be another: changes may have been missed. */
  allChanged(): void {
    for (const id of this.#watchers.keys()) this.changed(id)
  }

  /** The states of one id, that of this moment first; ends behind the last one. */
  watch(id: string, signal?: AbortSignal): AsyncIterableIterator<T> {
    const watchers = this.#watchers.get(id) ?? new Set()
    const mailbox = new Subscriber<T>(signal, () => {
      watchers.delete(mailbox)
      if (watchers.size === 0 && this.#watchers.get(id) === watchers) this.#watchers.delete(id)
    })
    if (mailbox.closed) return mailbox
    if (this.#closed) return mailbox.end()
    watchers.add(mailbox)
    this.#watchers.set(id, watchers)
    this.changed(id)
    return mailbox
  }

  /** The states of every id: `current` first, then whatever changes. Has no end but its reader's, or the queue's. */
  watchAll(current: () => Promise<ReadonlyMap<string, T>>, signal?: AbortSignal): AsyncIterableIterator<T> {
    const mailbox = new Subscriber<T>(signal, () => this.#watchersOfAll.delete(mailbox))
    if (mailbox.closed) return mailbox
    if (this.#closed) return mailbox.end()
    this.#watchersOfAll.add(mailbox)
    current().then(
      (states) => mailbox.begin(states),
      (error: unknown) => mailbox.fail(error),
    )
    return mailbox
  }

  /** Ends every stream, behind what it holds. */
  close(): void {
    this.#closed = true
    for (const mailboxes of [...this.#watchers.values(), this.#watchersOfAll])
      for (const mailbox of mailboxes) mailbox.end()
  }

  async #look(): Promise<void> {
    if (this.#looking) return
    this.#looking = true
    try {
      // One turn of the loop: what changes together is looked at together.
      await new Promise((resolve) => setImmediate(resolve))
      while (this.#dirty.size > 0 && this.size > 0) {
        const ids = [...this.#dirty].slice(0, CHUNK)
        for (const id of ids) this.#dirty.delete(id)
        try {
          const states = await this.#options.read(ids)
          for (const [index, id] of ids.entries()) this.#deliver(id, states[index] ?? null)
        } catch {
          for (const id of ids) this.#dirty.add(id)
          await pause(RETRY_MS)
        }
        if (this.#options.pauseMs) await pause(this.#options.pauseMs)
      }
      if (this.size === 0) this.#dirty.clear()
    } finally {
      this.#looking = false
    }
  }

  #deliver(id: string, state: T | null): void {
    const watchers = this.#watchers.get(id)
    const version = watchers ? JSON.stringify(state) : ''
    const last = state === null || this.#options.hasEnded(state)
    for (const mailbox of watchers ?? []) {
      if (state !== null) mailbox.putNew(id, state, version)
      if (last) mailbox.end()
    }
    if (state !== null) for (const mailbox of this.#watchersOfAll) mailbox.put(id, state)
  }
}

/** No timer of ours keeps a process alive. */
function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref())
}

/** The latest state of each id that its reader has not read. Not a generator: one that waits cannot be told to end. */
class Subscriber<T> implements AsyncIterableIterator<T> {
  readonly #states = new Map<string, T>()
  readonly #readers: { resolve(result: IteratorResult<T>): void; reject(error: unknown): void }[] = []
  readonly #leave: () => void
  readonly #forgetSignal: () => void
  #version = ''
  #ended = false
  #failure: { error: unknown } | null = null
  closed = false

  constructor(signal: AbortSignal | undefined, leave: () => void) {
    const onAbort = () => void this.return()
    this.#leave = leave
    this.#forgetSignal = () => signal?.removeEventListener('abort', onAbort)
    if (signal?.aborted) this.closed = true
    else signal?.addEventListener('abort', onAbort, { once: true })
  }

  put(id: string, state: T): void {
    if (this.#ended) return
    this.#states.set(id, state)
    this.#serve()
  }

  /** As `put`, unless the state is the one that was put last. */
  putNew(id: string, state: T, version: string): void {
    if (version === this.#version) return
    this.#version = version
    this.put(id, state)
  }

  /** What was there at the beginning; what has changed since is newer. */
  begin(states: ReadonlyMap<string, T>): void {
    for (const [id, state] of states) if (!this.#states.has(id)) this.put(id, state)
  }

  fail(error: unknown): void {
    this.#failure = { error }
    this.end()
  }

  /** Nothing more will come; what is there is still read. */
  end(): this {
    this.#ended = true
    this.#forgetSignal()
    this.#leave()
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
    this.#states.clear()
    this.#failure = null
    this.end()
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #serve(): void {
    while (this.#readers.length > 0) {
      const [oldest] = this.#states
      if (oldest) {
        this.#states.delete(oldest[0])
        this.#readers.shift()?.resolve({ done: false, value: oldest[1] })
      } else if (this.#failure) {
        this.#readers.shift()?.reject(this.#failure.error)
        this.#failure = null
      } else if (this.#ended || this.closed) {
        this.#readers.shift()?.resolve({ done: true, value: undefined })
      } else return
    }
  }
}
