/**
 * What results of pairs of runs and reports of pairs of files have in common: each is looked up in the cache,
 * or made once for all callers that want it now.
 */
import { DamagedReportError } from '../../errors.ts'
import type { EntryKind, Limits } from '../../model.ts'
import type { DiffCache } from '../cache/diff-cache.ts'
import { evictedEntryError, isMissingFile, toDifferError } from '../cache/disk-errors.ts'
import type { CacheEntry } from '../cache/entry-store.ts'
import type { ClientWaits } from './client-waits.ts'
import { FailureCache } from './failure-cache.ts'
import type { MemoryPressure } from './memory-pressure.ts'
import { type DiffObserver, observed, secondsSince } from './observer.ts'
import { SingleFlight } from './single-flight.ts'
import type { Urgency } from './tool-slots.ts'

export interface SharedWorkOptions {
  readonly cache: DiffCache
  readonly observer: DiffObserver
  readonly waits: ClientWaits
  readonly failureTtlMs?: number
  readonly pressure?: Pick<MemoryPressure, 'assertCapacity'>
  /** @throws OverloadedError if too many results are in progress for a request to start another one */
  readonly assertNotCrowded: () => void
}

/** Who wants a result. */
interface Caller {
  readonly urgency: Urgency
  readonly limits: Limits
  /** Address of the client that waits. */
  readonly client?: string
}

/** @typeParam E null if the work may find that it must not make the result */
export class SharedWork<E extends CacheEntry | null = CacheEntry> {
  readonly failures: FailureCache
  readonly #options: SharedWorkOptions
  readonly #flights = new SingleFlight<E>()
  readonly #stop = new AbortController()
  readonly #active = new Set<Promise<unknown>>()

  constructor(options: SharedWorkOptions) {
    this.#options = options
    this.failures = new FailureCache(options.failureTtlMs ?? 0)
  }

  /** How many results are being made. */
  get size(): number {
    return this.#flights.size
  }

  /** Aborts when the service stops. */
  get stopped(): AbortSignal {
    return this.#stop.signal
  }

  /** Whether the result is being made. */
  has(key: string): boolean {
    return this.#flights.has(key)
  }

  /** The cached result, or null. A damaged one is set aside first, and counts as not cached. */
  async lookup<T>(
    kind: EntryKind,
    find: () => Promise<CacheEntry | null>,
    open: (entry: CacheEntry) => Promise<T>,
  ): Promise<T | null> {
    const { cache, observer } = this.#options
    const startedAt = performance.now()
    const entry = await find()
    if (!entry) {
      observer.cacheLookup(kind, 'miss')
      return null
    }
    try {
      const stored = await open(entry)
      observer.cacheLookup(kind, 'hit')
      observer.diffEnded(kind, 'cached', secondsSince(startedAt))
      return stored
    } catch (error) {
      if (isMissingFile(error)) {
        observer.cacheLookup(kind, 'miss')
        return null
      }
      if (!(error instanceof DamagedReportError)) throw toDifferError(error)
      observer.cacheLookup(kind, 'damaged')
      await cache.setAside(entry)
      return null
    }
  }

  /** Runs `work`, and reports to the observer how it ended for its caller. */
  observed<T>(
    kind: EntryKind,
    success: 'made' | 'joined',
    signal: AbortSignal | undefined,
    work: () => Promise<T>,
  ): Promise<T> {
    const isCancelled = () => signal?.aborted || this.stopped.aborted
    return observed(this.#options.observer, kind, { success, isCancelled }, work)
  }

  /**
   * Calls `work` while the client counts as waiting.
   * @throws OverloadedError if the client waits for too much; and, unless the result is being made already, if
   *   too many are in progress or memory is short; a remembered failure; what `work` throws
   */
  async admitted<T>(key: string, caller: Caller, work: () => Promise<T>): Promise<T> {
    const endWait = this.#options.waits.begin(caller.client)
    try {
      if (!this.has(key)) this.#assertMayStart(key, caller)
      return await work()
    } finally {
      endWait()
    }
  }

  /**
   * Joins the work on a result, or starts it.
   * @param make gets a signal that aborts when the last caller has left, or the service stops
   * @param open reads what was made; a result that is invalid or gone already may be made again by a retry
   */
  run<T>(
    key: string,
    signal: AbortSignal | undefined,
    make: (signal: AbortSignal) => Promise<E>,
    open: (entry: E) => Promise<T>,
  ): Promise<T> {
    return this.#flights.run(
      key,
      signal,
      (unwanted) => this.whileOpen(make(AbortSignal.any([unwanted, this.stopped]))),
      async (entry) => {
        try {
          return await open(entry)
        } catch (error) {
          // Otherwise a retry would find it again.
          if (entry && error instanceof DamagedReportError) await this.#options.cache.setAside(entry)
          throw isMissingFile(error) ? evictedEntryError(error) : toDifferError(error)
        }
      },
    )
  }

  /** Stops what is being made, and waits until its files are gone. */
  async close(): Promise<void> {
    this.#stop.abort(new Error('The service is stopping'))
    await Promise.allSettled(this.#active)
  }

  /** Makes `close` wait for `work`, which must end when `stopped` aborts. */
  whileOpen<T>(work: Promise<T>): Promise<T> {
    this.#active.add(work)
    return work.finally(() => this.#active.delete(work))
  }

  #assertMayStart(key: string, { urgency, limits }: Caller): void {
    if (urgency === 'request') this.#options.assertNotCrowded()
    const failure = this.failures.find(key, limits)
    if (failure) throw failure
    this.#options.pressure?.assertCapacity()
  }
}
