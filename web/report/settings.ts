/** How lines are shown. */
import { preferences } from '../ui/preferences.ts'
import type { Mode } from './items.ts'

/** The URL's settings, or the reader's preferences. */
export function settingsOf(query: URLSearchParams): { mode: Mode; wrap: boolean } {
  const { split, wrap } = preferences()
  const lines = query.get('lines')
  const mode = lines === 'split' || (lines === null && split) ? 'split' : 'unified'
  // Side by side there is little space for long lines.
  return { mode, wrap: query.has('wrap') ? query.get('wrap') === '1' : (wrap ?? mode === 'split') }
}
