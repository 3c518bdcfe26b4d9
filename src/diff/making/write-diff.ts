/** From two sets of packages to a diff in a file. */
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DiffCommandTimeoutError } from '../../errors.ts'
import type { DiffProgress, Limits, LocalPackage } from '../../model.ts'
import { annotate } from '../../tracing.ts'
import { assembleReport, type ReportPart } from '../report/assemble.ts'
import type { ToolResult } from '../tools/process.ts'
import { runDebdiff } from '../tools/run-debdiff.ts'
import { runDiffoscope } from '../tools/run-diffoscope.ts'
import type { Sandbox } from '../tools/sandbox.ts'
import { Deadline } from './deadline.ts'
import { type PackagePair, pairName, pairPackages } from './package-pairs.ts'
import { sameBytes } from './same-bytes.ts'
import { WeightedProgress } from './weighted-progress.ts'

export interface WriteContext {
  readonly oldPackages: readonly LocalPackage[]
  readonly newPackages: readonly LocalPackage[]
  readonly sandbox: Sandbox
  readonly limits: Limits
  readonly signal: AbortSignal
  /** A private, empty directory for the tools' temporary files; the caller removes it. */
  readonly workDir: string
  /** The same on the file system of the cache, for the tools' output. */
  readonly outputDir: string
  /** The file of the finished diff, in `outputDir`. */
  readonly outputPath: string
  /** Runs a tool when a slot is free. */
  inSlot<T>(tool: () => Promise<T>): Promise<T>
  onProgress(progress: DiffProgress): void
  /**
   * `bytes` more of the diff are in `outputPath`. Called only for a debdiff, which is written as it is
   * printed.
   */
  onWritten(bytes: number): void
  /** A tool has ended, successfully or not. */
  onToolEnd(result: ToolResult): void
}

/** Rendering reads a whole debdiff into memory. That of 300,000 files has 11 MB. */
const MAX_DEBDIFF_BYTES = 256e6

/**
 * Runs debdiff once for all packages.
 * @param command debdiff's command line, without the arguments that Differ adds
 * @throws as `runDebdiff`
 */
export async function writeDebdiff(command: readonly string[], context: WriteContext): Promise<void> {
  const { oldPackages, newPackages, sandbox, limits, signal, workDir, outputPath } = context
  await context.inSlot(async () => {
    context.onProgress({ stage: 'debdiff', step: 'debdiff', fraction: 0 })
    await runDebdiff(oldPackages, newPackages, {
      command,
      sandbox,
      limits: { ...limits, outputBytes: Math.min(limits.outputBytes, MAX_DEBDIFF_BYTES) },
      signal,
      workDir,
      outputPath,
      onOutput: (chunk) => context.onWritten(chunk.length),
      onEnd: context.onToolEnd,
    })
  })
}

/**
 * Runs diffoscope for each pair of packages that differ, several at once, and assembles the reports in the
 * order of the names.
 * @param command diffoscope's command line, without the arguments that Differ adds
 * @throws as `runDiffoscope`
 */
export async function writeDiffoscope(command: readonly string[], context: WriteContext): Promise<void> {
  const pairs = pairPackages(context.oldPackages, context.newPackages)
  const abort = new AbortController()
  const signal = AbortSignal.any([context.signal, abort.signal])
  const deadline = new Deadline('diffoscope', context.limits.timeoutMs)
  const progress = new WeightedProgress(pairs, context.onProgress)
  const tasks = pairs.map(async (pair, index) => {
    const part = await comparePair(command, { ...context, signal }, pair, index, deadline, progress)
    progress.done(index)
    return part
  })
  try {
    await writeReport(context.outputPath, await Promise.all(tasks), signal)
  } catch (error) {
    // One failure fails the diff. The other tools must end before their directories are removed.
    abort.abort(error)
    await Promise.allSettled(tasks)
    throw error
  }
}

async function writeReport(
  path: string,
  parts: readonly (ReportPart | null)[],
  signal: AbortSignal,
): Promise<void> {
  const file = await open(path, 'wx')
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

/** The report's part about one pair; null if both sides are equal. */
async function comparePair(
  command: readonly string[],
  context: WriteContext,
  pair: PackagePair<LocalPackage>,
  index: number,
  deadline: Deadline,
  progress: WeightedProgress,
): Promise<ReportPart | null> {
  if (!pair.new) return { filename: pair.old.filename, side: 'old' }
  if (!pair.old) return { filename: pair.new.filename, side: 'new' }
  const { old, new: newer } = pair
  const { sandbox, limits, signal, workDir, outputDir } = context
  if (await sameBytes(old.path, newer.path, signal)) return null
  const jsonPath = join(outputDir, `${index}.json`)
  const outcome = await context.inSlot(async () => {
    progress.begin(index)
    annotate({ 'differ.package': pairName(pair) })
    return runDiffoscope(old.path, newer.path, {
      command,
      sandbox,
      limits: { ...limits, timeoutMs: deadline.remainingMs() },
      signal,
      workDir,
      outputPath: jsonPath,
      onEnd: context.onToolEnd,
      onProgress: (fraction) => progress.advance(index, fraction),
    }).catch((error: unknown) => {
      // The limit of the whole diff, not what was left of it for this run.
      if (error instanceof DiffCommandTimeoutError)
        throw new DiffCommandTimeoutError('diffoscope', limits.timeoutMs)
      throw error
    })
  })
  if (outcome === 'same') {
    await rm(jsonPath, { force: true })
    return null
  }
  return { jsonPath, source1: old.filename, source2: newer.filename }
}
