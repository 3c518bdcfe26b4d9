/**
 * The engine: looks up the diff of a pair, or makes it. It knows runs, packages, tools and the cache; nothing of GraphQL, HTTP or queues.
 */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { ArtifactStore } from '../artifacts/store.ts'
import { DamagedReportError, OverloadedError } from '../errors.ts'
import type { DiffKind, DiffProgress, Limits, RunPair } from '../model.ts'
import { Checkouts } from './checkouts.ts'
import { type MakingContext, makeDebdiff, makeDiffoscope } from './make.ts'
import { Shared } from './shared.ts'
import type { CacheEntry, DiffStore } from './store.ts'
import { openStored, type StoredReport } from './stored-report.ts'
import { ToolJob, ToolSlots, type Urgency } from './tool-slots.ts'
import type { InstanceDir } from './tools/instance-dir.ts'
import { removeTree } from './tools/remove-tree.ts'

export interface EngineOptions {
  readonly artifacts: ArtifactStore
  readonly store: DiffStore
  /** Private to this process; holds the tools' temporary directories and fetched packages. */
  readonly tempDir: InstanceDir
  /** Private to this process, on the file system of the cache; holds diffs being written. */
  readonly incomingDir: InstanceDir
  /** The command line of each tool, its own name first; arguments are added behind. */
  readonly commands: Readonly<Record<DiffKind, readonly string[]>>
  /** Tools at a time. */
  readonly concurrency: number
  /** Different diffs in the making, beyond which a request for another is refused. */
  readonly maxMaking: number
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

export type StoredOf<K extends DiffKind> = Extract<StoredReport, { kind: K }>

export class DiffEngine {
  readonly #options: EngineOptions
  readonly #checkouts: Checkouts
  readonly #slots: ToolSlots
  readonly #making = new Shared<CacheEntry>()
  readonly #stop = new AbortController()
  readonly #active = new Set<Promise<unknown>>()
  /** The jobs behind `#making`, by the same keys: who joins one may hurry it and watch it. */
  readonly #jobs = new Map<string, { job: ToolJob; watchers: Set<(progress: DiffProgress) => void> }>()

  constructor(options: EngineOptions) {
    this.#options = options
    this.#checkouts = new Checkouts(options.artifacts, () => options.tempDir.jobDir())
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
  async lookup<K extends DiffKind>(kind: K, pair: RunPair): Promise<StoredOf<K> | null> {
    const entry = await this.#options.store.find(kind, pair.old.id, pair.new.id)
    if (!entry) return null
    try {
      return (await openStored(entry, pair)) as StoredOf<K>
    } catch (error) {
      if (!(error instanceof DamagedReportError)) throw error
      await this.#options.store.setAside(entry)
      return null
    }
  }

  /**
   * The diff of a pair: the cached one, or one made now. However many ask at a time, it is made once.
   * @throws the typed errors of artifacts and tools; OverloadedError for a request that would be one too many; `signal.reason`
   *   when it aborts
   */
  async make<K extends DiffKind>(kind: K, pair: RunPair, options: MakeOptions): Promise<StoredOf<K>> {
    options.signal?.throwIfAborted()
    const found = await this.lookup(kind, pair)
    if (found) return found
    const key = JSON.stringify([kind, pair.old.id, pair.new.id])
    const tooMany = this.#making.size >= this.#options.maxMaking && !this.#making.has(key)
    if (tooMany && options.urgency === 'request') throw new OverloadedError(10_000)
    const made = this.#making.use(
      key,
      options.signal,
      (unwanted) =>
        this.#whileOpen(this.#make(key, kind, pair, options, AbortSignal.any([unwanted, this.#stop.signal]))),
      (entry) => openStored(entry, pair) as Promise<StoredOf<K>>,
    )
    const stopWatching = this.#join(key, options)
    return made.finally(stopWatching)
  }

  /** Stops every tool and waits until nothing of them is left. */
  async close(): Promise<void> {
    this.#stop.abort(new Error('The service is stopping'))
    await Promise.allSettled(this.#active)
  }

  #whileOpen<T>(work: Promise<T>): Promise<T> {
    this.#active.add(work)
    return work.finally(() => this.#active.delete(work))
  }

  #join(key: string, { urgency, onProgress }: MakeOptions): () => void {
    const joined = this.#jobs.get(key)
    if (urgency === 'request') joined?.job.hurry()
    if (!joined || !onProgress) return () => {}
    joined.watchers.add(onProgress)
    return () => joined.watchers.delete(onProgress)
  }

  async #make(
    key: string,
    kind: DiffKind,
    pair: RunPair,
    { limits, retrievalTimeoutMs }: MakeOptions,
    signal: AbortSignal,
  ): Promise<CacheEntry> {
    const { store, tempDir, incomingDir, commands } = this.#options
    // Before anything is awaited: whoever joins now is to find the job.
    const watched = { job: new ToolJob(signal), watchers: new Set<(progress: DiffProgress) => void>() }
    this.#jobs.set(key, watched)
    const workDir = await tempDir.jobDir()
    const outputDir = await incomingDir.jobDir()
    try {
      // Somebody else, here or on another machine, may have finished it since the caller looked.
      const found = await store.find(kind, pair.old.id, pair.new.id)
      if (found) return found
      const fetching = { limitMs: retrievalTimeoutMs, signal }
      report(watched.watchers, { step: `retrieving the packages of ${pair.old.id}`, fraction: 0 })
      return await this.#checkouts.use(pair.old.id, fetching, (oldPackages) =>
        this.#checkouts.use(pair.new.id, fetching, async (newPackages) => {
          const context: MakingContext = {
            oldPackages,
            newPackages,
            command: commands[kind],
            limits,
            signal,
            workDir,
            outputDir,
            outputPath: join(outputDir, randomUUID()),
            slot: (tool) => this.#slots.run(watched.job, tool),
            onProgress: (progress) => report(watched.watchers, progress),
          }
          await (kind === 'debdiff' ? makeDebdiff(context) : makeDiffoscope(context))
          return store.publish(kind, pair.old.id, pair.new.id, context.outputPath)
        }),
      )
    } finally {
      if (this.#jobs.get(key) === watched) this.#jobs.delete(key)
      await Promise.all([removeTree(workDir), removeTree(outputDir)])
    }
  }
}

function report(watchers: Set<(progress: DiffProgress) => void>, progress: DiffProgress): void {
  for (const watcher of watchers) watcher(progress)
}
