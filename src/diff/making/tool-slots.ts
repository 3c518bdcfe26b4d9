import PQueue from 'p-queue'

/** Whether a client waits for the result. Requests come before background work. */
export type Urgency = 'request' | 'background'

const PRIORITY: Readonly<Record<Urgency, number>> = { request: 1, background: 0 }

/** Limits how many tools run at once in this process. Tools of requests come first. */
export class ToolSlots {
  readonly #queue: PQueue
  #nextId = 0

  constructor(concurrency: number) {
    this.#queue = new PQueue({ concurrency })
  }

  /** Tools that are running. */
  get running(): number {
    return this.#queue.pending
  }

  /** Tools that wait for a slot. */
  get waiting(): number {
    return this.#queue.size
  }

  /**
   * Runs `tool` when a slot is free.
   * @param job its urgency may rise while it waits
   * @throws what `tool` throws; `job.signal.reason` if it aborts before a slot is free
   */
  async run<T>(job: ToolJob, tool: () => Promise<T>): Promise<T> {
    job.signal.throwIfAborted()
    const release = await this.#acquire(job)
    try {
      return await tool()
    } finally {
      release()
    }
  }

  /** Resolves with a function that releases the slot. */
  #acquire(job: ToolJob): Promise<() => void> {
    return new Promise((resolve, reject) => {
      const id = String(this.#nextId++)
      const unsubscribe = job.onUrgent(() => this.#queue.setPriority(id, PRIORITY.request))
      const giveUp = () => reject(job.signal.reason)
      job.signal.addEventListener('abort', giveUp, { once: true })
      void this.#queue.add(
        async () => {
          unsubscribe()
          job.signal.removeEventListener('abort', giveUp)
          if (!job.signal.aborted) await new Promise<void>((release) => resolve(release))
        },
        { id, priority: PRIORITY[job.urgency] },
      )
    })
  }
}

/** A diff that is being made, as far as the slots need it. Its tools share its urgency. */
export class ToolJob {
  readonly signal: AbortSignal
  #urgency: Urgency = 'background'
  readonly #listeners = new Set<() => void>()

  constructor(signal: AbortSignal) {
    this.signal = signal
  }

  get urgency(): Urgency {
    return this.#urgency
  }

  /** A request has joined the job. */
  makeUrgent(): void {
    this.#urgency = 'request'
    for (const listener of this.#listeners) listener()
  }

  /** @returns a function that removes the listener */
  onUrgent(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
