/**
 * The filter of the service that Differ replaces, for REST's `filter_boring` alone. It makes the versions of
 * both builds equal in every line and removes the hunks that have become equal. It cannot know whether a
 * version means the build, so it hides and rewrites changes that matter; only old clients get it.
 */
import type { ReportLine, ReportNode } from '../types.ts'
import type { ReportFilter } from './filter-rules.ts'

/** Increase it whenever the filter's result for the same report changes. */
const FILTER_VERSION = 2

export function boringFilter({ oldVersion, newVersion }: BuildVersions): ReportFilter {
  const renaming = createRenaming({ oldVersion, newVersion })
  return {
    facts: ['boring', FILTER_VERSION, oldVersion, newVersion],
    createRules: () => ({
      sourcesOf: (node) => {
        const oneName = hasOneName(node)
        return {
          source1: oneName ? renaming.either(node.source1) : renaming.old(node.source1),
          source2: oneName ? renaming.either(node.source2) : renaming.new(node.source2),
        }
      },
      removesNode: (node) => node.depth === 1 && isBoringEntry(node),
      removesEmpty: ({ children, diff }) => children > 0 || (diff?.hunks ?? 0) > 0,
      rewriteLine: (line) => renamed(line, renaming),
    }),
  }
}

function renamed({ kind, text }: ReportLine, renaming: Renaming): string {
  if (kind === 'removed') return renaming.old(text)
  return kind === 'added' ? renaming.new(text) : text
}

/** The versions of the two builds; null if a run built no Debian package. */
export interface BuildVersions {
  readonly oldVersion: string | null
  readonly newVersion: string | null
}

/** Functions that replace the versions of both builds by one and the same version. */
interface Renaming {
  /** For text of the old side. */
  readonly old: (text: string) => string
  /** For text of the new side. */
  readonly new: (text: string) => string
  /** For text that is on one side only, which may contain either version. */
  readonly either: (text: string) => string
}

/**
 * Replaces both versions by the new one up to its last `~`, where the suffix of the build begins. Does not
 * replace a version within a longer number, because versions such as `2` and `3` would then make different
 * lines equal.
 */
export function createRenaming({ oldVersion, newVersion }: BuildVersions): Renaming {
  const unchanged = (text: string) => text
  if (!newVersion) return { old: unchanged, new: unchanged, either: unchanged }
  const tilde = newVersion.lastIndexOf('~')
  const display = tilde === -1 ? newVersion : newVersion.slice(0, tilde)
  const old = oldVersion ? [oldVersion] : []
  return {
    old: replacer(old, display),
    new: replacer([newVersion], display),
    either: replacer([...old, newVersion], display),
  }
}

function replacer(versions: readonly string[], display: string): (text: string) => string {
  // The longest first, because one version may begin with the other.
  const patterns = [...versions].sort((a, b) => b.length - a.length).map(patternOf)
  const pattern = new RegExp(patterns.join('|'), 'g')
  // Most lines contain no version, and `includes` finds that out faster.
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

/** Whether to remove an entry directly below the root with its whole subtree. */
function isBoringEntry({ source1, source2 }: ReportNode): boolean {
  return (
    (BORING_ENTRIES.has(source1) && BORING_ENTRIES.has(source2)) ||
    (source1.endsWith('.buildinfo') && source2.endsWith('.buildinfo'))
  )
}

/**
 * Whether an entry directly below the root has one name on both sides, as a package in only one of the runs.
 */
function hasOneName({ depth, source1, source2 }: ReportNode): boolean {
  return depth === 1 && source1 === source2
}
