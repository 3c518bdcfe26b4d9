/**
 * The engine: looks up the diffs and the summary of a pair, or makes them. It knows runs, packages, tools and
 * the cache, but not GraphQL, HTTP or queues.
 *
 * Whether a diff is cached is checked up to five times for one pair: before a job is queued
 * (`farm/finished-runs.ts`, and for batches in the queues), which saves the job; when the job starts
 * (`jobs/precache-job.ts`), because the diffs may have been made while it waited, and this saves loading the
 * pair; in `make`, for each kind, which is the lookup of a request; and in `#make` after the lease is
 * acquired, because another process may have published the diff in the meantime.
 */
import { DiffCommandError, DifferError, OverloadedError } from '../errors.ts'
import type { DiffKind, ResultKind, RunPair } from '../model.ts'
import { inNewTrace, noteJoined } from '../tracing.ts'
import { isDiskError, toDifferError } from './cache/disk-errors.ts'
import type { CacheEntry } from './cache/entry-store.ts'
import { probeDisk } from './cache/probe-disk.ts'
import type { EngineOptions, MakeOptions } from './engine-options.ts'
import { FileReports } from './file-reports.ts'
import { ClientWaits } from './making/client-waits.ts'
import { DiffMaker, keyOf, spanAttributes } from './making/diff-maker.ts'
import type { GrowingFile } from './making/growing-file.ts'
import { DiffInProgress } from './making/in-progress.ts'
import { joinerTimeout, waitingSignal } from './making/joiner-timeout.ts'
import { mayImprove } from './making/lack.ts'
import { type DiffObserver, NO_OBSERVER } from './making/observer.ts'
import { PackageCheckouts } from './making/package-checkouts.ts'
import { PackageStates } from './making/package-state.ts'
import { SharedWork } from './making/shared-work.ts'
import { ToolJob, ToolSlots } from './making/tool-slots.ts'
import { type WriteContext, type WrittenFacts, writeDebdiff } from './making/write-diff.ts'
import { writeDiffoscope } from './making/write-diffoscope.ts'
import { JobProcesses } from './processes/job-processes.ts'
import { ReportRenderer } from './rendering/report-renderer.ts'
import { ReportSearches } from './search/report-searches.ts'
import { CurrentEntries } from './stored/current-entries.ts'
import { StoredDiffs, type StoredResult } from './stored/stored-diffs.ts'
import { writeSummary } from './summary/write-summary.ts'

const RETRY_AFTER_MS = 10_000

export type { EngineOptions, MakeOptions }
export type StoredOf<K extends ResultKind> = Extract<StoredResult, { kind: K }>

/** What a caller gets that waits for a diff in progress. */
interface Joined<K extends ResultKind> {
  readonly made: Promise<StoredOf<K>>
  /** Undefined if the diff is not in progress because the call failed at once. */
  readonly output: GrowingFile | undefined
  /** Ends the caller's waiting. */
  readonly signal: AbortSignal | undefined
}

export class DiffEngine {
  /** Reports of single files. */
  readonly files: FileReports
  /** Which results are cached. */
  readonly entries: CurrentEntries
  readonly #options: EngineOptions
  readonly #observer: DiffObserver
  readonly #slots: ToolSlots
  readonly #maker: DiffMaker
  readonly #renderer: ReportRenderer
  readonly #storedDiffs: StoredDiffs
  readonly #states: PackageStates
  readonly #processes = new JobProcesses(new URL('./job-process.mjs', import.meta.url))
  readonly #work: SharedWork
  /** The diffs behind `#work`, by the same keys. */
  readonly #inProgress = new Map<string, DiffInProgress>()

