import type { Logger } from './log.ts'

/**
 * Cleans up what was opened, in reverse order: the part of `AsyncDisposableStack` that Differ needs, which
 * Node.js 20 does not have. If one cleanup fails, it is logged and the others still run.
 */
export class CleanupStack {
  readonly #cleanups: (() => Promise<void>)[] = []
  readonly #log: Logger

  constructor(log: Logger) {
    this.#log = log
  }

  defer(cleanup: () => Promise<void>): void {
    this.#cleanups.push(cleanup)
  }

  /** Runs all cleanups, once. Never rejects. */
  async disposeAsync(): Promise<void> {
    for (const cleanup of this.#cleanups.splice(0).reverse())
      await cleanup().catch((err: unknown) =>
        this.#log.error({ err }, 'a part of the service did not close cleanly'),
      )
  }
}
