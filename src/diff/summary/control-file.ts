/** The file `control` of a package: what differs in it stands in `Summary.fields`, field by field. */
import type { FileSummary } from './types.ts'

export const CONTROL_FILE = 'control/control'

/** Whether nothing but fields differs in a file, of its attributes nothing but the time. */
export function hasOnlyFieldChanges({ path, change, old, new: newer }: FileSummary): boolean {
  return path === CONTROL_FILE && change === 'CHANGED' && old === undefined && newer === undefined
}
