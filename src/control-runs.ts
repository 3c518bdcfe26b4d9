/**
 * What makes a run a control run: a build of the unchanged source, with which changes are compared. The farm's
 * database marks control runs in three ways, which normally agree. Each query uses the one that its index serves.
 *
 * - Its revision is its main branch's revision: see `isControlRun`.
 * - Its campaign is one of `CONTROL_CAMPAIGNS`.
 * - Its id is the id of its change set. `findBaselines` in `db/pairs.ts` relies on this, and `importRun` sets it.
 */
import type { Run } from './model.ts'

/** Campaigns whose runs build the unchanged source. The farm uses one or the other, depending on its version. */
export const CONTROL_CAMPAIGNS: readonly string[] = ['control', 'unchanged']

/** Whether the run built its main branch without a change. False for a run without a revision. */
export function isControlRun({ revision, mainBranchRevision }: Run): boolean {
  return revision !== null && revision === mainBranchRevision
}
