import { RunNotFoundError, RunNotSuccessfulError } from './errors.ts'
import type { Run, RunPair } from './model.ts'

/** The result code of a successful run. */
export const SUCCESS = 'success'

/**
 * Checks that two runs can be compared.
 * @param runs the runs with these ids; null if there is none
 * @throws RunNotFoundError, RunNotSuccessfulError
 */
export function requirePair(
  oldId: string,
  newId: string,
  runs: { old: Run | null; new: Run | null },
): RunPair {
  return { old: requireSuccessful(oldId, runs.old), new: requireSuccessful(newId, runs.new) }
}

/**
 * Loads two runs and checks that they can be compared.
 * @param load returns the runs in the order of the ids, null for an unknown one
 * @throws RunNotFoundError, RunNotSuccessfulError, and the errors of `load`
 */
export async function loadRunPair(
  oldId: string,
  newId: string,
  load: (ids: readonly string[]) => Promise<readonly (Run | null)[]>,
): Promise<RunPair> {
  const [oldRun = null, newRun = null] = await load([oldId, newId])
  return requirePair(oldId, newId, { old: oldRun, new: newRun })
}

function requireSuccessful(id: string, run: Run | null): Run {
  if (!run) throw new RunNotFoundError(id)
  if (run.resultCode !== SUCCESS) throw new RunNotSuccessfulError(id, run.resultCode)
  return run
}
