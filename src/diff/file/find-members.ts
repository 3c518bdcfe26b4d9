/** Finds the two members that an address names. */
import { FileNotFoundError } from '../../errors.ts'
import type { FileAddress } from '../../model.ts'
import type { Entry } from '../package/entry-record.ts'
import type { EntryTable } from '../package/entry-table.ts'
import type { PackageContents } from '../package/package-contents.ts'
import { shownPath } from '../summary/shown.ts'

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
/** Smaller files are too often equal by chance to say that one moved. */
const MIN_MOVED_BYTES = 16

/**
 * The members at the paths of the address. A file that only one side has, at a path that the address does not
 * name, is paired with the file of the same content that only the other side has, if there is exactly one.
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
  if (after && !before && old && newer) return { old: movedMember(after, old, newer), new: after }
  if (before && !after && old && newer) return { old: before, new: movedMember(before, newer, old) }
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

/** The file of `other` with the same content, if neither package has it twice and only `other` has its path. */
function movedMember(one: Member, other: PackageContents, own: PackageContents): Member | null {
  const { content, isControl } = one
  if (isControl || !content?.sha256 || content.sizeBytes < MIN_MOVED_BYTES) return null
  const withContent = (table: EntryTable) => [...table].filter(({ sha256 }) => sha256 === content.sha256)
  const [partner, ...more] = withContent(other.data)
  if (!partner || more.length > 0 || withContent(own.data).length > 1 || own.data.find(partner.path))
    return null
  return member(other, partner, false)
}

function escapeControls(name: string): string {
  return name.replace(/\p{Cc}/gu, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
