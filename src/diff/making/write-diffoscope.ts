/** From two sets of packages to a diffoscope report in a file: one run of diffoscope for each pair of packages. */
import { createHash } from 'node:crypto'
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DiffCommandTimeoutError, InvalidPackageError } from '../../errors.ts'
import type { LocalPackage } from '../../model.ts'
import { serializeError } from '../../serialize-error.ts'
import { annotate } from '../../tracing.ts'
import { assembleReport, oneSided, type ReportPart } from '../report/assemble.ts'
import { NOT_COMPARED, WITHOUT_MD5SUMS } from '../report/scan/incomplete.ts'
import { removeTree } from '../tools/remove-tree.ts'
import { type DiffoscopeOutcome, runDiffoscope } from '../tools/run-diffoscope.ts'
import { Deadline } from './deadline.ts'
import { isOfPackage } from './lack.ts'
import { type PackagePair, pairName, pairPackages } from './package-pairs.ts'
import { type StagedPair, stagePair, stageWithoutMd5sums } from './stage-pair.ts'
import { WeightedProgress } from './weighted-progress.ts'
import { checkDataArchives, ofWholeDiff, type WriteContext, type WrittenFacts } from './write-diff.ts'

/** A report of several packages may take longer: a start of diffoscope takes seconds on a busy machine. */
const EXTRA_MS_PER_PACKAGE = 4_000
/** With the defaults, a report that a request waits for is made before the operation is stopped. */
const MAX_EXTRA_MS = 100_000
/** So that one package that takes all its time leaves as much for the others. */
const WHOLE_FACTOR = 2
/** Of what a tool printed, in a record of its failure. */
const MAX_STDERR_LENGTH = 4_000

type BothPackages = Extract<PackagePair<LocalPackage>, { old: object; new: object }>

/** What all pairs of a report share. */
interface Work {
  readonly command: readonly string[]
  readonly context: WriteContext
  readonly progress: WeightedProgress
  /** Of the whole report. */
  readonly whole: Deadline
}

/** What one pair contributes to the report. */
interface PairResult {
  readonly parts: readonly ReportPart[]
  readonly lacksTools: boolean
  /** Why it could not be compared. */
  readonly failure?: Error
  /** Whether diffoscope compared it, now or earlier. */
  readonly byTool?: boolean
}

const NOTHING: PairResult = { parts: [], lacksTools: false }

/**
 * Runs diffoscope for each pair of packages that differ, several at once, and assembles the reports in the
 * order of the names. The part of each pair is kept as soon as it is made. A pair that cannot be compared has
 * an entry that says so.
 * @param command diffoscope's command line, without the arguments that Differ adds
 * @returns `lacks` if any pair could not be compared for lack of time or memory, or because a package is broken
 * @throws as `runDiffoscope` if the tool could compare no pair, or the failure would concern every pair
 */
export async function writeDiffoscope(
  command: readonly string[],
  context: WriteContext,
): Promise<WrittenFacts> {
  const { limits } = context
  const pairs = pairPackages(context.oldPackages, context.newPackages, context.areFiles)
  const abort = new AbortController()
  const signal = AbortSignal.any([context.signal, abort.signal])
  const extraMs = Math.min(MAX_EXTRA_MS, EXTRA_MS_PER_PACKAGE * pairs.length)
  const wholeMs = WHOLE_FACTOR * limits.timeoutMs + extraMs
  const work: Work = {
    command,
    context: { ...context, signal },
    progress: new WeightedProgress(pairs, context.onProgress),
    whole: new Deadline('diffoscope', wholeMs),
  }
  const tasks = pairs.map(async (pair, index) => {
    const result = await pairResult(work, pair, index)
    work.progress.done(index)
    return result
  })
  try {
    const results = await Promise.all(tasks)
    assertUseful(results)
    await writeReport(
      context.outputPath,
      results.flatMap(({ parts }) => parts),
      signal,
    )
    const packages = results.flatMap(({ failure }, index) => {
      const pair = pairs[index]
      return failure && pair ? [lackingPackage(pair, failure)] : []
    })
    return {
      lacksTools: results.some(({ lacksTools }) => lacksTools),
      ...(packages.length > 0 && { lacks: { packages, limits } }),
    }
  } catch (error) {
    // One such failure fails the diff. The other tools must end before their directories are removed.
    abort.abort(error)
    await Promise.allSettled(tasks)
    throw error
  }
}

/** @throws the first failure, unless the tool has compared another pair: then it works, and the report says something */
function assertUseful(results: readonly PairResult[]): void {
  const first = results.find(({ failure }) => failure)?.failure
  if (first && !results.some(({ byTool }) => byTool)) throw first
}

function lackingPackage({ old, new: newer }: PackagePair<LocalPackage>, failure: Error) {
  const { stack: _, ...error } = serializeError(failure)
  const { stderr } = error
  return {
    old: old?.filename ?? null,
    new: newer?.filename ?? null,
    error: { ...error, ...(typeof stderr === 'string' && { stderr: stderr.slice(-MAX_STDERR_LENGTH) }) },
  }
}

/**
 * Assembles a report in a new file.
 * @returns the SHA-256 of the file, in hexadecimal
 * @throws as `assembleReport`; `signal.reason`
 */
