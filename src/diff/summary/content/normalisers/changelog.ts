/**
 * CHANGELOG_TOP: the first entry of the Debian changelog, which every build of a changed source has. BINNMU_CHANGELOG: an entry of a binary-only
 * upload, which a rebuild in the archive adds. Everything below that entry must be equal.
 */
import type { SideContext } from '../content.ts'
import { hole, type TextNormaliser } from '../normaliser.ts'
import { isDebianChangelog } from './file-types.ts'

const ENTRY_HEAD = /^[a-z0-9][a-z0-9+.-]* \(([^)\s]+)\) [^;\n]+;.*$/im

export const changelogTop: TextNormaliser = {
  class: 'CHANGELOG_TOP',
  appliesTo: isDebianChangelog,
  normalise(text, side, other) {
    const [entry, version] = firstEntry(text)
    // The other side is the build without this entry: its own first entry stands below, and must be equal.
    if (isBaseOf(side, other)) return text
    if (isBaseOf(other, side) && version === side.version) return text.slice(entry.length).replace(/^\n+/, '')
    // Only an entry of this very build; and where both sides have the same version, it should be equal.
    const isOwn = version === side.version || version === side.sourceVersion
    if (!isOwn || side.version === other.version) return text
    return hole('CHANGELOG_TOP') + text.slice(entry.length).replace(/^\n+/, '')
  },
}

/**
 * Whether the other side is this version with a suffix such as `~jan+lint1` or `+b1`, which tools for campaigns add together with a
 * changelog entry. Two builds of campaigns have one such entry each, and the new one replaces the old one.
 */
function isBaseOf({ version }: SideContext, { version: other }: SideContext): boolean {
  return (
    version !== other && /^(?:~[a-z]|\+b\d)/i.test(other.slice(version.length)) && other.startsWith(version)
  )
}

export const binnmuChangelog: TextNormaliser = {
  class: 'BINNMU_CHANGELOG',
  appliesTo: isDebianChangelog,
  normalise(text, side) {
    const [entry, version] = firstEntry(text)
    if (version !== side.version) return text
    if (!/^ {2}\* Binary-only non-maintainer upload for \S+; no source changes\.$/m.test(entry)) return text
    return text.slice(entry.length).replace(/^\n+/, '')
  },
}

/** The first entry up to its trailer line, and its version; two empty strings where the text begins otherwise. */
export function firstEntry(text: string): [entry: string, version: string] {
  const [head, version] = ENTRY_HEAD.exec(text.slice(0, 4096)) ?? []
  if (head === undefined || version === undefined || !text.startsWith(head)) return ['', '']
  const trailer = /^ -- .*$/m.exec(text)
  return trailer ? [text.slice(0, trailer.index + trailer[0].length), version] : ['', '']
}

const TRIM_NOTICE = /(?:\n+# [^\n]*)+\n*$/
const TRIM_NOTICE_LENGTH = 500

/** Without the comment at the end that dh_installchangelogs leaves where it has left out old entries. */
function withoutNotice(changelog: string): string {
  const notice = TRIM_NOTICE.exec(changelog.slice(-TRIM_NOTICE_LENGTH))?.[0] ?? ''
  return changelog.slice(0, changelog.length - notice.length)
}

/**
 * Whether a Debian changelog has new entries at the top, the first of which is of this build, and is equal below them. Old entries may be left out at
 * the end, as dh_installchangelogs does.
 */
export function hasOnlyNewEntries(old: string, newer: string, side: SideContext): boolean {
  const [oldest] = firstEntry(old)
  const [newest, version] = firstEntry(newer)
  if (oldest === '' || (version !== side.version && version !== side.sourceVersion)) return false
  let rest = newer.slice(newest.length).replace(/^\n+/, '')
  while (!rest.startsWith(oldest)) {
    const [entry] = firstEntry(rest)
    if (entry === '') return false
    rest = rest.slice(entry.length).replace(/^\n+/, '')
  }
  if (rest === old) return true
  const kept = withoutNotice(rest)
  const before = withoutNotice(old)
  if (kept === rest) return false
  return before.startsWith(kept) && /^(?:$|\n\n+[a-z0-9])/.test(before.slice(kept.length))
}
