import { OverloadedError } from '../errors.ts'
import { ClientCounter } from '../requests/client-counter.ts'

export interface SubscriptionLimits {
  /** Open subscriptions from one address. */
  readonly perClient: number
  /** Open subscriptions of all clients. */
  readonly inAll: number
}

const RETRY_MS = 10_000

/** Counts open subscriptions and limits their number. */
export class SubscriptionCounter {
  readonly #limits: SubscriptionLimits
  readonly #clients = new ClientCounter()
  #count = 0

  constructor(limits: SubscriptionLimits) {
    this.#limits = limits
  }

  get count(): number {
    return this.#count
  }

  /**
   * Counts a subscription until its signal aborts.
   * @param client address of the client
   * @throws OverloadedError when one of the limits is reached
   */
  open(client: string, signal: AbortSignal): void {
    if (signal.aborted) return
    const { perClient, inAll } = this.#limits
    const own = this.#clients.count(client)
    if (own >= perClient)
      throw new OverloadedError(
        RETRY_MS,
        `This address has ${own} open subscriptions, and ${perClient} are allowed; end one first`,
      )
    if (this.#count >= inAll)
      throw new OverloadedError(RETRY_MS, 'There are too many open subscriptions; try again later')
    this.#count++
    const subtract = this.#clients.add(client)
    signal.addEventListener(
      'abort',
      () => {
        this.#count--
        subtract()
      },
      { once: true },
    )
  }
}
