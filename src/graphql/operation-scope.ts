import type { Context, RequestContext } from '../resolvers/context.ts'
import { OperationResources } from '../resolvers/resources.ts'

/** What an operation has from its beginning to its end: a signal, loaders and open reports. */
export class OperationScope {
  readonly #client: AbortSignal
  readonly #aborter = new AbortController()
  #onDisconnect: (() => void) | null = null
  readonly context: Pick<Context, 'signal' | 'resources'>

  constructor({ services, client, signal }: RequestContext) {
    this.#client = signal
    const own = this.#aborter.signal
    this.context = { signal: own, resources: new OperationResources(services, own, client) }
  }

  /**
   * Sets what happens when the client disconnects; it happens now if the client already has. Call it once.
   */
  onDisconnect(react: (reason: unknown) => void): void {
    const onAbort = () => react(this.#client.reason)
    this.#onDisconnect = onAbort
    this.#client.addEventListener('abort', onAbort, { once: true })
    if (this.#client.aborted) onAbort()
  }

  /** Whether the client has disconnected. */
  get isAbandoned(): boolean {
    return this.#client.aborted
  }

  /** Stops what the operation still does. */
  abort(reason?: unknown): void {
    this.#aborter.abort(reason)
  }

  /** Closes the reports that are open. They are no longer needed when a response or an event is complete. */
  closeReports(): void {
    // It does not reject.
    void this.context.resources.close()
  }

  /** Releases everything. Further calls do nothing. */
  end(): void {
    if (this.#onDisconnect) this.#client.removeEventListener('abort', this.#onDisconnect)
    this.closeReports()
  }
}
