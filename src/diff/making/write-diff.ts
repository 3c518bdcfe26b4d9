/** From two sets of packages to a diff in a file. */
import { open, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DiffCommandError, DiffCommandTimeoutError } from '../../errors.ts'
import type { DiffKind, DiffProgress, Limits, LocalPackage } from '../../model.ts'
import { annotate } from '../../tracing.ts'
import { assembleReport, oneSided, type ReportPart } from '../report/assemble.ts'
import { NOT_COMPARED, WITHOUT_MD5SUMS } from '../report/scan/incomplete.ts'
import { checkDataArchive } from '../tools/data-archive.ts'
import type { ToolResult } from '../tools/process.ts'
import { removeTree } from '../tools/remove-tree.ts'
import { runDebdiff } from '../tools/run-debdiff.ts'
import { type DiffoscopeOutcome, runDiffoscope } from '../tools/run-diffoscope.ts'
import type { Sandbox } from '../tools/sandbox.ts'
import { Deadline } from './deadline.ts'
import { type DebdiffGroup, debdiffGroups } from './debdiff-groups.ts'
import { type PackagePair, pairName, pairPackages } from './package-pairs.ts'
import { sameBytes } from './same-bytes.ts'
import { type StagedPair, stagePair, stageWithoutMd5sums } from './stage-pair.ts'
import { WeightedProgress } from './weighted-progress.ts'

