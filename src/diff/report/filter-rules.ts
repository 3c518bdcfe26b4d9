/** What `filter_boring` takes for boring in a diffoscope report. */
import type { ReportNode } from './types.ts'

/** The versions of the two builds; null where a run built no Debian package. */
export interface BuildVersions {
  readonly oldVersion: string | null
  readonly newVersion: string | null
}

/** How each side's text reads once both builds are called by one version. */
export interface Renaming {
  readonly old: (text: string) => string
  readonly new: (text: string) => string
}

/**
 * Calls both versions by the new one up to its last `~`, where the build's own suffix starts. A version inside a longer number is
 * none: without this, versions like `2` and `3` would make real changes equal.
 */
export function renaming({ oldVersion, newVersion }: BuildVersions): Renaming {
  if (!newVersion) return { old: (text) => text, new: (text) => text }
  const tilde = newVersion.lastIndexOf('~')
  const display = tilde === -1 ? newVersion : newVersion.slice(0, tilde)
  return { old: replacing(oldVersion, display), new: replacing(newVersion, display) }
}

function replacing(version: string | null, display: string): (text: string) => string {
  if (!version) return (text) => text
  const literal = version.replace(/[^A-Za-z0-9]/g, '\\$&')
  const before = /^\d/.test(version) ? '(?<!\\d)' : ''
  const after = /\d$/.test(version) ? '(?!\\d)' : ''
  const pattern = new RegExp(before + literal + after, 'g')
  // Most lines hold no version, and `includes` is the faster way to find out.
  return (text) => (text.includes(version) ? text.replace(pattern, () => display) : text)
}

const BORING_ENTRIES = new Set(['Date', 'Distribution', 'Version'])

/** Whether an entry right below the root goes with all that it holds. */
export function isBoringEntry({ source1, source2 }: ReportNode): boolean {
  return (
    (BORING_ENTRIES.has(source1) && BORING_ENTRIES.has(source2)) ||
    (source1.endsWith('.buildinfo') && source2.endsWith('.buildinfo'))
  )
}