  constructor(options: EngineOptions) {
    const { artifacts, cache, tempDir, commands, packageCheck, sandbox = 'none', toolVersions } = options
    this.#options = options
    this.#observer = options.observer ?? NO_OBSERVER
    this.#renderer = options.renderer ?? new ReportRenderer()
    this.#storedDiffs = new StoredDiffs(
      this.#renderer,
      new ReportSearches(this.#processes, this.#observer),
      options.rulesFile,
    )
    const { failureTtlMs, pressure } = options
    const work = {
      ...{ cache, observer: this.#observer, waits: new ClientWaits(options.maxWaitsPerClient) },
      ...(failureTtlMs !== undefined && { failureTtlMs }),
      ...(pressure && { pressure }),
      assertNotCrowded: () => this.#assertNotCrowded(),
    }
    this.#work = new SharedWork(work)
    this.#slots = new ToolSlots(options.concurrency)
    this.#states = new PackageStates(artifacts)
    const { stopped } = this.#work
    this.entries = new CurrentEntries({ cache, states: this.#states, toolVersions, stopped })
    const checkouts = new PackageCheckouts(artifacts, () => tempDir.jobPath(), packageCheck)
    const parts = { checkouts, states: this.#states, slots: this.#slots, observer: this.#observer }
    this.files = new FileReports(options, {
      ...parts,
      processes: this.#processes,
      storedDiffs: this.#storedDiffs,
      work: new SharedWork<CacheEntry | null>(work),
    })
    this.#maker = new DiffMaker({
      ...parts,
      ...{ cache, tempDir, sandbox },
      write: {
        debdiff: (context) => writeDebdiff(commands.debdiff, context),
        diffoscope: (context) => writeDiffoscope(commands.diffoscope, context),
        summary: (context) => this.#writeSummary(context),
      },
      parts: {
        toolArguments: commands.diffoscope.slice(1),
        isOutdated: (entry) => this.entries.isOutdated(entry),
      },
      causeOf: (error) => this.#causeOf(error),
      provenance: async (kind) => (kind === 'summary' ? undefined : toolVersions?.of(kind, stopped)),
    })
  }

  /** How many diffs are being made. */
  get inProgress(): number {
    return this.#work.size
  }

  get tools(): { running: number; waiting: number } {
    return { running: this.#slots.running, waiting: this.#slots.waiting }
  }

  /**
   * The cached diff of a pair, or null. A damaged diff is set aside first, and counts as not cached. So does
   * a diff of packages that have been replaced since. A process that makes summaries is started if one is missing.
   */
  async lookup<K extends ResultKind>(kind: K, pair: RunPair): Promise<StoredOf<K> | null> {
    const stored = await this.#work.lookup(
      kind,
      () => this.entries.find(kind, pair),
      (entry) => this.#open<K>(entry, pair),
    )
    // A client that finds no summary will probably request it.
    if (stored === null && kind === 'summary') this.#processes.prepare()
    return stored
  }

  /**
   * The diff of a pair: the cached one, or one made now. It is made once for all concurrent callers. A report
   * that lacks packages is made again if these options may improve it; only what is missing is made.
   * @throws the typed errors of artifacts and tools; OverloadedError if too many diffs are in progress or
   *   memory is short; `signal.reason`
   */
  async make<K extends ResultKind>(kind: K, pair: RunPair, options: MakeOptions): Promise<StoredOf<K>> {
    options.signal?.throwIfAborted()
    const cached = await this.lookup(kind, pair)
    if (cached && !mayImprove(cached.entry, options)) return cached
    await this.#forgetReplaced(kind, pair)
    return this.#join(kind, pair, options).made
  }

  /**
   * debdiff's output while it is printed; that of a cached debdiff comes from its file. The stream ends when
   * the complete debdiff is cached, and throws if the tool fails, even after its last byte. A reader that
   * stops reading counts as a caller that leaves.
   * @throws as `make`
   */
  async *follow(pair: RunPair, options: MakeOptions): AsyncGenerator<Uint8Array, void, void> {
    const cached = await this.lookup('debdiff', pair)
    if (cached) return yield* cached.render('text', { filterBoring: false })
    await this.#forgetReplaced('debdiff', pair)
    const leave = new AbortController()
    const { made, output, signal } = this.#join('debdiff', pair, {
      ...options,
      signal: AbortSignal.any([leave.signal, ...(options.signal ? [options.signal] : [])]),
    })
    // It is awaited below. If the reader stops earlier, there is no caller for the error.
    made.catch(() => {})
    try {
      let printed = 0
      for await (const chunk of output?.read(signal) ?? []) {
        printed += chunk.length
        yield chunk
      }
      const stored = await made
      // It was published before its first byte could be read.
      if (printed === 0) yield* stored.render('text', { filterBoring: false })
    } finally {
      leave.abort(new Error('The reader has stopped reading'))
    }
  }

