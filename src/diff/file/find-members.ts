/** Finds the two members that an address names. */
import { FileNotFoundError } from '../../errors.ts'
import type { FileAddress } from '../../model.ts'
import type { Entry } from '../package/entry-record.ts'
import { EntryTable } from '../package/entry-table.ts'
import type { PackageContents } from '../package/package-contents.ts'
import type { RunSide } from '../summary/changes.ts'
import type { SideContext } from '../summary/content/content.ts'
import { movedFiles, versionedFiles } from '../summary/counterparts.ts'
import { shownPath } from '../summary/shown.ts'
import { sideContext } from '../summary/side-context.ts'
import { packageSide } from '../summary/sides.ts'

/** A member of one side's package. */
export interface Member {
  readonly contents: PackageContents
  readonly isControl: boolean
  readonly entry: Entry
  /** The entry with the content: of a hard link, its target; null for what has no content. */
  readonly content: Entry | null
  /** For people: bytes that are not UTF-8 and control characters are escaped. */
  readonly name: string
}

/** At least one side has a member. */
export interface MemberPair {
  readonly old: Member | null
  readonly new: Member | null
}

const CONTROL = 'control/'
/** Of more files that came or went, none is paired with another one. */
const MAX_CANDIDATES = 20_000
/** The context of a side needs none of the other packages. */
const NO_RUN: RunSide = { versions: new Map(), buildIds: new Set() }

/**
 * The members at the paths of the address. A file that only one side has, at a path that the address does not
 * name, is paired with its counterpart that only the other side has.
 * @throws FileNotFoundError
 */
export function findMembers(
  old: PackageContents | null,
  newer: PackageContents | null,
  { package: name, path, oldPath, oldPackage }: FileAddress,
): MemberPair {
  const after = newer && memberAt(newer, path)
  const before = old && memberAt(old, oldPath ?? path)
  const namesBoth = oldPath !== null || oldPackage !== null
  if (namesBoth && !before) throw new FileNotFoundError(oldPackage ?? name, oldPath ?? path)
  if (!after && (namesBoth || !before)) throw new FileNotFoundError(name, path)
  if (after && !before && old && newer) return { old: counterpart(after, old, newer, 'new'), new: after }
  if (before && !after && old && newer) return { old: before, new: counterpart(before, old, newer, 'old') }
  return { old: before, new: after }
}

/** What a report of the member depends on, as text. */
export function keyOfMember(member: Member | null): string {
  if (!member) return ''
  const { name, isControl, entry, content } = member
  const { type, mode, uid, gid, owner, group, link, device } = entry
  return JSON.stringify([
    name,
    isControl,
    type,
    mode,
    uid,
    gid,
    owner,
    group,
    link,
    device,
    content?.kind ?? null,
    content?.sha256 ?? null,
  ])
}

function memberAt(contents: PackageContents, shown: string): Member | null {
  const path = shown.replace(/^\.?\/+/, '')
  if (path === 'control') {
    const root = contents.control.find('')
    if (root && !contents.data.find(path)) return member(contents, root, true)
  }
  for (const bytes of candidatesOf(path)) {
    const control = bytes.startsWith(CONTROL) && contents.control.find(bytes.slice(CONTROL.length))
    if (control) return member(contents, control, true)
    const data = contents.data.find(bytes)
    if (data) return member(contents, data, false)
  }
  return null
}

/** The paths, one character for each byte, that are shown like this. */
function candidatesOf(shown: string): string[] {
  const plain = Buffer.from(shown, 'utf8').toString('latin1')
  const unescaped = plain.replace(/\\x([0-9a-f]{2})/g, (_, hex) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
  return [plain, ...(unescaped === plain ? [] : [unescaped])]
}

function member(contents: PackageContents, entry: Entry, isControl: boolean): Member {
  const target = entry.type === 'hardlink' && !isControl ? contents.data.find(entry.link) : entry
  return {
    contents,
    isControl,
    entry,
    content: target?.type === 'file' ? target : null,
    name: escapeControls(shownPath((isControl ? CONTROL : '') + entry.path)) || '.',
  }
}

/**
 * The file of the other side that a file on one side was before, or is now: of the same content, or named after
 * the version or number of its side. Null if there is none, or several.
 */
function counterpart(
  one: Member,
  old: PackageContents,
  newer: PackageContents,
  side: 'old' | 'new',
): Member | null {
  if (one.isControl) return null
  const removed: Entry[] = []
  const added: Entry[] = []
  for (const { old: before, new: after } of EntryTable.differences(old.data, newer.data)) {
    if (!after && before.type === one.entry.type) removed.push(before)
    if (!before && after.type === one.entry.type) added.push(after)
    if (Math.max(removed.length, added.length) > MAX_CANDIDATES) return null
  }
  const unpaired = { removed, added }
  const found = new Map([
    ...versionedFiles(unpaired, contextOf(old), contextOf(newer)),
    ...movedFiles(unpaired),
  ])
  if (side === 'new') {
    const before = found.get(one.entry.path)
    return before ? member(old, before, false) : null
  }
  const [path] = [...found].find(([, before]) => before.path === one.entry.path) ?? []
  const after = added.find((entry) => entry.path === path)
  return after ? member(newer, after, false) : null
}

function contextOf(contents: PackageContents): SideContext {
  return sideContext(packageSide(contents, NO_RUN))
}

function escapeControls(name: string): string {
  return name.replace(/\p{Cc}/gu, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
