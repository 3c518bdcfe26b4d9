/** Makes diffs on request: see the mutation `makeDiffs`. */
import type { StoredResult } from '../diff/stored/stored-diffs.ts'
import { DifferError } from '../errors.ts'
import type { PrecacheJob } from '../jobs/queue.ts'
import type { FileAddress, ResultKind, RunPair } from '../model.ts'
import { DiffNotReadyError } from '../services/diff-service.ts'
import { loadFile } from './comparison.ts'
import type { Context } from './context.ts'
import { type ComparisonKey, loadComparison } from './find-comparison.ts'
import type { FileReportView } from './open-reports.ts'
import { orFailure } from './or-failure.ts'
import { requirePermission } from './permission.ts'

type Optional<T> = T | null | undefined

export interface MakeDiffsInput {
  readonly comparison: ComparisonKey
  /** What to make; everything but files without it. */
  readonly make?: Optional<{
    readonly tools?: Optional<readonly ResultKind[]>
    readonly file?: Optional<Partial<{ [K in keyof FileAddress]: Optional<string> }>>
  }>
  readonly wait: boolean
}

export interface MadeDiffs {
  readonly pair: RunPair
  readonly job: PrecacheJob | null
  /** Of the diffs that could not be made, in the order of the tools. */
  readonly failures: readonly DifferError[]
  readonly report: FileReportView | DifferError | null
}

const ALL_KINDS: readonly ResultKind[] = ['summary', 'debdiff', 'diffoscope']

/**
 * Makes what is not cached, or queues a job for it. What is cached needs no permission.
 * @throws as `loadComparison` and `requirePermission`; QueueUnavailableError and OverloadedError if no job could
 *   be queued
 */
export async function makeDiffs(
  { comparison, make, wait }: MakeDiffsInput,
  context: Context,
): Promise<MadeDiffs> {
  const pair = await loadComparison(comparison, context)
  const made = make?.file
    ? await makeFile(pair, make.file, wait, context)
    : await makeResults(pair, make?.tools ?? ALL_KINDS, wait, context)
  // What the fields of the comparison find in the cache has changed.
  context.resources.renew()
  // A cache of a client takes one state of a job from a response.
  if (made.job && !make?.file) context.resources.loaders.job.prime(pair, made.job)
  return { pair, ...made }
}

async function makeResults(
  pair: RunPair,
  kinds: readonly ResultKind[],
  wait: boolean,
  context: Context,
): Promise<Omit<MadeDiffs, 'pair'>> {
  const { services, resources, client, signal } = context
  const missingOf = async (wanted: readonly ResultKind[]) => {
    const cached = await Promise.all(wanted.map((kind) => resources.loaders.cachedDiff.load({ kind, pair })))
    return wanted.filter((_, index) => !isWhole(cached[index] ?? null))
  }
  const requested = await missingOf([...new Set(kinds)])
  // Fields of a diff that is made need the summary, so it is made with it; a diff of the old service stays as it is.
  const needsSummary = requested.length > 0 && !requested.includes('summary')
  const missing = [...(needsSummary ? await missingOf(['summary']) : []), ...requested]
  if (missing.length === 0) return { job: null, failures: [], report: null }
  requirePermission('makeDiffs', context)
  if (!wait) {
    const job = await services.queue.enqueue({ oldId: pair.old.id, newId: pair.new.id }, 'REQUEST', client)
    return { job, failures: [], report: null }
  }
  const results = await Promise.all(
    missing.map((kind) =>
      orFailure<unknown>(services.diffService.diff(kind, pair, 'WAIT', { client, signal })),
    ),
  )
  const failures = results.filter((result) => result instanceof DifferError)
  // A tool that took too long is tried again in the background.
  return { job: await services.diffService.findJob(pair), failures, report: null }
}

/** A report that lacks packages is made again, as far as that may help. */
function isWhole(stored: StoredResult | null): boolean {
  return stored !== null && !stored.entry.origin.lacks
}

async function makeFile(
  pair: RunPair,
  {
    package: name,
    path,
    oldPath = null,
    oldPackage = null,
  }: Partial<{ [K in keyof FileAddress]: Optional<string> }>,
  wait: boolean,
  context: Context,
): Promise<Omit<MadeDiffs, 'pair'>> {
  const file = { package: name ?? '', path: path ?? '', oldPath, oldPackage }
  const report = await orFailure(loadFile(pair, { ...file, mode: wait ? 'WAIT' : 'ENQUEUE' }, context))
  const failure: unknown = report
  const job = failure instanceof DiffNotReadyError ? failure.job : null
  return { job, failures: [], report }
}
