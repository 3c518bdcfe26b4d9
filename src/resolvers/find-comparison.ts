/** Finds the two runs that an input names. */
import { RunNotSuccessfulError, UsageError } from '../errors.ts'
import type { RunPair } from '../model.ts'
import { SUCCESS } from '../run-pair.ts'
import { loadBaselinePair, loadPair } from './comparison.ts'
import type { Context } from './context.ts'
import { pairOfId } from './diff-ids.ts'
import { loadRun } from './runs.ts'

type Optional<T> = T | null | undefined

/** Exactly one of these is given: the schema has them as `@oneOf`. */
export interface ComparisonKey {
  readonly id?: Optional<string>
  readonly runs?: Optional<{ readonly old: string; readonly new: string }>
  readonly ofRun?: Optional<string>
}

/**
 * @throws RunNotFoundError; RunNotSuccessfulError; DatabaseUnavailableError; UsageError for an id that is not that
 *   of a comparison, and for a run without a baseline
 */
export async function loadComparison({ id, runs, ofRun }: ComparisonKey, context: Context): Promise<RunPair> {
  if (runs) return loadPair(runs.old, runs.new, context)
  if (id != null) {
    const pair = pairOfId(id)
    if (!pair)
      throw new UsageError(
        `"${id.slice(0, 200)}" is not the id of a comparison; take it from \`Comparison.id\``,
      )
    return loadPair(pair.oldId, pair.newId, context)
  }
  const run = await loadRun(ofRun ?? '', context)
  if (run.resultCode !== SUCCESS) throw new RunNotSuccessfulError(run.id, run.resultCode)
  const pair = await loadBaselinePair(run, undefined, context)
  if (!pair) throw new UsageError(`The run "${run.id}" has no baseline to compare it with; name both runs`)
  return pair
}
