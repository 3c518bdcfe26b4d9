/** What becomes of the packages that a diffoscope report lacks. */
import { mayImprove } from '../diff/making/lack.ts'
import type { StoredDiffoscope } from '../diff/stored/stored-diffoscope.ts'
import { InvalidPackageError } from '../errors.ts'
import { hasEnded, type PrecacheJob } from '../jobs/queue.ts'
import type { Limits } from '../model.ts'

/**
 * - `PENDING`: a job that makes them is queued or runs;
 * - `POSSIBLE`: a job may make them, but none is queued;
 * - `NEVER`: it would fail again.
 */
export type RetryState = 'PENDING' | 'POSSIBLE' | 'NEVER'

export interface ReportRetry {
  readonly state: RetryState
  /** The pair's job; null if there is none. */
  readonly job: PrecacheJob | null
  /** For people. */
  readonly reason: string
}

/** Whether a background job may make what the report lacks. */
export function isWorthRetrying({ entry }: StoredDiffoscope, limits: Limits): boolean {
  return mayImprove(entry, { limits, urgency: 'background' })
}

/** @param limits of background jobs */
export function retryOf(report: StoredDiffoscope, job: PrecacheJob | null, limits: Limits): ReportRetry {
  if (!isWorthRetrying(report, limits)) return { state: 'NEVER', job, reason: neverReason(report) }
  if (job && !hasEnded(job))
    return { state: 'PENDING', job, reason: 'A background job tries the missing packages again' }
  return {
    state: 'POSSIBLE',
    job,
    reason: 'A background job may succeed; queue one with the mutation makeDiffs',
  }
}

function neverReason({ missing }: StoredDiffoscope): string {
  return missing.every(({ error }) => error instanceof InvalidPackageError)
    ? 'Not tried again, because the packages are broken; replace them in the artifact store'
    : 'Not tried again, because it failed under the limits of background jobs, too; raise ' +
        '--precache-timeout or --precache-memory-limit, or install a newer diffoscope'
}
