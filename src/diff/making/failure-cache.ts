/** Remembers permanent failures for a while. */
import { LRUCache } from 'lru-cache'
import {
  DiffCommandError,
  DiffCommandMemoryError,
  DiffCommandTimeoutError,
  type DifferError,
  InvalidPackageError,
} from '../../errors.ts'
import type { Limits } from '../../model.ts'

const MAX_FAILURES = 10_000

interface Failure {
  readonly error: DifferError
  readonly limits: Limits
  /** See `PackageStates.fingerprint`. */
  readonly packages: string | null
}

/**
 * Remembers failures that would recur under the same limits, so that reloading a page does not rerun a tool
 * that is bound to time out again. It is in memory only: after a restart, with other limits or tools,
 * everything is tried again.
 */
export class FailureCache {
  readonly #failures: LRUCache<string, Failure> | null

  /** @param ttlMs how long a failure is remembered; 0 disables the cache */
  constructor(ttlMs: number) {
    this.#failures = ttlMs > 0 ? new LRUCache({ max: MAX_FAILURES, ttl: ttlMs }) : null
  }

  /** The failure that would recur under these limits, with `rememberedMs` set; null if there is none. */
  find(key: string, limits: Limits): DifferError | null {
    const failure = this.#failures?.get(key)
    if (!this.#failures || !failure || exceeds(limits, failure.limits)) return null
    failure.error.rememberedMs = Math.ceil(this.#failures.getRemainingTTL(key))
    return failure.error
  }

  /**
   * Does nothing for a transient failure.
   * @param packages the packages that the diff was to be made of: see `forgetIfReplaced`
   */
  remember(key: string, limits: Limits, error: unknown, packages: string | null): void {
    if (isPermanent(error)) this.#failures?.set(key, { error, limits, packages })
  }

  /**
   * Forgets a failure if the packages have been replaced since.
   * @param fingerprint returns that of the packages now, or null if it is unknown; called only if needed
   */
  async forgetIfReplaced(key: string, fingerprint: () => Promise<string | null>): Promise<void> {
    const failure = this.#failures?.get(key)
    if (!failure?.packages) return
    const now = await fingerprint()
    if (now !== null && now !== failure.packages) this.#failures?.delete(key)
  }
}

function isPermanent(error: unknown): error is DifferError {
  return (
    error instanceof DiffCommandTimeoutError ||
    error instanceof DiffCommandMemoryError ||
    error instanceof InvalidPackageError ||
    (error instanceof DiffCommandError && !error.retryable)
  )
}

/** Whether any limit is larger: then the tool may succeed. */
function exceeds(limits: Limits, others: Limits): boolean {
  return (Object.keys(limits) as (keyof Limits)[]).some((limit) => limits[limit] > others[limit])
}
