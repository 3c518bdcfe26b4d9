import type { Unshown } from '../diff/cross-check/unshown.ts'
import type { DiffEngine, StoredOf } from '../diff/engine.ts'
import type { MakeOptions } from '../diff/engine-options.ts'
import type { Picture } from '../diff/file/picture-job.ts'
import type { SearchRequest } from '../diff/search/report-searches.ts'
import { StoredDiffoscope } from '../diff/stored/stored-diffoscope.ts'
import type { StoredResult } from '../diff/stored/stored-diffs.ts'
import type { StoredFile } from '../diff/stored/stored-file.ts'
import type { StoredSummary } from '../diff/stored/stored-summary.ts'
import { DiffCommandTimeoutError, DifferError, OverloadedError, QueueUnavailableError } from '../errors.ts'
import { hasEnded, type JobPair, type PrecacheJob, type PrecacheQueue } from '../jobs/queue.ts'
import type { EntryKind, FileAddress, Limits, ResultKind, RunPair } from '../model.ts'
import { CrossChecks } from './cross-checks.ts'
import { FileSearches, type FileSearchPage } from './file-searches.ts'
import { isWorthRetrying, type ReportRetry, retryOf } from './report-retry.ts'

/**
 * What to do if a diff is not cached:
 * - `CACHED_ONLY`: nothing; the error contains the pair's job, if there is one;
 * - `ENQUEUE`: queue a job; the error contains it;
 * - `WAIT`: make the diff now, under the limits of a request.
 */
export type DiffMode = 'CACHED_ONLY' | 'ENQUEUE' | 'WAIT'

/** The diff is not cached, and the mode does not allow making it now. */
export class DiffNotReadyError extends DifferError {
  /** False if the last attempt failed permanently. */
  readonly retryable: boolean
  /** The job that makes the diff, or that failed or was cancelled; null if there is none. */
  readonly job: PrecacheJob | null
  /** @param job a `DONE` job made a diff that has been evicted since; the error does not contain it */
  constructor(kind: EntryKind, job: PrecacheJob | null) {
    super(kind === 'file' && !job ? FILE_NOT_READY : `The ${NAMES[kind] ?? kind} ${describeStatus(job)}`)
    this.job = job?.status === 'DONE' ? null : job
    const failure = job?.status === 'FAILED' ? job.error : null
    this.retryable = !(failure instanceof DifferError) || failure.retryable
  }
}

/** What kinds of entries are called in messages, where it is not the kind itself. */
const NAMES: Partial<Record<EntryKind, string>> = {
  diffoscope: 'diffoscope report',
  file: 'report of the file',
}
const FILE_NOT_READY =
  'The report of the file has not been made yet: only diffoscope can compare it; request it with the mutation makeDiffs'
const RETRY_ADVICE = 'try again with the mutation makeDiffs'

function describeStatus(job: PrecacheJob | null): string {
  if (!job) return 'has not been made yet; request it with the mutation makeDiffs'
  if (job.status === 'DONE') return 'was evicted from the cache; request it again with the mutation makeDiffs'
  if (job.status === 'CANCELLED') return `has not been made: the last attempt was cancelled; ${RETRY_ADVICE}`
  if (job.status !== 'FAILED') return 'is being made; request it again later, or watch the job'
  // The message of an unexpected error is only for the log.
  const failure = job.error instanceof DifferError ? job.error : null
  const reason = failure ? `: ${failure.message}` : ' unexpectedly'
  const precondition = failure?.retryable === false ? 'after fixing the cause, ' : ''
  return `has not been made: the last attempt failed${reason}; ${precondition}${RETRY_ADVICE}`
}

/** Who waits for a diff. */
export interface Caller {
  /** Address of the client, for limits per client. */
  readonly client?: string
  /** Ends the waiting. */
  readonly signal?: AbortSignal
}

