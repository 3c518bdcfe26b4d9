/** Failures that would only come again, remembered for a while. */
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
}

/**
 * What a tool could not do under its limits it cannot do a moment later, and a page that is looked at again is not to start a hopeless minute again. Kept in this
 * process alone: after a restart, with other limits or tools, everything is tried anew.
 */
export class FailureCache {
  readonly #failures: LRUCache<string, Failure> | null

  /** @param ttlMs for so long; 0 remembers none */
  constructor(ttlMs: number) {
    this.#failures = ttlMs > 0 ? new LRUCache({ max: MAX_FAILURES, ttl: ttlMs }) : null
  }

  /** The failure that would come again under these limits; null where it may go well. */
  find(key: string, limits: Limits): DifferError | null {
    const failure = this.#failures?.get(key)
    if (!this.#failures || !failure || isLarger(limits, failure.limits)) return null
    // For who hears of it from now on.
    failure.error.rememberedMs = Math.ceil(this.#failures.getRemainingTTL(key))
    return failure.error
  }

  /** Failures that may pass by themselves are not kept. */
  remember(key: string, limits: Limits, error: unknown): void {
    if (comesAgain(error)) this.#failures?.set(key, { error, limits })
  }
}

function comesAgain(error: unknown): error is DifferError {
  return (
    error instanceof DiffCommandTimeoutError ||
    error instanceof DiffCommandMemoryError ||
    error instanceof InvalidPackageError ||
    (error instanceof DiffCommandError && !error.retryable)
  )
}

function isLarger(limits: Limits, than: Limits): boolean {
  return (Object.keys(limits) as (keyof Limits)[]).some((limit) => limits[limit] > than[limit])
}
