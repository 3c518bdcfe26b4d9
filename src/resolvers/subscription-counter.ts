/** How much may be watched at a time. */
import { OverloadedError } from '../errors.ts'

export interface SubscriptionLimits {
  /** Subscriptions from one address. */
  readonly perClient: number
  readonly inAll: number
}

const RETRY_MS = 10_000

/** Counts the subscriptions that are open. */
export class SubscriptionCounter {
  readonly #limits: SubscriptionLimits
  readonly #byClient = new Map<string, number>()
  #count = 0

  constructor(limits: SubscriptionLimits) {
    this.#limits = limits
  }

  get count(): number {
    return this.#count
  }

  /**
   * Counts a subscription until its signal aborts.
   * @throws OverloadedError where there are too many
   */
  begin(client: string, signal: AbortSignal): void {
    if (signal.aborted) return
    const own = this.#byClient.get(client) ?? 0
    if (own >= this.#limits.perClient)
      throw new OverloadedError(
        RETRY_MS,
        `There are ${own} subscriptions from this address, as many as there may be; end one first`,
      )
    if (this.#count >= this.#limits.inAll)
      throw new OverloadedError(RETRY_MS, 'There are too many subscriptions; try again later')
    this.#count++
    this.#byClient.set(client, own + 1)
    signal.addEventListener('abort', () => this.#ended(client), { once: true })
  }

  #ended(client: string): void {
    this.#count--
    const left = (this.#byClient.get(client) ?? 1) - 1
    if (left > 0) this.#byClient.set(client, left)
    else this.#byClient.delete(client)
  }
}
