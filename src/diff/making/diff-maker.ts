/**
 * Makes a diff or a summary: fetches the packages, writes the result to a file, and publishes it in the
 * cache.
 */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { LocalPackage, ResultKind, RunPair } from '../../model.ts'
import { type Attributes, inSpan } from '../../tracing.ts'
import type { DiffCache, WriteTarget } from '../cache/diff-cache.ts'
import type { CacheEntry } from '../cache/entry-store.ts'
import type { InstanceDir } from '../tools/instance-dir.ts'
import type { Provenance } from '../tools/provenance.ts'
import { removeTree } from '../tools/remove-tree.ts'
import type { Sandbox } from '../tools/sandbox.ts'
import type { DiffInProgress } from './in-progress.ts'
import { KeptParts, type KeptPartsOptions } from './kept-parts.ts'
import { type DiffObserver, toolEnded } from './observer.ts'
import type { PackageCheckouts } from './package-checkouts.ts'
import type { PackageStates } from './package-state.ts'
import type { ToolSlots } from './tool-slots.ts'
import type { WriteContext, WrittenFacts } from './write-diff.ts'

export interface DiffMakerOptions {
  readonly cache: DiffCache
  readonly checkouts: PackageCheckouts
  readonly slots: ToolSlots
  readonly tempDir: InstanceDir
  readonly sandbox: Sandbox
  readonly observer: DiffObserver
  /** Writes a result of each kind to `context.outputPath`. */
  readonly write: Readonly<Record<ResultKind, (context: WriteContext) => Promise<WrittenFacts>>>
  /** What the result was made with; undefined if that is not recorded. */
  readonly provenance: (kind: ResultKind) => Promise<Provenance | undefined>
  readonly states: PackageStates
  readonly parts: Pick<KeptPartsOptions, 'toolArguments' | 'isOutdated'>
  /** See `WriteContext`. */
  readonly causeOf: (error: unknown) => Promise<unknown>
}

export interface MakeTask {
  readonly kind: ResultKind
  readonly pair: RunPair
  /** Gets the progress and the output. */
  readonly inProgress: DiffInProgress
  /** For the packages of each run. */
  readonly retrievalTimeoutMs: number
  readonly signal: AbortSignal
}

interface Packages {
  readonly oldPackages: readonly LocalPackage[]
  readonly newPackages: readonly LocalPackage[]
}

export class DiffMaker {
  readonly #options: DiffMakerOptions

  constructor(options: DiffMakerOptions) {
    this.#options = options
  }

  /**
   * Makes the result and publishes it; as `partial` if it lacks packages.
   * @throws the typed errors of artifacts and tools; system errors; `task.signal.reason`
   */
  async make(task: MakeTask): Promise<CacheEntry> {
    const { pair, inProgress, retrievalTimeoutMs, signal } = task
    const { cache, checkouts, tempDir } = this.#options
    const step = `retrieving the packages of ${pair.old.id}`
    inProgress.report({ stage: 'retrieving', step, fraction: 0 })
    const workDir = await tempDir.jobDir()
    try {
      return await checkouts.usePair(
        pair,
        {
          timeoutMs: retrievalTimeoutMs,
          signal,
          takesInvalid: task.kind === 'diffoscope',
          checksItself: task.kind === 'summary',
        },
        (oldPackages, newPackages) =>
          cache.withWriteTarget(
            (target) => this.#write(task, { oldPackages, newPackages }, workDir, target),
            () => inProgress.output.restart(),
          ),
      )
    } finally {
      await removeTree(workDir)
    }
  }

  async #write(
    task: MakeTask,
    packages: Packages,
    workDir: string,
    target: WriteTarget,
  ): Promise<CacheEntry> {
    const { kind, pair, inProgress, signal } = task
    const { cache, sandbox, slots, observer, write, provenance, states, parts, causeOf } = this.#options
    const { dir: outputDir } = target
    const outputPath = join(outputDir, randomUUID())
    const context: WriteContext = {
      ...packages,
      areFiles: pair.areFiles ?? false,
      sandbox,
      limits: inProgress.limits,
      signal,
      workDir,
      outputDir,
      outputPath,
      parts: new KeptParts({
        ...parts,
        ...{ cache, target, observer },
        provenance: () => provenance('diffoscope'),
      }),
      causeOf,
      inSlot: (tool) => slots.run(inProgress.job, () => inSpan(`run-${kind}`, spanAttributes(pair), tool)),
      onProgress: (progress) => inProgress.report(progress),
      onWritten: (bytes) => inProgress.output.grow(outputPath, bytes),
      onToolEnd: (result) => toolEnded(observer, kind, result),
    }
    const { lacksTools = false, lacks, checksums } = await write[kind](context)
    const [madeBy, madeOf] = await Promise.all([
      provenance(kind),
      states.of(pair, { old: packages.oldPackages, new: packages.newPackages }, checksums),
    ])
    const runs = kind === 'summary' && { old: pair.old.id, new: pair.new.id }
    const origin = {
      ...{ lacksTools, madeOf },
      ...(madeBy && { madeBy }),
      ...(lacks && { lacks }),
      ...(runs && { runs }),
    }
    return target.publish(lacks ? 'partial' : kind, pair.old.id, pair.new.id, outputPath, origin)
  }
}

/** What identifies a pair in spans. */
export function spanAttributes(pair: RunPair): Attributes {
  return { 'differ.old_run_id': pair.old.id, 'differ.new_run_id': pair.new.id }
}

/** What identifies a result among those in progress and those that failed. */
export function keyOf(kind: ResultKind, pair: RunPair): string {
  return JSON.stringify([kind, pair.old.id, pair.new.id])
}
