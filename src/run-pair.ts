import { RunNotFoundError, RunNotSuccessfulError } from './errors.ts'
import type { Run, RunPair } from './model.ts'

/** The result code of a run that built what it was to build. */
export const SUCCESS = 'success'

/**
 * Judges two runs as a pair to compare, the old one first.
 * @param runs what was found for the ids, null for nothing
 * @throws RunNotFoundError, RunNotSuccessfulError
 */
export function requirePair(
  oldId: string,
  newId: string,
  runs: { old: Run | null; new: Run | null },
): RunPair {
  return { old: requireSuccessful(oldId, runs.old), new: requireSuccessful(newId, runs.new) }
}

function requireSuccessful(id: string, run: Run | null): Run {
  if (!run) throw new RunNotFoundError(id)
  if (run.resultCode !== SUCCESS) throw new RunNotSuccessfulError(id, run.resultCode)
  return run
}
