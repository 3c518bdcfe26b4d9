/**
 * What a job does: makes the summary and both diffs of its pair, or the report of its file, under the limits of
 * background work.
 */
import type { DiffEngine } from '../diff/engine.ts'
import type { MakeOptions } from '../diff/engine-options.ts'
import { firstFailure, limitsMayHelp, passingFailure } from '../diff/making/lack.ts'
import type { StoredResult } from '../diff/stored/stored-diffs.ts'
import type { StoredFile } from '../diff/stored/stored-file.ts'
import { DiffCommandMemoryError, DiffCommandTimeoutError, InvalidPackageError } from '../errors.ts'
import type { DiffProgress, Limits, ResultKind, RunPair } from '../model.ts'
import type { JobHandler, JobPair, RunningStatus } from './queue.ts'

export interface JobHandlerOptions {
  readonly engine: DiffEngine
  /** @throws RunNotFoundError, RunNotSuccessfulError, DatabaseUnavailableError */
  readonly loadPair: (oldId: string, newId: string) => Promise<RunPair>
  readonly limits: Limits
  readonly retrievalTimeoutMs: number
  /**
   * Resolves when the process has enough memory for background work.
   * @throws `signal.reason` when it aborts
   */
  readonly waitForMemory?: (signal: AbortSignal) => Promise<void>
}

/** In the order in which they are made, with the share of each in a job's progress: the summary is there first, diffoscope takes most of the time. */
const SHARES: readonly (readonly [ResultKind, number])[] = [
  ['summary', 0.05],
  ['debdiff', 0.05],
  ['diffoscope', 0.9],
]

/** The summary needs only to read the packages, and takes little more time than to retrieve them. */
const STATUS: Readonly<Record<DiffProgress['stage'], RunningStatus>> = {
  retrieving: 'RETRIEVING',
  summary: 'RETRIEVING',
  debdiff: 'DEBDIFF',
  diffoscope: 'DIFFOSCOPE',
}

const ORDER: readonly RunningStatus[] = ['RETRIEVING', 'DEBDIFF', 'DIFFOSCOPE']

type Make = (options: MakeOptions) => Promise<StoredResult | StoredFile | null>

/** Each diff retrieves the packages again if they are no longer there, but a job's status only goes forward. */
function laterOf(one: RunningStatus, other: RunningStatus): RunningStatus {
  return ORDER.indexOf(other) > ORDER.indexOf(one) ? other : one
}

/**
 * Whether the summary and both diffs of a pair are cached, or a report that lacks packages which jobs with
 * `options.limits` would not get either. Opens neither the database nor a report.
 * @param options see `DiffEngine.has`
 */
export async function isCached(
  engine: DiffEngine,
  { oldId, newId, file, summaryOnly }: JobPair,
  options: { readonly quick?: boolean; readonly limits?: Limits } = {},
): Promise<boolean> {
  // Which entry has the report of a file is known only when its packages have been opened.
  if (file) return false
  // Its job is cheap then, and the state may not know the summary.
  if (summaryOnly) return false
  for (const [kind] of SHARES) if (!(await engine.entries.has(kind, oldId, newId, options))) return false
  return true
}

export function createJobHandler(options: JobHandlerOptions): JobHandler {
  const { engine, loadPair, limits, retrievalTimeoutMs, waitForMemory } = options
  return async (ids, { signal, report }) => {
    if (await isCached(engine, ids, { limits })) return 'cached'
    const pair = await loadPair(ids.oldId, ids.newId)
    let completed = 0
    let reached: RunningStatus = 'RETRIEVING'
    const makePart = async (share: number, make: Make) => {
      const onProgress = ({ stage, step, fraction }: DiffProgress) => {
        reached = laterOf(reached, STATUS[stage])
        report({ status: reached, step, fraction: completed + fraction * share })
      }
      const makeOptions = { limits, retrievalTimeoutMs, urgency: 'background', signal, onProgress } as const
      await waitForMemory?.(signal)
      await makeWhole(limits, () => make(makeOptions))
      completed += share
    }
    const { file } = ids
    if (file) {
      await makePart(1, (makeOptions) => engine.files.get(pair, file, true, makeOptions))
      return 'made'
    }
    if (ids.summaryOnly) {
      const cached = await engine.entries.has('summary', ids.oldId, ids.newId, { limits })
      await makePart(1, (makeOptions) => engine.make('summary', pair, makeOptions))
      return cached ? 'cached' : 'made'
    }
    let invalid: InvalidPackageError | null = null
    for (const [kind, share] of SHARES)
      try {
        await makePart(share, (makeOptions) => engine.make(kind, pair, makeOptions))
      } catch (error) {
        if (!(error instanceof InvalidPackageError)) throw error
        // diffoscope compares the other packages all the same.
        invalid ??= error
        completed += share
      }
    if (invalid) throw invalid
    return 'made'
  }
}

/**
 * A job that joins a diff started by a request shares the request's smaller limits. If it fails by them, or the
 * report lacks packages because of them, try again.
 * @throws why the report lacks a package
 */
async function makeWhole(
  limits: Limits,
  make: () => Promise<StoredResult | StoredFile | null>,
): Promise<void> {
  for (;;) {
    try {
      const lacks = (await make())?.entry.origin.lacks
      if (!lacks) return
      if (!limitsMayHelp(lacks, limits)) throw passingFailure(lacks) ?? firstFailure(lacks)
    } catch (error) {
      const hitSmallerLimit =
        (error instanceof DiffCommandTimeoutError && error.limitMs < limits.timeoutMs) ||
        (error instanceof DiffCommandMemoryError && error.limitBytes < limits.memoryBytes)
      if (!hitSmallerLimit) throw error
    }
  }
}
