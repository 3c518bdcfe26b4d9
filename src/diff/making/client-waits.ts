import { OverloadedError } from '../../errors.ts'
import { ClientCounter } from '../../requests/client-counter.ts'

const RETRY_AFTER_MS = 10_000

/** Limits how many diffs each client waits for at once. */
export class ClientWaits {
  readonly #clients = new ClientCounter()
  readonly #perClient: number

  constructor(perClient = Number.POSITIVE_INFINITY) {
    this.#perClient = perClient
  }

  /**
   * Counts a client that begins to wait, until the returned function is called.
   * @param client its address; undefined for background work, which is not limited here
   * @throws OverloadedError if it waits for too many diffs already
   */
  begin(client: string | undefined): () => void {
    if (client === undefined) return () => {}
    if (this.#clients.count(client) >= this.#perClient)
      throw new OverloadedError(
        RETRY_AFTER_MS,
        `This address already waits for ${this.#perClient} diffs, the maximum; try again when one is made, or ` +
          'let background jobs make the diffs (makeDiffs without wait)',
      )
    return this.#clients.add(client)
  }
}