  /** Stops every tool, and waits until all their processes and files are gone. */
  async close(): Promise<void> {
    await Promise.all([this.files.close(), this.#work.close()])
    await Promise.all([this.#processes.close(), this.#renderer.close()])
  }

  async #open<K extends ResultKind>(entry: CacheEntry, pair: RunPair): Promise<StoredOf<K>> {
    const stored = await this.#storedDiffs.open(entry, pair)
    if (stored.kind === 'summary') this.#options.listener?.summaryRead(stored)
    return stored as StoredOf<K>
  }

  /** The installed tools; a version is null if the tool printed none. Empty if the engine records none. */
  async toolVersions(signal: AbortSignal): Promise<{ kind: DiffKind; version: string | null }[]> {
    const { toolVersions } = this.#options
    if (!toolVersions) return []
    return Promise.all(
      (['debdiff', 'diffoscope'] as const).map(async (kind) => ({
        kind,
        version: (await toolVersions.of(kind, signal)).tool,
      })),
    )
  }

  #forgetReplaced(kind: ResultKind, pair: RunPair): Promise<void> {
    return this.#work.failures.forgetIfReplaced(keyOf(kind, pair), () => this.#states.fingerprint(pair))
  }

  /** Joins the diff if it is in progress, or starts it. */
  #join<K extends ResultKind>(kind: K, pair: RunPair, options: MakeOptions): Joined<K> {
    const { urgency, onProgress } = options
    const key = keyOf(kind, pair)
    const joins = this.#work.has(key)
    if (joins && urgency === 'request') noteJoined(this.#inProgress.get(key)?.startedIn)
    const signal = joins ? joinerTimeout(kind, options, this.#inProgress.get(key)?.limits) : options.signal
    const success = joins ? 'joined' : 'made'
    const made = this.#work.observed(kind, success, options.signal, () =>
      this.#work.admitted(key, options, () =>
        this.#work.run(
          key,
          signal,
          (stopped) => this.#start(key, kind, pair, options, stopped),
          (entry) => this.#open<K>(entry, pair),
        ),
      ),
    )
    // `#start` has run already, up to its first await.
    const inProgress = this.#inProgress.get(key)
    if (urgency === 'request') inProgress?.job.makeUrgent()
    if (!inProgress || !onProgress) return { made, output: inProgress?.output, signal }
    const unsubscribe = inProgress.onProgress(onProgress)
    return { made: made.finally(unsubscribe), output: inProgress.output, signal }
  }

  #assertNotCrowded(): void {
    if (this.#work.size + this.files.withTool >= this.#options.maxInProgress)
      throw new OverloadedError(RETRY_AFTER_MS)
  }

  #start(
    key: string,
    kind: ResultKind,
    pair: RunPair,
    options: MakeOptions,
    signal: AbortSignal,
  ): Promise<CacheEntry> {
    const make = () => this.#make(key, kind, pair, options, signal)
    // A background job starts within the request whose end freed its slot, but does not belong to its trace.
    return options.urgency === 'background'
      ? inNewTrace(`precache-${kind}`, spanAttributes(pair), make)
      : make()
  }

  async #make(
    key: string,
    kind: ResultKind,
    pair: RunPair,
    options: MakeOptions,
    signal: AbortSignal,
  ): Promise<CacheEntry> {
    const { leases, listener } = this.#options
    const startedMs = Date.now()
    const { limits, retrievalTimeoutMs, urgency, client } = options
    const maxWaitMs = urgency === 'request' ? limits.timeoutMs : null
    // Before the first await, so that a caller that joins now finds it.
    const inProgress = new DiffInProgress(limits, new ToolJob(signal, client, maxWaitMs))
    this.#inProgress.set(key, inProgress)
    const packages = this.#states.fingerprint(pair)
    let releaseLease = async () => {}
    let isWaiting = true
    try {
      if (leases) {
        const patience = maxWaitMs === null ? signal : waitingSignal(kind, maxWaitMs, signal)
        releaseLease = await leases.acquire(key, patience)
      }
      isWaiting = false
      const published = await this.entries.find(kind, pair)
      if (published && !mayImprove(published, options)) return published
      return await this.#maker.make({ kind, pair, inProgress, retrievalTimeoutMs, signal })
    } catch (error) {
      const typed = toDifferError(await this.#causeOf(error))
      // That another process takes long says nothing about this diff.
      if (!isWaiting) this.#work.failures.remember(key, limits, typed, await packages)
      if (!isWaiting && kind === 'summary' && typed instanceof DifferError && !signal.aborted)
        listener?.summaryFailed(pair, typed, startedMs)
      throw typed
    } finally {
      if (this.#inProgress.get(key) === inProgress) this.#inProgress.delete(key)
      inProgress.output.end()
      await releaseLease()
    }
  }

  async #writeSummary(context: WriteContext): Promise<WrittenFacts> {
    const { cache, packageCheck } = this.#options
    const cacheLocation = cache.shared?.location ?? null
    const tools = { processes: this.#processes, cacheRoot: cache.root, cacheLocation, packageCheck }
    const { verdict, kept, read, writtenBytes, checksums } = await writeSummary(tools, context)
    this.#observer.summaryMade(verdict, { kept, read })
    await cache.filesWritten(writtenBytes)
    return { checksums }
  }

  /** A tool may fail because the disk is full, without saying so: then the error of the disk is the cause. */
  async #causeOf(error: unknown): Promise<unknown> {
    if (!(error instanceof DiffCommandError) || isDiskError(error)) return error
    return (await probeDisk(this.#options.tempDir)) ?? error
  }
}
