import { OverloadedError } from '../errors.ts'

export interface SlotLimits {
  readonly inAll: number
  /** Slots that one client may have at once. */
  readonly perClient: number
  /** How much of one client may wait for a slot. */
  readonly waitingPerClient: number
  readonly maxWaitMs: number
}

interface Waiting {
  readonly client: string
  readonly start: () => void
}

/**
 * Limits how much of one kind of work runs at once, in all and for each client, so that no client keeps the
 * others waiting. Work of clients that have a free slot starts in the order in which it came.
 */
export class ClientSlots {
  readonly #limits: SlotLimits
  /** What the work is, for the message of a refusal: "searches". */
  readonly #what: string
  readonly #running = new Map<string, number>()
  #runningInAll = 0
  #waiting: Waiting[] = []

  constructor(what: string, limits: SlotLimits) {
    this.#what = what
    this.#limits = limits
  }

  /** @throws OverloadedError if the client has too much waiting, or waited too long; what `work` throws */
  async run<T>(client: string, work: () => Promise<T>): Promise<T> {
    await this.#slotFor(client)
    try {
      return await work()
    } finally {
      this.#leave(client)
    }
  }

  async #slotFor(client: string): Promise<void> {
    const { waitingPerClient, maxWaitMs } = this.#limits
    if (this.#mayStart(client)) return this.#enter(client)
    if (this.#waiting.filter((one) => one.client === client).length >= waitingPerClient) throw this.#refusal()
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting = this.#waiting.filter((one) => one !== waiting)
        reject(this.#refusal())
      }, maxWaitMs)
      const start = () => {
        clearTimeout(timer)
        resolve()
      }
      const waiting = { client, start }
      this.#waiting.push(waiting)
    })
  }

  #mayStart(client: string): boolean {
    const { inAll, perClient } = this.#limits
    return this.#runningInAll < inAll && (this.#running.get(client) ?? 0) < perClient
  }

  #enter(client: string): void {
    this.#runningInAll += 1
    this.#running.set(client, (this.#running.get(client) ?? 0) + 1)
  }

  #leave(client: string): void {
    this.#runningInAll -= 1
    const left = (this.#running.get(client) ?? 1) - 1
    if (left > 0) this.#running.set(client, left)
    else this.#running.delete(client)
    const next = this.#waiting.find((one) => this.#mayStart(one.client))
    if (!next) return
    this.#waiting = this.#waiting.filter((one) => one !== next)
    this.#enter(next.client)
    next.start()
  }

  #refusal(): OverloadedError {
    const { perClient, maxWaitMs } = this.#limits
    return new OverloadedError(
      maxWaitMs,
      `Too many ${this.#what} are running; ${perClient} of one address run at once. Try again later`,
    )
  }
}
