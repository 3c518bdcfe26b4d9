/** Bounds how many bytes of responses are in memory at once: of one operation, of one client, and in all. */
import { OverloadedError, QueryLimitError } from '../errors.ts'

export interface ByteLimits {
  /** Of one operation. */
  readonly perOperation: number
  /** Of all unfinished responses to one client. */
  readonly perClient: number
  /** Of all unfinished responses. */
  readonly inAll: number
}

/**
 * The first bytes of each response are not counted, so that small responses are sent also while large ones
 * use up what all share.
 */
const FREE_BYTES = 64 * 1024
/** More is taken from the shared limits in steps, because a response consists of many small values. */
const STEP_BYTES = 64 * 1024
const RETRY_AFTER_MS = 2_000

export class ByteBudget {
  readonly limits: ByteLimits
  readonly #assertMemory: () => void
  readonly #clients = new Map<string, number>()
  #total = 0

  /** @param assertMemory throws if the process is too short of memory to read anything */
  constructor(limits: ByteLimits, assertMemory: () => void = () => {}) {
    this.limits = limits
    this.#assertMemory = assertMemory
  }

  /** Bytes of all unfinished responses, without the free ones. */
  get inFlight(): number {
    return this.#total
  }

  /** Begins a response to a client. The caller closes the account when the response has been sent. */
  open(client: string): ByteAccount {
    return new ByteAccount(this, client)
  }

  /** For `ByteAccount`. @throws OverloadedError */
  take(client: string, bytes: number): void {
    this.#assertMemory()
    const { perClient, inAll } = this.limits
    const own = (this.#clients.get(client) ?? 0) + bytes
    if (own > perClient)
      throw new OverloadedError(
        RETRY_AFTER_MS,
        `Unfinished responses to this address have ${mebibytes(perClient)}, the maximum; try again when one has ` +
          'arrived, or fetch renderings from their URLs',
      )
    if (this.#total + bytes > inAll)
      throw new OverloadedError(
        RETRY_AFTER_MS,
        `Unfinished responses to all clients have ${mebibytes(inAll)}, the maximum; try again later, or fetch ` +
          'renderings from their URLs',
      )
    this.#clients.set(client, own)
    this.#total += bytes
  }

  /** For `ByteAccount`. */
  giveBack(client: string, bytes: number): void {
    this.#total -= bytes
    const own = (this.#clients.get(client) ?? 0) - bytes
    // A client without large responses takes no memory.
    if (own > 0) this.#clients.set(client, own)
    else this.#clients.delete(client)
  }
}

/** What one response has in memory. */
export class ByteAccount {
  readonly #budget: ByteBudget
  readonly #client: string
  #used = 0
  /** What pages that are being made will add. */
  #expected = 0
  #taken = 0
  #isClosed = false

  constructor(budget: ByteBudget, client: string) {
    this.#budget = budget
    this.#client = client
  }

  /** Bytes that were counted so far. */
  get used(): number {
    return this.#used
  }

  /** How many bytes the operation may have. */
  get limit(): number {
    return this.#budget.limits.perOperation
  }

  /**
   * Refuses a page that would not fit, before it is read. What is charged afterwards counts as part of it.
   * @param bytes what the operation will read and return for the page, by an estimate
   * @param items items of the page, to say how many would fit
   * @throws QueryLimitError
   */
  expect(bytes: number, items: number): void {
    const { perOperation } = this.#budget.limits
    const left = Math.max(0, perOperation - this.#used - this.#expected)
    if (bytes > left) {
      const fitting = Math.floor((items * left) / bytes)
      const smaller =
        fitting > 0 ? `request at most ${fitting} of its ${items} items` : 'request it in another operation'
      throw new QueryLimitError(
        'RESPONSE_TOO_LARGE',
        perOperation,
        `With this page of about ${mebibytes(bytes)}, the operation reads and returns more than ` +
          `${mebibytes(perOperation)}, the maximum, of which ${mebibytes(left)} are left: ${smaller}, or fetch the ` +
          'rendering from its `url`, which has no limit',
      )
    }
    this.#expected += bytes
  }

  /**
   * Counts bytes that the operation is about to read or to return.
   * @throws QueryLimitError if it has more than one operation may have; OverloadedError if the client, or all
   *   clients together, have too many, or after `close`
   */
  charge(bytes: number): void {
    // Fields may still be resolved after an operation was refused or its client has left.
    if (this.#isClosed) throw new OverloadedError(RETRY_AFTER_MS, 'The operation has ended')
    const { perOperation } = this.#budget.limits
    if (this.#used + bytes > perOperation)
      throw new QueryLimitError(
        'RESPONSE_TOO_LARGE',
        perOperation,
        `The operation reads or returns more than ${mebibytes(perOperation)}, the maximum: request smaller pages, or ` +
          'fetch renderings from their `url`, which has no limit',
      )
    this.#used += bytes
    this.#expected = Math.max(0, this.#expected - bytes)
    this.#share()
  }

  /**
   * Counts bytes while `work` runs. @param bytes how many it may need at most @throws as `charge`; what `work`
   * throws
   */
  async during<T>(bytes: number, work: () => Promise<T>): Promise<T> {
    this.charge(bytes)
    try {
      return await work()
    } finally {
      this.#used -= bytes
    }
  }

  /** Counts bytes of a response that is larger than an operation may be. @throws OverloadedError */
  chargeAnySize(bytes: number): void {
    this.#used += Math.min(bytes, this.#budget.limits.perClient / 2)
    this.#share()
  }

  /** Forgets what has been counted: an event of a subscription has been sent, and the next one begins. */
  restart(): void {
    this.#used = 0
    this.#expected = 0
    this.#giveBack()
  }

  /** Further calls do nothing. */
  close(): void {
    this.#isClosed = true
    this.#giveBack()
  }

  #share(): void {
    const missing = this.#used - FREE_BYTES - this.#taken
    if (missing <= 0) return
    const bytes = Math.ceil(missing / STEP_BYTES) * STEP_BYTES
    this.#budget.take(this.#client, bytes)
    this.#taken += bytes
  }

  #giveBack(): void {
    this.#budget.giveBack(this.#client, this.#taken)
    this.#taken = 0
  }
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`
}