export interface WriteContext {
  readonly oldPackages: readonly LocalPackage[]
  readonly newPackages: readonly LocalPackage[]
  /** See `RunPair.areFiles`. */
  readonly areFiles: boolean
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

/** What the stamp of a finished result records. */
export interface WrittenFacts {
  /** Whether other versions of the tools, or more of them, may give a more complete result. */
  readonly lacksTools?: boolean
}

/** Rendering reads a whole debdiff into memory. That of 300,000 files has 11 MB. */
const MAX_DEBDIFF_BYTES = 256e6

/**
 * Runs debdiff for all packages, and once more for each further architecture of packages of one name. Each
 * further part begins with a line that says what it compares.
 * @param command debdiff's command line, without the arguments that Differ adds
 * @throws as `runDebdiff`
 */
export async function writeDebdiff(command: readonly string[], context: WriteContext): Promise<WrittenFacts> {
  const { oldPackages, newPackages, sandbox, limits, signal, workDir, outputPath } = context
  const deadline = new Deadline('debdiff', limits.timeoutMs)
  const file = await open(outputPath, 'w')
  const write = async (bytes: Uint8Array) => {
    await file.writeFile(bytes)
    context.onWritten(bytes.length)
  }
  try {
    await context.inSlot(async () => {
      context.onProgress({ stage: 'debdiff', step: 'debdiff', fraction: 0 })
      for (const group of debdiffGroups(oldPackages, newPackages)) {
        const { label } = group
        if (label !== null) await write(Buffer.from(`\n[Packages of ${label}]\n\n`))
        if (group.old.length === 0 || group.new.length === 0) {
          await write(Buffer.from(onlyOneSide(group)))
          continue
        }
        await runDebdiff(group.old, group.new, {
          command,
          sandbox,
          limits: {
            ...limits,
            timeoutMs: deadline.remainingMs(),
            outputBytes: Math.min(limits.outputBytes, MAX_DEBDIFF_BYTES),
          },
          signal,
          workDir,
          onOutput: write,
          onEnd: context.onToolEnd,
        })
      }
    })
  } catch (error) {
    if (error instanceof DiffCommandError && !error.retryable)
      await checkDataArchives([...oldPackages, ...newPackages], context)
    throw ofWholeDiff('debdiff', error, limits)
  } finally {
    await file.close()
  }
  return {}
}

/** @throws InvalidPackageError for the first package whose data archive cannot be read */
async function checkDataArchives(
  packages: readonly LocalPackage[],
  { workDir, sandbox, signal }: WriteContext,
): Promise<void> {
  for (const one of packages)
    await checkDataArchive(one, { workDir, sandbox, signal, inputDir: dirname(one.path) })
}

/** A section in debdiff's form. */
function onlyOneSide({ old, new: newer, label }: DebdiffGroup): string {
  const title = `Packages${label === null ? '' : ` of ${label}`} only in the ${newer.length === 0 ? 'first' : 'second'} set`
  const names = [...old, ...newer].map(({ filename }) => filename)
  return `${title}\n${'-'.repeat(title.length)}\n${names.join('\n')}\n`
}

/** A timeout has the limit of the whole diff, not what was left of it for one run. */
function ofWholeDiff(kind: DiffKind, error: unknown, { timeoutMs }: Limits): unknown {
  return error instanceof DiffCommandTimeoutError ? new DiffCommandTimeoutError(kind, timeoutMs) : error
}

/** What one pair contributes to the report. */
interface PairResult {
  readonly parts: readonly ReportPart[]
  readonly lacksTools: boolean
}

const NOTHING: PairResult = { parts: [], lacksTools: false }

/**
 * Runs diffoscope for each pair of packages that differ, several at once, and assembles the reports in the
 * order of the names. A pair at which diffoscope crashes has an entry that says so.
 * @param command diffoscope's command line, without the arguments that Differ adds
 * @throws as `runDiffoscope`
 */
export async function writeDiffoscope(
  command: readonly string[],
  context: WriteContext,
): Promise<WrittenFacts> {
  const pairs = pairPackages(context.oldPackages, context.newPackages, context.areFiles)
  const abort = new AbortController()
  const signal = AbortSignal.any([context.signal, abort.signal])
  const deadline = new Deadline('diffoscope', context.limits.timeoutMs)
  const progress = new WeightedProgress(pairs, context.onProgress)
  const tasks = pairs.map(async (pair, index) => {
    const result = await comparePair(command, { ...context, signal }, pair, index, deadline, progress)
    progress.done(index)
    return result
  })
  try {
    const results = await Promise.all(tasks)
    await writeReport(
      context.outputPath,
      results.flatMap(({ parts }) => parts),
      signal,
    )
    return { lacksTools: results.some(({ lacksTools }) => lacksTools) }
  } catch (error) {
    // One failure fails the diff. The other tools must end before their directories are removed.
    abort.abort(error)
    await Promise.allSettled(tasks)
    throw error
  }
}

/** Assembles a report in a new file. @throws as `assembleReport`; `signal.reason` */
export async function writeReport(
  path: string,
  parts: readonly ReportPart[],
  signal: AbortSignal,
): Promise<void> {
  const file = await open(path, 'wx')
  try {
    await assembleReport(parts, async (chunk) => {
      signal.throwIfAborted()
      await file.writeFile(chunk)
    })
  } finally {
    await file.close()
  }
}

/** What the report says about one pair; nothing if both sides are equal. */
async function comparePair(
  command: readonly string[],
  context: WriteContext,
  pair: PackagePair<LocalPackage>,
  index: number,
  deadline: Deadline,
  progress: WeightedProgress,
): Promise<PairResult> {
  if (!pair.new) return { ...NOTHING, parts: [oneSided(pair.old.filename, 'old')] }
  if (!pair.old) return { ...NOTHING, parts: [oneSided(pair.new.filename, 'new')] }
  const { old, new: newer } = pair
  const { limits, signal, workDir, outputDir } = context
  if (await sameBytes(old.path, newer.path, signal)) return NOTHING
  const sources = { source1: old.filename, source2: newer.filename }
  const jsonPath = join(outputDir, `${index}.json`)
  const dir = join(workDir, `copies-${index}`)
  return context.inSlot(async () => {
    progress.begin(index)
    annotate({ 'differ.package': pairName(pair) })
    const run = (staged: Pick<StagedPair, 'oldPath' | 'newPath'>) =>
      runOn(command, context, staged, jsonPath, deadline, (fraction) => progress.advance(index, fraction))
    const options = () => ({ ...context, limits: { ...limits, timeoutMs: deadline.remainingMs() }, dir })
    const commented = (comment: string) => ({ ...sources, comment })
    try {
      // diffoscope would compare a broken archive as bytes, and call the report complete.
      await checkDataArchives([old, newer], context)
      const staged = await stagePair(old, newer, options())
      const { outcome, lacksTools } = await run(staged)
      const notes = staged.note === null ? [] : [commented(staged.note)]
      if (outcome === 'differs') return { parts: [...notes, { ...sources, jsonPath }], lacksTools }
      await rm(jsonPath, { force: true })
      if (outcome === 'same') return { parts: notes, lacksTools }
      await removeTree(dir)
      const again = await run(await stageWithoutMd5sums(old, newer, options()))
      if (again.outcome === 'differs')
        return {
          parts: [commented(WITHOUT_MD5SUMS + outcome.crash), { ...sources, jsonPath }],
          lacksTools: true,
        }
      await rm(jsonPath, { force: true })
      return {
        parts: [commented((again.outcome === 'same' ? WITHOUT_MD5SUMS : NOT_COMPARED) + outcome.crash)],
        lacksTools: true,
      }
    } finally {
      await removeTree(dir)
    }
  })
}

async function runOn(
  command: readonly string[],
  { sandbox, limits, signal, workDir, onToolEnd }: WriteContext,
  { oldPath, newPath }: Pick<StagedPair, 'oldPath' | 'newPath'>,
  outputPath: string,
  deadline: Deadline,
  onProgress: (fraction: number) => void,
): Promise<DiffoscopeOutcome> {
  try {
    return await runDiffoscope(oldPath, newPath, {
      command,
      sandbox,
      limits: { ...limits, timeoutMs: deadline.remainingMs() },
      signal,
      workDir,
      outputPath,
      onEnd: onToolEnd,
      onProgress,
    })
  } catch (error) {
    throw ofWholeDiff('diffoscope', error, limits)
  }
}
