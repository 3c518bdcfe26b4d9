/** Reports of single files: looked up, or made once for all callers. Text is compared at once; for other files, diffoscope runs in a slot. */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { LRUCache } from 'lru-cache'
import { OverloadedError } from '../errors.ts'
import type { FileAddress, PicturePair, RunPair } from '../model.ts'
import { inSpan } from '../tracing.ts'
import type { WriteTarget } from './cache/diff-cache.ts'
import { toDifferError } from './cache/disk-errors.ts'
import type { CacheEntry } from './cache/entry-store.ts'
import type { Origin } from './cache/origin.ts'
import type { EngineOptions, MakeOptions } from './engine-options.ts'
import { choosePackages } from './file/choose-packages.ts'
import { compareFiles } from './file/compare-files.ts'
import type { FileJob, FileKey, FileOutcome } from './file/file-job.ts'
import type { Picture, PictureJob, PictureOutcome } from './file/picture-job.ts'
import type { MembersJob } from './file/with-members.ts'
import { spanAttributes } from './making/diff-maker.ts'
import { DiffInProgress } from './making/in-progress.ts'
import { joinerTimeout } from './making/joiner-timeout.ts'
import { type DiffObserver, toolEnded } from './making/observer.ts'
import type { PackageCheckouts } from './making/package-checkouts.ts'
import type { PackageStates } from './making/package-state.ts'
import type { SharedWork } from './making/shared-work.ts'
import { ToolJob, ToolSlots } from './making/tool-slots.ts'
import type { WrittenFacts } from './making/write-diff.ts'
import type { JobKind } from './processes/job-messages.ts'
import type { JobProcesses } from './processes/job-processes.ts'
import type { StoredDiffs } from './stored/stored-diffs.ts'
import type { StoredFile } from './stored/stored-file.ts'
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
  readonly processes: JobProcesses
  readonly storedDiffs: StoredDiffs
  /** For diffoscope. */
  readonly slots: ToolSlots
  readonly observer: DiffObserver
  readonly work: SharedWork<CacheEntry | null>
}

/** Two files to read. */
interface Task {
  readonly pair: RunPair
  readonly file: FileAddress
  readonly options: MakeOptions
  readonly signal: AbortSignal
  /** Null if no tool may be used. */
  readonly inProgress: DiffInProgress | null
}

/** Which entry has a report. */
interface EntryIds extends FileKey {
  readonly isOfTool: boolean
}

export class FileReports {
  readonly #options: EngineOptions
  readonly #parts: SharedParts
  readonly #slots = new ToolSlots(CONCURRENCY)
  /** Which entry has the report of an address. Without it, the packages must be opened to know. */
  readonly #keys = new LRUCache<string, EntryIds>({ max: MAX_KNOWN_KEYS })
  /** Reports that are being made with diffoscope, by their keys. */
  readonly #inProgress = new Map<string, DiffInProgress>()

  constructor(options: EngineOptions, parts: SharedParts) {
    this.#options = options
    this.#parts = parts
  }

