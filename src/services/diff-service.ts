import type { DiffEngine, MakeOptions, StoredOf } from '../diff/engine.ts'
import { DiffCommandTimeoutError, DifferError, OverloadedError, QueueUnavailableError } from '../errors.ts'
import type { JobPair, PrecacheJob, PrecacheQueue } from '../jobs/queue.ts'
import type { DiffKind, Limits, RunPair } from '../model.ts'

/**
 * What may happen when nothing is cached:
 * - `CACHED_ONLY`: nothing; the caller is told whether a job is under way, and how the last one failed;
 * - `ENQUEUE`: a job is queued, and the caller told which;
 * - `WAIT`: the diff is made now, under the limits of a request.
 */
export type DiffMode = 'CACHED_ONLY' | 'ENQUEUE' | 'WAIT'

/** Nothing is cached, and the mode says not to make it now. */
export class DiffNotReadyError extends DifferError {
  /** False where the last attempt failed by what will not pass by itself. */
  readonly retryable: boolean
  /** The job that makes it, or that tried to and failed or was cancelled; null where none did. */
  readonly job: PrecacheJob | null
  /** @param job one that is done made what has been removed since, and says nothing of what becomes of it */
  constructor(kind: DiffKind, job: PrecacheJob | null) {
    super(`The ${kind} ${standing(job)}`)
    this.job = job?.status === 'DONE' ? null : job
    const failure = job?.status === 'FAILED' ? job.error : null
    this.retryable = !(failure instanceof DifferError) || failure.retryable
  }
}

const ANOTHER_ATTEMPT = 'ask with mode ENQUEUE or WAIT for another attempt'

function standing(job: PrecacheJob | null): string {
  if (!job) return 'has not been made yet'
  if (job.status === 'DONE') return 'was made, but is not kept any more; ask with mode ENQUEUE or WAIT'
  if (job.status === 'CANCELLED')
    return `has not been made: the last attempt was cancelled; ${ANOTHER_ATTEMPT}`
  if (job.status !== 'FAILED') return 'is being made; ask again, or watch the job'
  // What a fault says is for the log alone.
  const failure = job.error instanceof DifferError ? job.error : null
  const reason = failure ? `: ${failure.message}` : ' unexpectedly'
  const advice = failure?.retryable === false ? 'when its cause is gone, ' : ''
  return `has not been made: the last attempt failed${reason}; ${advice}${ANOTHER_ATTEMPT}`
}

export interface DiffServiceOptions {
  readonly engine: DiffEngine
  readonly queue: PrecacheQueue
  /** Of a diff that somebody waits for. */
  readonly limits: Limits
  readonly retrievalTimeoutMs: number
}

/** The one way to a diff, for both faces: looked up, queued or made. */
export class DiffService {
  readonly #options: DiffServiceOptions

  constructor(options: DiffServiceOptions) {
    this.#options = options
  }

  /** @throws DiffNotReadyError; the typed errors of artifacts and tools; OverloadedError; `signal.reason` when it aborts */
  async diff<K extends DiffKind>(
    kind: K,
    pair: RunPair,
    mode: DiffMode,
    signal?: AbortSignal,
  ): Promise<StoredOf<K>> {
    const { engine, queue } = this.#options
    if (mode === 'WAIT') return this.wait(kind, pair, signal)
    const found = await engine.lookup(kind, pair)
    if (found) return found
    const job = await (mode === 'ENQUEUE' ? queue.enqueue(jobPair(pair), 'REQUEST') : this.findJob(pair))
    return this.lookupAfterJob(kind, pair, job)
  }

  /**
   * For a diff that was not cached a moment ago: what its job has made since.
   * @throws DiffNotReadyError, which says how the job stands
   */
  async lookupAfterJob<K extends DiffKind>(
    kind: K,
    pair: RunPair,
    job: PrecacheJob | null,
  ): Promise<StoredOf<K>> {
    const made = job?.status === 'DONE' && (await this.#options.engine.lookup(kind, pair))
    if (!made) throw new DiffNotReadyError(kind, job)
    return made
  }

  /**
   * The diff, made now where it is not cached; as `diff` with `WAIT`. One that takes too long is left to the background: the error says which job it is.
   */
  async wait<K extends DiffKind>(kind: K, pair: RunPair, signal?: AbortSignal): Promise<StoredOf<K>> {
    try {
      return await this.#options.engine.make(kind, pair, this.#makeOptions(signal))
    } catch (error) {
      throw await this.#leftToBackground(pair, error)
    }
  }

  /** The job of the pair's diffs, ended ones too as long as they are remembered; null where there is none, or the queue does not answer. */
  findJob(pair: RunPair): Promise<PrecacheJob | null> {
    return this.#options.queue.find(jobPair(pair)).catch(nullWhileAway)
  }

  /** The cached diff, or null. */
  lookup<K extends DiffKind>(kind: K, pair: RunPair): Promise<StoredOf<K> | null> {
    return this.#options.engine.lookup(kind, pair)
  }

  /** debdiff's output as it comes, made now where it is not cached: see `DiffEngine.follow`. */
  async *follow(pair: RunPair, signal?: AbortSignal): AsyncGenerator<Uint8Array, void, void> {
    try {
      yield* this.#options.engine.follow(pair, this.#makeOptions(signal))
    } catch (error) {
      throw await this.#leftToBackground(pair, error)
    }
  }

  /** The error to answer with, after the pair was queued if its time was up. */
  async #leftToBackground(pair: RunPair, error: unknown): Promise<unknown> {
    if (!(error instanceof DiffCommandTimeoutError) || error.limitMs > this.#options.limits.timeoutMs)
      return error
    const job = await this.#options.queue.enqueue(jobPair(pair), 'REQUEST').catch(nullWhileAway)
    return new DiffCommandTimeoutError(error.command, error.limitMs, job?.id ?? null)
  }

  #makeOptions(signal: AbortSignal | undefined): MakeOptions {
    const { limits, retrievalTimeoutMs } = this.#options
    return { limits, retrievalTimeoutMs, urgency: 'request', ...(signal && { signal }) }
  }
}

function jobPair(pair: RunPair): JobPair {
  return { oldId: pair.old.id, newId: pair.new.id }
}

/** The diff is what was asked for; the queue only helps. */
function nullWhileAway(error: unknown): null {
  if (error instanceof QueueUnavailableError || error instanceof OverloadedError) return null
  throw error
}
