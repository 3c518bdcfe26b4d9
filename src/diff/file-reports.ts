/** Reports of single files: looked up, or made once for all callers. Text is compared at once; for other files, diffoscope runs in a slot. */
import { randomUUID } from 'node:crypto'
import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { LRUCache } from 'lru-cache'
import { OverloadedError } from '../errors.ts'
import type { FileAddress, LocalPackage, RunPair } from '../model.ts'
import { inSpan } from '../tracing.ts'
import type { WriteTarget } from './cache/diff-cache.ts'
import { toDifferError } from './cache/disk-errors.ts'
import type { CacheEntry } from './cache/entry-store.ts'
import type { EngineOptions, MakeOptions } from './engine-options.ts'
import { compareFiles } from './file/compare-files.ts'
import type { FileJob, FileKey, FileOutcome } from './file/file-job.ts'
import { spanAttributes } from './making/diff-maker.ts'
import { type DiffObserver, toolEnded } from './making/observer.ts'
import type { PackageCheckouts } from './making/package-checkouts.ts'
import type { PackageStates } from './making/package-state.ts'
import type { SharedWork } from './making/shared-work.ts'
import { ToolJob, ToolSlots } from './making/tool-slots.ts'
import type { WrittenFacts } from './making/write-diff.ts'
import type { StoredDiffs } from './stored/stored-diffs.ts'
import type { StoredFile } from './stored/stored-file.ts'
import type { JobThreads } from './threads/job-threads.ts'
import { removeTree } from './tools/remove-tree.ts'

/** Files that are looked up and compared at once, apart from diffoscope's. Each unpacks up to two packages. */
const CONCURRENCY = 4
/** Requests for more files than that are refused. */
const MAX_IN_PROGRESS = 1_000
const RETRY_AFTER_MS = 2_000
/** About a kilobyte each. */
const MAX_KNOWN_KEYS = 10_000

/** What the reports share with the engine. */
export interface SharedParts {
  readonly states: PackageStates
  readonly checkouts: PackageCheckouts
  readonly threads: JobThreads
  readonly storedDiffs: StoredDiffs
  /** For diffoscope. */
  readonly slots: ToolSlots
  readonly observer: DiffObserver
  readonly work: SharedWork<CacheEntry | null>
}

interface Task {
  readonly pair: RunPair
  readonly file: FileAddress
  readonly mayUseTool: boolean
  readonly options: MakeOptions
  readonly signal: AbortSignal
}

interface Packages {
  readonly oldPackages: readonly LocalPackage[]
  readonly newPackages: readonly LocalPackage[]
}

export class FileReports {
  readonly #options: EngineOptions
  readonly #parts: SharedParts
  readonly #slots = new ToolSlots(CONCURRENCY)
  /** Which entry has the report of an address. Without it, the packages must be opened to know. */
  readonly #keys = new LRUCache<string, FileKey>({ max: MAX_KNOWN_KEYS })

  #withTool = 0

  constructor(options: EngineOptions, parts: SharedParts) {
    this.#options = options
    this.#parts = parts
  }

  /** Reports that are being made with diffoscope. */
  get withTool(): number {
    return this.#withTool
  }

  /**
   * The report of a file: the cached one, or one made now.
   * @returns null if only a tool can make it and `mayUseTool` is false
   * @throws PackageNotFoundError, FileNotFoundError; the typed errors of artifacts and tools; OverloadedError;
   *   `options.signal.reason`
   */
  async get(
    pair: RunPair,
    file: FileAddress,
    mayUseTool: boolean,
    options: MakeOptions,
  ): Promise<StoredFile | null> {
    options.signal?.throwIfAborted()
    const key = keyOf(pair, file, await this.#parts.states.fingerprint(pair))
    const known = await this.#lookup(key, pair, file)
    if (known) return known
    const { work } = this.#parts
    return work.observed('file', 'made', options.signal, async () => {
      if (work.size >= MAX_IN_PROGRESS)
        throw new OverloadedError(RETRY_AFTER_MS, 'Too many files are being compared; try again later')
      const withoutTool = await this.#join(key, pair, file, false, options)
      if (withoutTool || !mayUseTool) return withoutTool
      return work.admitted(flightKey(key, true), options, () => this.#join(key, pair, file, true, options))
    })
  }

  /** Joins the work on a file, or starts it. */
  #join(
    key: string,
    pair: RunPair,
    file: FileAddress,
    mayUseTool: boolean,
    options: MakeOptions,
  ): Promise<StoredFile | null> {
    return this.#parts.work.run(
      flightKey(key, mayUseTool),
      options.signal,
      (signal) => this.#start(key, { pair, file, mayUseTool, options, signal }),
      async (entry) => (entry ? this.#parts.storedDiffs.openFile(entry, pair, file) : null),
    )
  }

  /** Stops what is being made, and waits until its files are gone. */
  close(): Promise<void> {
    return this.#parts.work.close()
  }

  #lookup(key: string, pair: RunPair, file: FileAddress): Promise<StoredFile | null> {
    const { storedDiffs, work } = this.#parts
    return work.lookup(
      'file',
      async () => {
        const ids = this.#keys.get(key)
        return ids ? this.#options.cache.find('file', ids.old, ids.new) : null
      },
      (entry) => storedDiffs.openFile(entry, pair, file),
    )
  }