  /** Reports that are being made with diffoscope. */
  get withTool(): number {
    return this.#inProgress.size
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
      // Of a file that needs the tool, and whose report has been evicted, this is known.
      const needsTool = mayUseTool && this.#keys.get(key)?.isOfTool === true
      const withoutTool = needsTool ? null : await this.#join(key, pair, file, false, options)
      if (withoutTool || !mayUseTool) return withoutTool
      return work.admitted(flightKey(key, true), options, () => this.#join(key, pair, file, true, options))
    })
  }

  /**
   * The picture that a file is on one side; null if it is not one that may be shown.
   * @throws as `get`
   */
  picture(
    pair: RunPair,
    file: FileAddress,
    side: 'old' | 'new',
    options: MakeOptions,
  ): Promise<Picture | null> {
    const { work } = this.#parts
    if (this.#slots.waiting >= MAX_IN_PROGRESS)
      throw new OverloadedError(RETRY_AFTER_MS, 'Too many files are being read; try again later')
    const signal = AbortSignal.any([work.stopped, ...(options.signal ? [options.signal] : [])])
    const task: Task = { pair, file, options, signal, inProgress: null }
    return work.whileOpen(
      this.#withPackages(task, async (job) => {
        const pictureJob: PictureJob = { ...job, side }
        const { picture } = await this.#slots.run(slotJob(task), () =>
          this.#run<PictureOutcome>('picture', pictureJob, signal),
        )
        return picture
      }),
    )
  }

  /** Joins the work on a file, or starts it. */
  #join(
    key: string,
    pair: RunPair,
    file: FileAddress,
    mayUseTool: boolean,
    options: MakeOptions,
  ): Promise<StoredFile | null> {
    const signal = joinerTimeout('diffoscope', options, this.#inProgress.get(key)?.limits)
    const report = this.#parts.work.run(
      flightKey(key, mayUseTool),
      mayUseTool ? signal : options.signal,
      (unwanted) => this.#start(key, { pair, file, options, signal: unwanted, inProgress: null }, mayUseTool),
      async (entry) => (entry ? this.#parts.storedDiffs.openFile(entry, pair, file) : null),
    )
    // `#start` has run already, up to its first await.
    const inProgress = mayUseTool ? this.#inProgress.get(key) : undefined
    if (options.urgency === 'request') inProgress?.job.makeUrgent()
    if (!inProgress || !options.onProgress) return report
    return report.finally(inProgress.onProgress(options.onProgress))
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

  async #start(key: string, task: Task, mayUseTool: boolean): Promise<CacheEntry | null> {
    const { options } = task
    if (!mayUseTool) return this.#make(key, task)
    const inProgress = new DiffInProgress(options.limits, slotJob(task))
    this.#inProgress.set(key, inProgress)
    try {
      return await this.#make(key, { ...task, inProgress })
    } catch (error) {
      const typed = toDifferError(error)
      this.#parts.work.failures.remember(flightKey(key, true), options.limits, typed, null)
      throw typed
    } finally {
      if (this.#inProgress.get(key) === inProgress) this.#inProgress.delete(key)
    }
  }

  #make(key: string, task: Task): Promise<CacheEntry | null> {
    return this.#withPackages(task, (job, target) => this.#write(key, task, job, target))
  }

  /** Calls `work` with the packages that the file may be in, and with what a job on them needs. */
  async #withPackages<T>(
    { pair, file, options, signal, inProgress }: Task,
    work: (job: MembersJob, target: WriteTarget) => Promise<T>,
  ): Promise<T> {
    const { cache, tempDir, sandbox = 'none' } = this.#options
    const { retrievalTimeoutMs, limits } = options
    const areFiles = pair.areFiles === true
    const workDir = tempDir.jobPath()
    try {
      const step = `retrieving the packages of ${pair.old.id}`
      inProgress?.report({ stage: 'retrieving', step, fraction: 0 })
      return await this.#parts.checkouts.usePair(
        pair,
        {
          timeoutMs: retrievalTimeoutMs,
          signal,
          choose: (all) => choosePackages(all, { ...file, areFiles }),
        },
        (oldPackages, newPackages) =>
          cache.withWriteTarget(
            (target) =>
              work(
                {
                  ...{ oldPackages, newPackages, areFiles, address: file, sandbox, limits, workDir },
                  cacheRoot: cache.root,
                  cacheLocation: cache.shared?.location ?? null,
                  outputDir: target.dir,
                },
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
    members: MembersJob,
    target: WriteTarget,
    checksCache = true,
  ): Promise<CacheEntry | null> {
    const { cache, toolVersions } = this.#options
    const { signal, inProgress } = task
    const outputPath = join(target.dir, randomUUID())
    const job: FileJob = { ...members, outputPath, extracts: false, checksCache }
    const outcome = await this.#slots.run(slotJob(task), () => this.#run<FileOutcome>('file', job, signal))
    if (outcome.status === 'written') {
      const { old, new: newer } = outcome.key
      this.#keys.set(key, { old, new: newer, isOfTool: false })
      return target.publish('file', old, newer, outputPath, originOf(outcome))
    }
    const isOfTool = outcome.status !== 'kept'
    const provenance = isOfTool ? await toolVersions?.of('diffoscope', signal) : undefined
    const ids = isOfTool ? withTool(outcome.key, provenance?.tool ?? null) : outcome.key
    this.#keys.set(key, { ...ids, isOfTool })
    const entry = await cache.find('file', ids.old, ids.new)
    if (entry) return entry
    // What the thread has seen turned out to be damaged, and was set aside.
    if (!isOfTool) return this.#write(key, task, members, target, false)
    if (!inProgress) return null
    const facts = await this.#compare(task, inProgress, { ...job, extracts: true })
    const origin = { ...facts, ...(provenance && { madeBy: provenance }) }
    return target.publish('file', ids.old, ids.new, outputPath, origin)
  }

  /** Runs diffoscope on the two files, in a slot. */
  #compare(
    { pair, file, options, signal }: Task,
    inProgress: DiffInProgress,
    job: FileJob,
  ): Promise<WrittenFacts & Pick<Origin, 'pictures'>> {
    const { commands, sandbox = 'none' } = this.#options
    const { slots, observer } = this.#parts
    return slots.run(inProgress.job, () =>
      inSpan('run-file', spanAttributes(pair), async () => {
        const files = await this.#run<FileOutcome>('file', job, signal)
        if (files.status !== 'extracted') throw new Error(`The files were not extracted: ${files.status}`)
        const report = (fraction: number) =>
          inProgress.report({ stage: 'diffoscope', step: `diffoscope ${file.path}`, fraction })
        report(0)
        const facts = await compareFiles(files, {
          command: commands.diffoscope,
          sandbox,
          limits: options.limits,
          signal,
          workDir: job.workDir,
          outputDir: job.outputDir,
          outputPath: job.outputPath,
          onEnd: (result) => toolEnded(observer, 'diffoscope', result),
          onProgress: report,
        })
        return { ...facts, ...originOf(files) }
      }),
    )
  }

  async #run<Outcome extends { readonly writtenBytes: number }>(
    kind: JobKind,
    job: MembersJob,
    signal: AbortSignal,
  ): Promise<Outcome> {
    const outcome = await this.#parts.processes.run<Outcome>(kind, job, signal)
    if (outcome.writtenBytes > 0) await this.#options.cache.filesWritten(outcome.writtenBytes)
    return outcome
  }
}

function originOf({ pictures }: { readonly pictures: PicturePair | null }): Pick<Origin, 'pictures'> {
  return pictures ? { pictures } : {}
}

/** @param packages changes when a package of a run is replaced */
function keyOf({ old, new: newer }: RunPair, file: FileAddress, packages: string | null): string {
  const { package: name, path, oldPath, oldPackage } = file
  return JSON.stringify([old.id, newer.id, packages, name, path, oldPath, oldPackage])
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
  const { urgency, client, limits } = options
  const job = new ToolJob(signal, client, urgency === 'request' ? limits.timeoutMs : null)
  if (urgency === 'request') job.makeUrgent()
  return job
}
