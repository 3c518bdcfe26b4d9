/** What `filter_boring` takes for boring in a diffoscope report. */
import type { ReportNode } from '../types.ts'

/** The versions of the two builds; null where a run built no Debian package. */
export interface BuildVersions {
  readonly oldVersion: string | null
  readonly newVersion: string | null
}

/** How text reads once both builds are called by one version. */
export interface Renaming {
  /** Of the old side. */
  readonly old: (text: string) => string
  /** Of the new side. */
  readonly new: (text: string) => string
  /** Of either side: the name of what is on one side only stands for both. */
  readonly either: (text: string) => string
}

/**
 * Calls both versions by the new one up to its last `~`, where the build's own suffix starts. A version inside a longer number is
 * none: without this, versions like `2` and `3` would make real changes equal.
 */
export function createRenaming({ oldVersion, newVersion }: BuildVersions): Renaming {
  const asItIs = (text: string) => text
  if (!newVersion) return { old: asItIs, new: asItIs, either: asItIs }
  const tilde = newVersion.lastIndexOf('~')
  const display = tilde === -1 ? newVersion : newVersion.slice(0, tilde)
  const old = oldVersion ? [oldVersion] : []
  return {
    old: replacing(old, display),
    new: replacing([newVersion], display),
    either: replacing([...old, newVersion], display),
  }
}

function replacing(versions: readonly string[], display: string): (text: string) => string {
  // The longest first, as one may begin with the other.
  const patterns = [...versions].sort((a, b) => b.length - a.length).map(patternOf)
  const pattern = new RegExp(patterns.join('|'), 'g')
  // Most lines hold no version, and `includes` is the faster way to find out.
  return (text) =>
    versions.some((version) => text.includes(version)) ? text.replace(pattern, () => display) : text
}

function patternOf(version: string): string {
  const literal = version.replace(/[^A-Za-z0-9]/g, '\\$&')
  const before = /^\d/.test(version) ? '(?<!\\d)' : ''
  const after = /\d$/.test(version) ? '(?!\\d)' : ''
  return before + literal + after
}

const BORING_ENTRIES = new Set(['Date', 'Distribution', 'Version'])

/** Whether an entry right below the root goes with all that it holds. */
export function isBoringEntry({ source1, source2 }: ReportNode): boolean {
  return (
    (BORING_ENTRIES.has(source1) && BORING_ENTRIES.has(source2)) ||
    (source1.endsWith('.buildinfo') && source2.endsWith('.buildinfo'))
  )
}

/** Whether an entry right below the root has one name for both sides, as a package has that only one run made. */
export function hasOneName({ depth, source1, source2 }: ReportNode): boolean {
  return depth === 1 && source1 === source2
}
