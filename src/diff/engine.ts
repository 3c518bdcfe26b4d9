/**
 * The engine: looks up the diff of a pair, or makes it. It knows runs, packages, tools and the cache; nothing of GraphQL, HTTP or queues.
 */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { ArtifactStore } from '../artifacts/store.ts'
import { DamagedReportError, DiffCommandError, OverloadedError } from '../errors.ts'
import type { DiffKind, DiffProgress, Limits, ResultKind, RunPair } from '../model.ts'
import { type Attributes, activeSpan, inNewTrace, inSpan, noteJoined, type SpanContext } from '../tracing.ts'
import type { DiffCache } from './cache/diff-cache.ts'
import { evictedEntryError, isDiskError, isMissingFile, toDifferError } from './cache/disk-errors.ts'
import type { CacheEntry } from './cache/entry-store.ts'
import { probeDisk } from './cache/probe-disk.ts'
import { FailureCache } from './making/failure-cache.ts'
import { GrowingFile } from './making/growing-file.ts'
import { joinerTimeout } from './making/joiner-timeout.ts'
import { type LeaseManager, NO_LEASES } from './making/lease.ts'
import { type MakingContext, makeDebdiff, makeDiffoscope } from './making/make.ts'
import type { MemoryPressure } from './making/memory-pressure.ts'
import { type DiffObserver, NO_OBSERVER, observed, secondsSince, toolEnded } from './making/observer.ts'
import type { PackageCheck } from './making/package-check.ts'
import { PackageCheckouts } from './making/package-checkouts.ts'
import { SingleFlight } from './making/single-flight.ts'
import { ToolJob, ToolSlots, type Urgency } from './making/tool-slots.ts'
import { openStored, type StoredResult } from './stored-diff.ts'
import { SummaryWorkers } from './summary/summary-workers.ts'
import type { InstanceDir } from './tools/instance-dir.ts'
import type { ToolVersions } from './tools/provenance.ts'
import { removeTree } from './tools/remove-tree.ts'
import type { Sandbox } from './tools/sandbox.ts'

export interface EngineOptions {
  readonly artifacts: ArtifactStore
  readonly cache: DiffCache
  /** Private to this process; holds the tools' temporary directories and fetched packages. */
  readonly tempDir: InstanceDir
  /** The command line of each tool, its own name first; arguments are added behind. */
  readonly commands: Readonly<Record<DiffKind, readonly string[]>>
  /** Looks at packages before a tool does. */
  readonly packageCheck?: PackageCheck
  /** For so long, in milliseconds, a failure that would only come again is given without trying. Default: not at all. */
  readonly failureTtlMs?: number
  /** What surrounds the tools. Default: `none`. */
  readonly sandbox?: Sandbox
  /** Tools at a time. */
  readonly concurrency: number
  /** Different diffs in the making, beyond which a request for another is refused. */
  readonly maxMaking: number
  /** What is noted beside a diff of how it was made; nothing where left out. */
  readonly toolFacts?: ToolVersions
  /** Keeps other processes from making the same; where left out there are none. */
  readonly claims?: LeaseManager
  readonly observer?: DiffObserver
  /** Keeps new diffs from being begun while the process is short of memory; where left out it never is. */
  readonly pressure?: Pick<MemoryPressure, 'assertCapacity'>
}

export interface MakeOptions {
  readonly limits: Limits
  /** For the artifacts of each run. */
  readonly retrievalTimeoutMs: number
  readonly urgency: Urgency
  /** Ends the waiting; the work goes on while somebody else waits for it. */
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: DiffProgress) => void
}

export type StoredOf<K extends ResultKind> = Extract<StoredResult, { kind: K }>

/** A diff in the making: who joins it may hurry it, watch it, and read what there is of it. */
interface Making {
  readonly job: ToolJob
  readonly watchers: Set<(progress: DiffProgress) => void>
  /** What the tool prints; of a debdiff only, as that is the diff itself. */
  readonly output: GrowingFile
  readonly limits: Limits
  /** The span that its spans are below. */
  readonly startedIn: SpanContext | undefined
}

export class DiffEngine {
  readonly #options: EngineOptions
  readonly #observer: DiffObserver
  readonly #checkouts: PackageCheckouts
  readonly #failures: FailureCache
  readonly #slots: ToolSlots
  readonly #summaries = new SummaryWorkers()
  readonly #making = new SingleFlight<CacheEntry>()
  readonly #stop = new AbortController()
  readonly #active = new Set<Promise<unknown>>()
  /** What is behind `#making`, by the same keys. */
  readonly #jobs = new Map<string, Making>()

  constructor(options: EngineOptions) {
    this.#options = options
    this.#observer = options.observer ?? NO_OBSERVER
    const { artifacts, tempDir, packageCheck } = options
    this.#checkouts = new PackageCheckouts(artifacts, () => tempDir.jobDir(), packageCheck)
    this.#failures = new FailureCache(options.failureTtlMs ?? 0)
    this.#slots = new ToolSlots(options.concurrency)
  }