export async function writeReport(
  path: string,
  parts: readonly ReportPart[],
  signal: AbortSignal,
): Promise<string> {
  const hash = createHash('sha256')
  const file = await open(path, 'wx')
  try {
    await assembleReport(parts, async (chunk) => {
      signal.throwIfAborted()
      hash.update(chunk)
      await file.writeFile(chunk)
    })
    return hash.digest('hex')
  } finally {
    await file.close()
  }
}

/** What the report says about one pair. @throws what concerns every pair */
async function pairResult(work: Work, pair: PackagePair<LocalPackage>, index: number): Promise<PairResult> {
  try {
    for (const one of [pair.old, pair.new])
      if (one?.invalid !== undefined) throw new InvalidPackageError(one.filename, one.invalid)
    if (!pair.new) return { ...NOTHING, parts: [oneSided(pair.old.filename, 'old')] }
    if (!pair.old) return { ...NOTHING, parts: [oneSided(pair.new.filename, 'new')] }
    return await comparedPair(work, pair, index)
  } catch (error) {
    const { signal, causeOf, parts } = work.context
    if (signal.aborted || !isOfPackage(error)) throw error
    const cause = await causeOf(error)
    if (cause !== error) throw cause
    parts.failed()
    return {
      parts: [{ ...sourcesOf(pair), comment: `${NOT_COMPARED}${pairName(pair)}: ${error.message}` }],
      // Newer tools may do better.
      lacksTools: true,
      failure: error,
    }
  }
}

function sourcesOf({ old, new: newer }: PackagePair): { source1: string; source2: string } {
  return { source1: (old ?? newer).filename, source2: (newer ?? old).filename }
}

/** The kept part of a pair, or one that is made now and kept. */
async function comparedPair(work: Work, pair: BothPackages, index: number): Promise<PairResult> {
  const { context } = work
  const { signal, parts, outputDir } = context
  const key = await parts.keyOf(pair.old, pair.new, signal)
  if (key.areEqual) return NOTHING
  const reportPath = join(outputDir, `${index}.part`)
  const kept = await parts.take(key, reportPath, signal)
  if (kept) return { parts: [{ reportPath }], lacksTools: kept.lacksTools, byTool: true }
  const { sha256, lacksTools } = await context.inSlot(async () => {
    work.progress.begin(index)
    annotate({ 'differ.package': pairName(pair) })
    const jsonPath = join(outputDir, `${index}.json`)
    const made = await runOnPair(work, pair, index, jsonPath)
    const digest = await writeReport(reportPath, made.parts, signal)
    await rm(jsonPath, { force: true })
    return { sha256: digest, lacksTools: made.lacksTools }
  })
  await parts.keep(key, reportPath, { sha256, lacksTools })
  return { parts: [{ reportPath }], lacksTools, byTool: true }
}

/** Runs diffoscope on a pair; once more without the md5sums if it crashes. */
async function runOnPair(
  work: Work,
  pair: BothPackages,
  index: number,
  jsonPath: string,
): Promise<Pick<PairResult, 'parts' | 'lacksTools'>> {
  const { context, whole, progress } = work
  const { limits, workDir } = context
  const { old, new: newer } = pair
  const sources = sourcesOf(pair)
  const own = new Deadline('diffoscope', limits.timeoutMs)
  const dir = join(workDir, `copies-${index}`)
  const limited = () => {
    const timeoutMs = Math.min(own.remainingMs(), whole.remainingMs())
    return { ...context, limits: { ...limits, timeoutMs } }
  }
  const run = (staged: Pick<StagedPair, 'oldPath' | 'newPath'>) =>
    runOn(work.command, limited(), staged, jsonPath, (fraction) => progress.advance(index, fraction))
  const commented = (comment: string) => ({ ...sources, comment })
  try {
    // diffoscope would compare a broken archive as bytes, and call the report complete.
    await checkDataArchives([old, newer], context)
    const staged = await stagePair(old, newer, { ...limited(), dir })
    const { outcome, lacksTools } = await run(staged)
    const notes = staged.note === null ? [] : [commented(staged.note)]
    if (outcome === 'differs') return { parts: [...notes, { ...sources, jsonPath }], lacksTools }
    await rm(jsonPath, { force: true })
    if (outcome === 'same') return { parts: notes, lacksTools }
    await removeTree(dir)
    const again = await run(await stageWithoutMd5sums(old, newer, { ...limited(), dir }))
    if (again.outcome === 'differs')
      return {
        parts: [commented(WITHOUT_MD5SUMS + outcome.crash), { ...sources, jsonPath }],
        lacksTools: true,
      }
    const reason = again.outcome === 'same' ? WITHOUT_MD5SUMS : NOT_COMPARED
    return { parts: [commented(reason + outcome.crash)], lacksTools: true }
  } catch (error) {
    // A timeout has the limit that is configured, not what was left of it.
    throw error instanceof DiffCommandTimeoutError ? ofWholeDiff('diffoscope', error, limits) : error
  } finally {
    await removeTree(dir)
  }
}

function runOn(
  command: readonly string[],
  { sandbox, limits, signal, workDir, onToolEnd }: WriteContext,
  { oldPath, newPath }: Pick<StagedPair, 'oldPath' | 'newPath'>,
  outputPath: string,
  onProgress: (fraction: number) => void,
): Promise<DiffoscopeOutcome> {
  return runDiffoscope(oldPath, newPath, {
    command,
    sandbox,
    limits,
    signal,
    workDir,
    outputPath,
    onEnd: onToolEnd,
    onProgress,
  })
}