export interface DiffServiceOptions {
  readonly engine: DiffEngine
  readonly queue: PrecacheQueue
  /** Limits of a diff that a request waits for. */
  readonly limits: Limits
  /** Limits of a background job. */
  readonly backgroundLimits: Limits
  readonly retrievalTimeoutMs: number
}

/**
 * Looks up, queues or makes a diff. GraphQL and REST reach the engine only through this class, so that
 * limits, urgency and the way from a timeout to a background job are decided in one place.
 *
 * "Is it cached?" is asked again at every step from here to the tool: by the queue for each pair of a batch,
 * by the job when it starts, and by the engine before and after it gets the lease. Each check is cheap, and
 * each step may be hours after the one before it.
 */
export class DiffService {
  readonly #options: DiffServiceOptions
  readonly #crossChecks: CrossChecks
  readonly #fileSearches: FileSearches

  constructor(options: DiffServiceOptions) {
    this.#options = options
    this.#crossChecks = new CrossChecks(options.engine)
    this.#fileSearches = new FileSearches(options.engine)
  }

  /**
   * With `WAIT` and `ENQUEUE`, a job is queued for what a report lacks.
   * @throws DiffNotReadyError; the errors of artifacts and tools; OverloadedError; `signal.reason` when it
   * aborts
   */
  async diff<K extends ResultKind>(
    kind: K,
    pair: RunPair,
    mode: DiffMode,
    caller: Caller = {},
  ): Promise<StoredOf<K>> {
    if (mode === 'WAIT') return this.wait(kind, pair, caller)
    const found = await this.lookup(kind, pair)
    if (found) return mode === 'ENQUEUE' ? this.#retrying(found, caller) : found
    const job = await (mode === 'ENQUEUE'
      ? this.#options.queue.enqueue(jobPair(pair), 'REQUEST', caller.client)
      : this.findJob(pair))
    return this.lookupAfterJob(kind, pair, job)
  }

  /** @returns the cached diff, or null */
  lookup<K extends ResultKind>(kind: K, pair: RunPair): Promise<StoredOf<K> | null> {
    return this.#options.engine.lookup(kind, pair)
  }

  /**
   * Looks up a diff that was not cached a moment ago: its job may have ended since.
   * @throws DiffNotReadyError, which contains the job
   */
  async lookupAfterJob<K extends ResultKind>(
    kind: K,
    pair: RunPair,
    job: PrecacheJob | null,
  ): Promise<StoredOf<K>> {
    // A job that failed may have left a report that lacks packages.
    const found = job && hasEnded(job) && (await this.lookup(kind, pair))
    if (!found) throw new DiffNotReadyError(kind, job)
    return found
  }

  /** As `diff` with `WAIT`. A diff that runs into its timeout is queued: the error contains the job's id. */
  async wait<K extends ResultKind>(kind: K, pair: RunPair, caller: Caller = {}): Promise<StoredOf<K>> {
    try {
      const made = await this.#options.engine.make(kind, pair, this.#makeOptions(caller))
      return await this.#retrying(made, caller)
    } catch (error) {
      throw await this.#enqueueAfterTimeout(jobPair(pair), caller, error)
    }
  }

  /**
   * The report of one file of a pair. Text is compared at once in every mode. What only diffoscope can compare
   * is made as the mode says.
   * @throws PackageNotFoundError, FileNotFoundError; as `diff`
   */
  async file(pair: RunPair, file: FileAddress, mode: DiffMode, caller: Caller = {}): Promise<StoredFile> {
    const { engine, queue } = this.#options
    const job: JobPair = { ...jobPair(pair), file }
    const options = this.#makeOptions(caller)
    try {
      const stored = await engine.files.get(pair, file, mode === 'WAIT', options)
      if (stored) return stored
    } catch (error) {
      throw await this.#enqueueAfterTimeout(job, caller, error)
    }
    const found = await (mode === 'ENQUEUE'
      ? queue.enqueue(job, 'REQUEST', caller.client)
      : queue.find(job).catch(nullIfQueueUnavailable))
    const made = found?.status === 'DONE' && (await engine.files.get(pair, file, false, options))
    if (!made) throw new DiffNotReadyError('file', found)
    return made
  }

