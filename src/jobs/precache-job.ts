/** What a job does: both diffs of its pair, under the limits of the background. */
import type { DiffEngine } from '../diff/engine.ts'
import { DiffCommandMemoryError, DiffCommandTimeoutError } from '../errors.ts'
import type { DiffKind, DiffProgress, Limits, RunPair } from '../model.ts'
import type { JobHandler, JobPair, RunningStatus } from './queue.ts'

export interface JobHandlerOptions {
  readonly engine: DiffEngine
  /** @throws RunNotFoundError, RunNotSuccessfulError, DatabaseUnavailableError */
  readonly loadPair: (oldId: string, newId: string) => Promise<RunPair>
  readonly limits: Limits
  readonly retrievalTimeoutMs: number
  /** Resolves when the process has the memory for work that nobody waits for. @throws the signal's reason when it aborts */
  readonly waitForMemory?: (signal: AbortSignal) => Promise<void>
}

/** What each kind counts in a job's progress: diffoscope is the long one. */
const SHARES: readonly (readonly [DiffKind, number])[] = [
  ['debdiff', 0.1],
  ['diffoscope', 0.9],
]

const STATUS: Readonly<Record<DiffProgress['stage'], RunningStatus>> = {
  retrieving: 'RETRIEVING',
  debdiff: 'DEBDIFF',
  diffoscope: 'DIFFOSCOPE',
}

/** Whether both diffs of a pair are cached; neither the database nor a report is opened. */
export async function isCached(engine: DiffEngine, { oldId, newId }: JobPair): Promise<boolean> {
  return (await engine.has('debdiff', oldId, newId)) && (await engine.has('diffoscope', oldId, newId))
}

/** The work of the jobs. */
export function createJobHandler({
  engine,
  loadPair,
  limits,
  retrievalTimeoutMs,
  waitForMemory,
}: JobHandlerOptions): JobHandler {
  return async (ids, { signal, report }) => {
    if (await isCached(engine, ids)) return 'cached'
    const pair = await loadPair(ids.oldId, ids.newId)
    let before = 0
    for (const [kind, share] of SHARES) {
      const onProgress = ({ stage, step, fraction }: DiffProgress) =>
        report({ status: STATUS[stage], step, fraction: before + fraction * share })
      const options = { limits, retrievalTimeoutMs, urgency: 'background', signal, onProgress } as const
      await waitForMemory?.(signal)
      await untilLimitsAreOurs(limits, () => engine.make(kind, pair, options))
      before += share
    }
    return 'made'
  }
}

/** Whoever joins a diff that a request has begun shares its limits, which are smaller: what fails by those is begun again. */
async function untilLimitsAreOurs<T>(limits: Limits, make: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await make()
    } catch (error) {
      const isAnothers =
        (error instanceof DiffCommandTimeoutError && error.limitMs < limits.timeoutMs) ||
        (error instanceof DiffCommandMemoryError && error.limitBytes < limits.memoryBytes)
      if (!isAnothers) throw error
    }
  }
}