  /** Diffs being made. */
  get making(): number {
    return this.#making.size
  }

  get tools(): { running: number; waiting: number } {
    return { running: this.#slots.running, waiting: this.#slots.waiting }
  }

  /** The cached diff of a pair, or null. A damaged one is set aside, and then there is none. */
  async lookup<K extends ResultKind>(kind: K, pair: RunPair): Promise<StoredOf<K> | null> {
    const started = performance.now()
    const entry = await this.#options.cache.find(kind, pair.old.id, pair.new.id)
    if (!entry) {
      this.#observer.cacheAsked(kind, 'miss')
      return null
    }
    try {
      const stored = (await openStored(entry, pair)) as StoredOf<K>
      this.#observer.cacheAsked(kind, 'hit')
      this.#observer.diffEnded(kind, 'cached', secondsSince(started))
      return stored
    } catch (error) {
      if (isMissingFile(error)) {
        this.#observer.cacheAsked(kind, 'miss')
        return null
      }
      if (!(error instanceof DamagedReportError)) throw toDifferError(error)
      this.#observer.cacheAsked(kind, 'damaged')
      await this.#options.cache.setAside(entry)
      return null
    }
  }

  /** Whether a diff is cached, without opening it. A damaged one is set aside, and then there is none. */
  async has(kind: ResultKind, oldId: string, newId: string): Promise<boolean> {
    return this.#options.cache.has(kind, oldId, newId)
  }

  /**
   * The diff of a pair: the cached one, or one made now. However many ask at a time, it is made once.
   * @throws the typed errors of artifacts and tools; OverloadedError for a request that would be one too many; `signal.reason`
   *   when it aborts
   */
  async make<K extends ResultKind>(kind: K, pair: RunPair, options: MakeOptions): Promise<StoredOf<K>> {
    options.signal?.throwIfAborted()
    return (await this.lookup(kind, pair)) ?? this.#join(kind, pair, options).made
  }

  /**
   * debdiff's output as it comes: that of a run in progress from its beginning on, that of a cached one from its file. It ends when the diff is known
   * to be whole and cached; a failure, however late, is thrown. Whoever stops reading stops waiting.
   * @throws as `make`
   */
  async *follow(pair: RunPair, options: MakeOptions): AsyncGenerator<Uint8Array, void, void> {
    const found = await this.lookup('debdiff', pair)
    if (found) return yield* found.render('text', { filterBoring: false })
    const leave = new AbortController()
    const { made, output, signal } = this.#join('debdiff', pair, {
      ...options,
      signal: AbortSignal.any([leave.signal, ...(options.signal ? [options.signal] : [])]),
    })
    // Heard of below, or by nobody where the reader has left.
    made.catch(() => {})
    try {
      let printed = 0
      for await (const chunk of output?.read(signal) ?? []) {
        printed += chunk.length
        yield chunk
      }
      const stored = await made
      // It was published before its first byte was read.
      if (printed === 0) yield* stored.render('text', { filterBoring: false })
    } finally {
      leave.abort(new Error('nobody reads on'))
    }
  }

  /** Stops every tool and waits until nothing of them is left. */
  async close(): Promise<void> {
    this.#stop.abort(new Error('The service is stopping'))
    await Promise.allSettled(this.#active)
    await this.#summaries.close()
  }

  #whileOpen<T>(work: Promise<T>): Promise<T> {
    this.#active.add(work)
    return work.finally(() => this.#active.delete(work))
  }

  /** Joins whoever makes the diff already, or starts to make it. */
  #join<K extends ResultKind>(
    kind: K,
    pair: RunPair,
    options: MakeOptions,
  ): { made: Promise<StoredOf<K>>; output: GrowingFile | undefined; signal: AbortSignal | undefined } {
    const { urgency, onProgress } = options
    const key = JSON.stringify([kind, pair.old.id, pair.new.id])
    const joins = this.#making.has(key)
    if (joins && urgency === 'request') noteJoined(this.#jobs.get(key)?.startedIn)
    const signal = joins ? joinerTimeout(kind, options, this.#jobs.get(key)?.limits) : options.signal
    const success = joins ? 'joined' : 'made'
    const isCancelled = () => options.signal?.aborted || this.#stop.signal.aborted
    const made = observed(this.#observer, kind, { success, isCancelled }, async () => {
      if (!joins && urgency === 'request' && this.#making.size >= this.#options.maxMaking)
        throw new OverloadedError(10_000)
      const failure = joins ? null : this.#failures.find(key, options.limits)
      if (failure) throw failure
      if (!joins) this.#options.pressure?.assertCapacity()
      return this.#making.run(
        key,
        signal,
        (unwanted) => {
          const stop = AbortSignal.any([unwanted, this.#stop.signal])
          const make = () => this.#make(key, kind, pair, options, stop)
          // Background work is nobody's, whichever request's end happened to let it begin.
          const trace = urgency === 'background' ? inNewTrace(`precache-${kind}`, idsOf(pair), make) : make()
          return this.#whileOpen(trace)
        },
        (entry) => openMade(entry, pair) as Promise<StoredOf<K>>,
      )
    })
    const joined = this.#jobs.get(key)
    if (urgency === 'request') joined?.job.hurry()
    if (!joined || !onProgress) return { made, output: joined?.output, signal }
    joined.watchers.add(onProgress)
    return {
      made: made.finally(() => joined.watchers.delete(onProgress)),
      output: joined.output,
      signal,
    }
  }

  async #make(
    key: string,
    kind: ResultKind,
    pair: RunPair,
    { limits, retrievalTimeoutMs }: MakeOptions,
    signal: AbortSignal,
  ): Promise<CacheEntry> {
    const { cache, commands, claims = NO_LEASES, toolFacts } = this.#options
    // Before anything is awaited: whoever joins now is to find the job.
    const making: Making = {
      job: new ToolJob(signal),
      watchers: new Set(),
      output: new GrowingFile(),
      limits,
      startedIn: activeSpan(),
    }
    this.#jobs.set(key, making)
    let letGo = async () => {}
    try {
      letGo = await claims.acquire(key, signal)
      // Somebody else, here or on another machine, may have finished it since the caller looked.
      const found = await cache.find(kind, pair.old.id, pair.new.id)
      if (found) return found
      const fetching = { limitMs: retrievalTimeoutMs, signal }
      report(making.watchers, {
        stage: 'retrieving',
        step: `retrieving the packages of ${pair.old.id}`,
        fraction: 0,
      })
      return await this.#inOwnDir((workDir) =>
        this.#checkouts.use(pair.old.id, fetching, (oldPackages) =>
          this.#checkouts.use(pair.new.id, fetching, (newPackages) =>
            cache.withWriteTarget(
              async ({ dir: outputDir, publish }) => {
                const outputPath = join(outputDir, randomUUID())
                const context: MakingContext = {
                  oldPackages,
                  newPackages,
                  command: kind === 'summary' ? [] : commands[kind],
                  sandbox: this.#options.sandbox ?? 'none',
                  limits,
                  signal,
                  workDir,
                  outputDir,
                  outputPath,
                  slot: (tool) => this.#slots.run(making.job, () => inSpan(`run-${kind}`, idsOf(pair), tool)),
                  onProgress: (progress) => report(making.watchers, progress),
                  onPrinted: (bytes) => making.output.grow(outputPath, bytes),
                  onToolEnd: (result) => toolEnded(this.#observer, kind, result),
                }
                await this.#run(kind, context)
                const madeBy = kind === 'summary' ? undefined : await toolFacts?.of(kind, this.#stop.signal)
                return publish(kind, pair.old.id, pair.new.id, outputPath, madeBy)
              },
              () => making.output.restart(),
            ),
          ),
        ),
      )
    } catch (error) {
      const typed = toDifferError(await this.#causeOf(error))
      this.#failures.remember(key, limits, typed)
      throw typed
    } finally {
      if (this.#jobs.get(key) === making) this.#jobs.delete(key)
      making.output.end()
      await letGo()
    }
  }

  #run(kind: ResultKind, context: MakingContext): Promise<void> {
    if (kind === 'debdiff') return makeDebdiff(context)
    if (kind === 'diffoscope') return makeDiffoscope(context)
    const { oldPackages, newPackages, sandbox, limits, workDir, outputPath, signal, onProgress } = context
    return context.slot(() => {
      onProgress({ stage: 'summary', step: 'reading the packages', fraction: 0 })
      return this.#summaries.run({ oldPackages, newPackages, sandbox, limits, workDir, outputPath }, signal)
    })
  }

  /** A tool that ran out of room, though nothing of it is left, did so for want of a disk. */
  async #causeOf(error: unknown): Promise<unknown> {
    if (!(error instanceof DiffCommandError) || isDiskError(error)) return error
    return (await probeDisk(this.#options.tempDir)) ?? error
  }

  /** A directory for temporary files, gone afterwards. */
  async #inOwnDir<T>(work: (workDir: string) => Promise<T>): Promise<T> {
    const workDir = await this.#options.tempDir.jobDir()
    try {
      return await work(workDir)
    } finally {
      await removeTree(workDir)
    }
  }
}

/** One that was made now: that it is not what it must be, or gone already, is trouble of the moment. */
async function openMade(entry: CacheEntry, pair: RunPair): Promise<StoredResult> {
  try {
    return await openStored(entry, pair)
  } catch (error) {
    throw isMissingFile(error) ? evictedEntryError(error) : toDifferError(error)
  }
}

function idsOf({ old, new: fresh }: RunPair): Attributes {
  return { 'differ.old_run_id': old.id, 'differ.new_run_id': fresh.id }
}

function report(watchers: Set<(progress: DiffProgress) => void>, progress: DiffProgress): void {
  for (const watcher of watchers) watcher(progress)
}