  /**
   * The picture that a file is on one side; null if it is not one that may be shown.
   * @throws PackageNotFoundError, FileNotFoundError; the errors of artifacts; OverloadedError
   */
  picture(
    pair: RunPair,
    file: FileAddress,
    side: 'old' | 'new',
    caller: Caller = {},
  ): Promise<Picture | null> {
    return this.#options.engine.files.picture(pair, file, side, this.#makeOptions(caller))
  }

  /**
   * What a search finds in the text files of a pair.
   * @throws as `FileSearches.page`
   */
  searchFiles(summary: StoredSummary, request: SearchRequest, caller: Caller = {}): Promise<FileSearchPage> {
    return this.#fileSearches.page(summary, request, this.#makeOptions(caller))
  }

  /**
   * What a report does not show although the packages differ in it; null where that is not known. With `WAIT` the summary is made for it.
   * @throws as `CrossChecks.of`
   */
  unshown(report: StoredOf<'diffoscope'>, mode: DiffMode, caller: Caller = {}): Promise<Unshown | null> {
    return this.#crossChecks.of(report, mode === 'WAIT' ? this.#makeOptions(caller) : null)
  }

  /** What becomes of the packages that the report lacks; null if it lacks none. */
  async retry(report: StoredOf<'diffoscope'>): Promise<ReportRetry | null> {
    if (report.missing.length === 0) return null
    return retryOf(report, await this.findJob(report.pair), this.#options.backgroundLimits)
  }

  /** @returns the pair's job, which may have ended; null if there is none, or if the queue is unavailable */
  findJob(pair: RunPair): Promise<PrecacheJob | null> {
    return this.#options.queue.find(jobPair(pair)).catch(nullIfQueueUnavailable)
  }

  /** Streams debdiff's output, as the tool writes it if the diff is not cached. See `DiffEngine.follow`. */
  async *follow(pair: RunPair, caller: Caller = {}): AsyncGenerator<Uint8Array, void, void> {
    try {
      yield* this.#options.engine.follow(pair, this.#makeOptions(caller))
    } catch (error) {
      throw await this.#enqueueAfterTimeout(jobPair(pair), caller, error)
    }
  }

  /** Queues a job if the request for what it makes ran into its timeout. @returns the error to throw */
  async #enqueueAfterTimeout(pair: JobPair, { client }: Caller, error: unknown): Promise<unknown> {
    if (!(error instanceof DiffCommandTimeoutError) || error.limitMs > this.#options.limits.timeoutMs)
      return error
    const job = await this.#options.queue.enqueue(pair, 'REQUEST', client).catch(nullIfQueueUnavailable)
    return new DiffCommandTimeoutError(error.command, error.limitMs, job?.id ?? null)
  }

  /** Queues a job if the result is a report that lacks packages which the job may get. */
  async #retrying<R extends StoredResult>(result: R, { client }: Caller): Promise<R> {
    const { queue, backgroundLimits } = this.#options
    if (result instanceof StoredDiffoscope && isWorthRetrying(result, backgroundLimits))
      await queue.enqueue(jobPair(result.pair), 'RETRY', client).catch(nullIfQueueUnavailable)
    return result
  }

  #makeOptions(caller: Caller): MakeOptions {
    const { limits, retrievalTimeoutMs } = this.#options
    return { limits, retrievalTimeoutMs, urgency: 'request', ...caller }
  }
}

function jobPair(pair: RunPair): JobPair {
  return { oldId: pair.old.id, newId: pair.new.id }
}

/** The diff itself does not need the queue, so a request does not fail because of it. */
function nullIfQueueUnavailable(error: unknown): null {
  if (error instanceof QueueUnavailableError || error instanceof OverloadedError) return null
  throw error
}