  async #start(key: string, task: Task): Promise<CacheEntry | null> {
    const { mayUseTool, options } = task
    if (mayUseTool) this.#withTool += 1
    try {
      return await this.#make(key, task)
    } catch (error) {
      const typed = toDifferError(error)
      if (mayUseTool) this.#parts.work.failures.remember(flightKey(key, true), options.limits, typed, null)
      throw typed
    } finally {
      if (mayUseTool) this.#withTool -= 1
    }
  }

  async #make(key: string, task: Task): Promise<CacheEntry | null> {
    const { cache, tempDir } = this.#options
    const { pair, options, signal } = task
    const workDir = await tempDir.jobDir()
    try {
      return await this.#parts.checkouts.usePair(
        pair,
        { timeoutMs: options.retrievalTimeoutMs, signal },
        (oldPackages, newPackages) =>
          cache.withWriteTarget(
            async (target) =>
              this.#write(
                key,
                task,
                { oldPackages, newPackages },
                await mkdtemp(join(workDir, 'file-')),
                target,
              ),
            () => true,
          ),
      )
    } finally {
      await removeTree(workDir)
    }
  }

  async #write(
    key: string,
    task: Task,
    packages: Packages,
    workDir: string,
    target: WriteTarget,
    checksCache = true,
  ): Promise<CacheEntry | null> {
    const { cache, sandbox = 'none', toolVersions } = this.#options
    const { pair, file, options, signal, mayUseTool } = task
    const job: FileJob = {
      ...packages,
      address: file,
      areFiles: pair.areFiles === true,
      sandbox,
      limits: options.limits,
      workDir,
      cacheRoot: cache.root,
      outputDir: target.dir,
      outputPath: join(target.dir, randomUUID()),
      extracts: false,
      checksCache,
    }
    const outcome = await this.#slots.run(slotJob(task), () => this.#run(job, signal))
    if (outcome.status === 'written') {
      this.#keys.set(key, outcome.key)
      return target.publish('file', outcome.key.old, outcome.key.new, job.outputPath, {})
    }
    const isOfTool = outcome.status !== 'kept'
    const provenance = isOfTool ? await toolVersions?.of('diffoscope', signal) : undefined
    const ids = isOfTool ? withTool(outcome.key, provenance?.tool ?? null) : outcome.key
    this.#keys.set(key, ids)
    const entry = await cache.find('file', ids.old, ids.new)
    if (entry) return entry
    // What the thread has seen turned out to be damaged, and was set aside.
    if (!isOfTool) return this.#write(key, task, packages, workDir, target, false)
    if (!mayUseTool) return null
    const facts = await this.#compare(task, { ...job, extracts: true })
    const origin = { ...facts, ...(provenance && { madeBy: provenance }) }
    return target.publish('file', ids.old, ids.new, job.outputPath, origin)
  }

  /** Runs diffoscope on the two files, in a slot. */
  #compare(task: Task, job: FileJob): Promise<WrittenFacts> {
    const { commands, sandbox = 'none' } = this.#options
    const { slots, observer } = this.#parts
    const { pair, options, signal } = task
    return slots.run(slotJob(task), () =>
      inSpan('run-file', spanAttributes(pair), async () => {
        const files = await this.#run(job, signal)
        if (files.status !== 'extracted') throw new Error(`The files were not extracted: ${files.status}`)
        return compareFiles(files, {
          command: commands.diffoscope,
          sandbox,
          limits: options.limits,
          signal,
          workDir: job.workDir,
          outputDir: job.outputDir,
          outputPath: job.outputPath,
          onEnd: (result) => toolEnded(observer, 'diffoscope', result),
        })
      }),
    )
  }

  async #run(job: FileJob, signal: AbortSignal): Promise<FileOutcome> {
    const outcome = await this.#parts.threads.run<FileOutcome>('file', job, signal)
    if (outcome.writtenBytes > 0) await this.#options.cache.filesWritten(outcome.writtenBytes)
    return outcome
  }
}

/** @param packages changes when a package of a run is replaced */
function keyOf({ old, new: newer }: RunPair, file: FileAddress, packages: string | null): string {
  return JSON.stringify([old.id, newer.id, packages, file.package, file.path, file.oldPath])
}

/** With diffoscope, the work on a file is another one than without. */
function flightKey(key: string, mayUseTool: boolean): string {
  return `${mayUseTool} ${key}`
}

/** Another version of diffoscope may find something else. */
function withTool(key: FileKey, version: string | null): FileKey {
  return { old: key.old, new: JSON.stringify([key.new, version]) }
}

function slotJob({ options, signal }: Task): ToolJob {
  const job = new ToolJob(signal, options.client, options.limits.timeoutMs)
  if (options.urgency === 'request') job.makeUrgent()
  return job
}
