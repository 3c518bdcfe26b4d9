/** From packages to a finished diff in a file: what each kind asks of its tool. */
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DiffCommandTimeoutError } from '../../errors.ts'
import type { DiffKind, DiffProgress, Limits, LocalPackage } from '../../model.ts'
import { annotate } from '../../tracing.ts'
import { assembleReport, type ReportPart } from '../report/assemble.ts'
import type { ToolResult } from '../tools/process.ts'
import { runDebdiff } from '../tools/run-debdiff.ts'
import { runDiffoscope } from '../tools/run-diffoscope.ts'
import type { Sandbox } from '../tools/sandbox.ts'
import { type PackagePair, pairName, pairPackages } from './package-pairs.ts'
import { sameBytes } from './same-bytes.ts'

export interface MakingContext {
  readonly oldPackages: readonly LocalPackage[]
  readonly newPackages: readonly LocalPackage[]
  /** The tool's command line, to which arguments are added. */
  readonly command: readonly string[]
  readonly sandbox: Sandbox
  readonly limits: Limits
  readonly signal: AbortSignal
  /** Private, empty, removed by the caller: the tools' temporary files. */
  readonly workDir: string
  /** The same on the file system of the cache, for what the tools print. */
  readonly outputDir: string
  /** Where the finished diff goes, inside `outputDir`. */
  readonly outputPath: string
  /** Runs a tool when there is a place for one. */
  slot<T>(tool: () => Promise<T>): Promise<T>
  onProgress(progress: DiffProgress): void
  /** So many more bytes of the diff are in the file at `outputPath`; told by a debdiff only, which is what its tool prints. */
  onPrinted(bytes: number): void
  /** A tool has ended, well or not. */
  onToolEnd(result: ToolResult): void
}

/** A debdiff is read whole to be rendered. That of 300,000 files is 11 MB. */
const MAX_DEBDIFF_BYTES = 256e6

/** One run of debdiff over all packages; its output as it comes. */
export async function makeDebdiff(context: MakingContext): Promise<void> {
  const { oldPackages, newPackages, command, sandbox, limits, signal, workDir, outputPath, onProgress } =
    context
  await context.slot(async () => {
    onProgress({ stage: 'debdiff', step: 'debdiff', fraction: 0 })
    const capped = { ...limits, outputBytes: Math.min(limits.outputBytes, MAX_DEBDIFF_BYTES) }
    await runDebdiff(oldPackages, newPackages, {
      command,
      sandbox,
      limits: capped,
      signal,
      workDir,
      outputPath,
      onOutput: (chunk) => context.onPrinted(chunk.length),
      onEnd: context.onToolEnd,
    })
  })
}

/** A run of diffoscope for each pair of packages that differ, several at a time, put together in name order. */
export async function makeDiffoscope(context: MakingContext): Promise<void> {
  const pairs = pairPackages(context.oldPackages, context.newPackages)
  const abort = new AbortController()
  const signal = AbortSignal.any([context.signal, abort.signal])
  const deadline = startOnFirstUse(() => new Deadline(context.limits.timeoutMs))
  const progress = new WeightedProgress(pairs, context.onProgress)
  const tasks = pairs.map(async (pair, position) => {
    const part = await comparePair({ ...context, signal }, pair, position, deadline, progress)
    progress.done(position)
    return part
  })
  let parts: (ReportPart | null)[]
  try {
    parts = await Promise.all(tasks)
  } catch (error) {
    // One failure fails the diff: stop the other tools, and see them ended before their directories go.
    abort.abort(error)
    await Promise.allSettled(tasks)
    throw error
  }
  const file = await open(context.outputPath, 'wx')
  try {
    await assembleReport(
      parts.filter((part) => part !== null),
      async (chunk) => {
        signal.throwIfAborted()
        await file.writeFile(chunk)
      },
    )
  } finally {
    await file.close()
  }
}

/** What the report says of one pair; null where both sides are equal. */
async function comparePair(
  context: MakingContext,
  pair: PackagePair<LocalPackage>,
  position: number,
  deadline: () => Deadline,
  progress: WeightedProgress,
): Promise<ReportPart | null> {
  if (!pair.new) return { filename: pair.old.filename, side: 'old' }
  if (!pair.old) return { filename: pair.new.filename, side: 'new' }
  const { command, sandbox, limits, signal, workDir, outputDir } = context
  if (await sameBytes(pair.old.path, pair.new.path, signal)) return null
  const jsonPath = join(outputDir, `${position}.json`)
  const outcome = await context.slot(async () => {
    progress.begin(position)
    annotate({ 'differ.package': pairName(pair) })
    return runDiffoscope(pair.old.path, pair.new.path, {
      command,
      sandbox,
      limits: { ...limits, timeoutMs: deadline().remainingMs('diffoscope') },
      signal,
      workDir,
      outputPath: jsonPath,
      onEnd: context.onToolEnd,
      onProgress: (fraction: number) => progress.advance(position, fraction),
    }).catch((error: unknown) => {
      throw error instanceof DiffCommandTimeoutError
        ? new DiffCommandTimeoutError('diffoscope', limits.timeoutMs)
        : error
    })
  })
  if (outcome === 'same') {
    await rm(jsonPath, { force: true })
    return null
  }
  return { jsonPath, source1: pair.old.filename, source2: pair.new.filename }
}

/** The time limit is the whole diff's and starts with its first tool: waiting for a place costs nothing. */
class Deadline {
  readonly #limitMs: number
  readonly #end: number

  constructor(limitMs: number) {
    this.#limitMs = limitMs
    this.#end = performance.now() + limitMs
  }

  /** @throws DiffCommandTimeoutError when nothing is left */
  remainingMs(kind: DiffKind): number {
    const remaining = this.#end - performance.now()
    if (remaining <= 0) throw new DiffCommandTimeoutError(kind, this.#limitMs)
    return Math.ceil(remaining)
  }
}

function startOnFirstUse<T>(start: () => T): () => T {
  let started: T | undefined
  return () => (started ??= start())
}

/** The progress of several comparisons as one fraction: each counts by the size of its packages. */
class WeightedProgress {
  readonly #pairs: readonly PackagePair<LocalPackage>[]
  readonly #weights: number[]
  readonly #fractions: number[]
  readonly #total: number
  readonly #report: (progress: DiffProgress) => void
  #step = 'diffoscope'

  constructor(pairs: readonly PackagePair<LocalPackage>[], report: (progress: DiffProgress) => void) {
    this.#pairs = pairs
    this.#weights = pairs.map(({ old, new: fresh }) =>
      old && fresh ? 1 + old.sizeBytes + fresh.sizeBytes : 1,
    )
    this.#fractions = pairs.map(() => 0)
    this.#total = this.#weights.reduce((sum, weight) => sum + weight, 0)
    this.#report = report
  }

  begin(position: number): void {
    const { old, new: fresh } = this.#pairs[position]!
    this.#step = `diffoscope ${(fresh ?? old)!.filename}, ${position + 1} of ${this.#pairs.length}`
    this.advance(position, 0)
  }

  done(position: number): void {
    this.advance(position, 1)
  }

  advance(position: number, fraction: number): void {
    this.#fractions[position] = Math.max(this.#fractions[position]!, Math.min(1, fraction))
    const sum = this.#fractions.reduce((all, each, index) => all + each * this.#weights[index]!, 0)
    this.#report({ stage: 'diffoscope', step: this.#step, fraction: Math.min(1, sum / this.#total) })
  }
}
