import PQueue from 'p-queue'

/** Who waits for a result: a person's request goes ahead of background work. */
export type Urgency = 'request' | 'background'

/** A bounded number of tools at a time, on the whole process; those that a person waits for first. */
export class ToolSlots {
  readonly #queue: PQueue
  #nextId = 0

  constructor(concurrency: number) {
    this.#queue = new PQueue({ concurrency })
  }

  /** Tools that run. */
  get running(): number {
    return this.#queue.pending
  }

  /** Tools that wait for a place. */
  get waiting(): number {
    return this.#queue.size
  }

  /**
   * Runs `tool` when there is a place.
   * @param job told when somebody in more of a hurry joins: what waits then moves ahead
   * @throws `job.signal.reason` when it aborts while waiting, or has aborted
   */
  async run<T>(job: ToolJob, tool: () => Promise<T>): Promise<T> {
    job.signal.throwIfAborted()
    const leave = await this.#enter(job)
    try {
      return await tool()
    } finally {
      leave()
    }
  }

  #enter(job: ToolJob): Promise<() => void> {
    return new Promise((resolve, reject) => {
      const id = String(this.#nextId++)
      const forget = job.onHurry(() => this.#queue.setPriority(id, PRIORITY.request))
      const giveUp = () => reject(job.signal.reason)
      job.signal.addEventListener('abort', giveUp, { once: true })
      void this.#queue.add(
        async () => {
          forget()
          job.signal.removeEventListener('abort', giveUp)
          if (!job.signal.aborted) await new Promise<void>((leave) => resolve(leave))
        },
        { id, priority: PRIORITY[job.urgency] },
      )
    })
  }
}

const PRIORITY: Record<Urgency, number> = { request: 1, background: 0 }

/** One diff in the making, as the slots see it. */
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

  hurry(): void {
    this.#urgency = 'request'
    for (const listener of this.#listeners) listener()
  }

  onHurry(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
