import { OverloadedError } from '../../errors.ts'
import { untilAborted } from '../../until-aborted.ts'

/** Whether a client waits for the result. Requests come before background work. */
export type Urgency = 'request' | 'background'

const RETRY_AFTER_MS = 15_000

/** A tool that waits for a slot. */
interface Waiting {
  readonly job: ToolJob
  readonly start: () => void
}

/**
 * Limits how many tools run at once in this process.
 *
 * Tools of requests come first. Background tools may hold every slot for half an hour, so requests have one
 * more for each two slots, and at least one, which only they may use. Among requests, the client whose tools
 * run the least comes first, so that a client with many requests does not keep the others waiting.
 */
export class ToolSlots {
  readonly #concurrency: number
  readonly #reserved: number
  readonly #running = new Map<ToolJob, { urgency: Urgency; tools: number }>()
  #waiting: Waiting[] = []

  constructor(concurrency: number) {
    this.#concurrency = concurrency
    this.#reserved = Math.max(1, Math.floor(concurrency / 2))
  }

  /** Tools that are running. */
  get running(): number {
    return this.#count(() => true)
  }

  /** Tools that wait for a slot. */
  get waiting(): number {
    return this.#waiting.length
  }

  /**
   * Runs `tool` when a slot is free.
   * @param job its urgency may rise while it waits
   * @throws what `tool` throws; `job.signal.reason` if it aborts before a slot is free; OverloadedError if
   *   none is free after `job.maxWaitMs`
   */
  async run<T>(job: ToolJob, tool: () => Promise<T>): Promise<T> {
    job.signal.throwIfAborted()
    await this.#slotFor(job)
    try {
      return await tool()
    } finally {
      this.#leave(job)
      this.#startNext()
    }
  }

  /** Resolves when the job has a slot, which the caller must free. */
  async #slotFor(job: ToolJob): Promise<void> {
    let start = () => {}
    const started = new Promise<void>((resolve) => {
      start = resolve
    })
    const waiting = { job, start }
    this.#waiting.push(waiting)
    const unsubscribe = job.onUrgent(() => this.#startNext())
    const tooLong = new AbortController()
    const { maxWaitMs } = job
    const giveUp = () => {
      // Later tools of a diff wait for its own first ones. Its time limit counts from those.
      if (!job.hasStarted) tooLong.abort(this.#tooLong(maxWaitMs ?? 0))
    }
    const timer = maxWaitMs === null ? undefined : setTimeout(giveUp, maxWaitMs)
    this.#startNext()
    try {
      await untilAborted(started, AbortSignal.any([job.signal, tooLong.signal]))
    } catch (error) {
      // It may have got its slot at the same moment.
      if (this.#waiting.includes(waiting)) this.#waiting = this.#waiting.filter((one) => one !== waiting)
      else this.#leave(job)
      this.#startNext()
      throw error
    } finally {
      clearTimeout(timer)
      unsubscribe()
    }
  }

  #startNext(): void {
    for (let next = this.#next(); next; next = this.#next()) {
      const { job, start } = next
      this.#waiting = this.#waiting.filter((one) => one !== next)
      job.hasStarted = true
      const running = this.#running.get(job) ?? { urgency: job.urgency, tools: 0 }
      running.tools += 1
      this.#running.set(job, running)
      start()
    }
  }

  /** Who gets a slot now; undefined if none may. */
  #next(): Waiting | undefined {
    const isFree = this.running < this.#concurrency
    const requests = this.#waiting.filter(({ job }) => job.urgency === 'request')
    if (requests.length === 0) return isFree ? this.#waiting[0] : undefined
    const ofRequests = this.#count(({ urgency }) => urgency === 'request')
    if (!isFree && ofRequests >= this.#reserved) return undefined
    const load = ({ job }: Waiting) => this.#count((_, other) => other.client === job.client)
    // The first of several with the same load has waited the longest.
    return requests.reduce((best, one) => (load(one) < load(best) ? one : best))
  }

  #leave(job: ToolJob): void {
    const running = this.#running.get(job)
    if (running && --running.tools === 0) this.#running.delete(job)
  }

  #count(matches: (running: { urgency: Urgency }, job: ToolJob) => boolean): number {
    let count = 0
    for (const [job, running] of this.#running) if (matches(running, job)) count += running.tools
    return count
  }

  #tooLong(waitedMs: number): OverloadedError {
    return new OverloadedError(
      RETRY_AFTER_MS,
      `The diff did not get its turn within ${waitedMs / 1000} s: ${this.running} tools are running and ` +
        `${this.waiting} wait; try again later, or let a background job make it (makeDiffs without wait)`,
    )
  }
}

/** A diff that is being made, as far as the slots need it. Its tools share its urgency. */
export class ToolJob {
  readonly signal: AbortSignal
  /** The client that requested it first; empty for background work. */
  readonly client: string
  /** How long its first tool may wait for a slot; null for any time. */
  readonly maxWaitMs: number | null
  /** Whether one of its tools has got a slot. */
  hasStarted = false
  #urgency: Urgency = 'background'
  readonly #listeners = new Set<() => void>()

  constructor(signal: AbortSignal, client = '', maxWaitMs: number | null = null) {
    this.signal = signal
    this.client = client
    this.maxWaitMs = maxWaitMs
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
