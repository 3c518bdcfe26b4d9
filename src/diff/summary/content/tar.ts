/** Compares tar archives inside a package by their members. */
import { TarError, type TarHeader, TarReader } from '../../package/tar-reader.ts'
import { compareBytes } from './bytes.ts'
import type { ContentComparer, ContentDifference, FileContext } from './content.ts'
import { type ArchiveMember, compareMembers } from './members.ts'

const MAX_MEMBERS = 100_000

export function compareTar(
  oldBytes: Buffer,
  newBytes: Buffer,
  file: FileContext,
  compare: ContentComparer,
): ContentDifference {
  const old = readTar(oldBytes)
  const newer = readTar(newBytes)
  if (!old || !newer) return compareBytes(oldBytes, newBytes, file)
  return hasUniformOwners(old, newer)
    ? compareMembers(old, newer, file, compare, 'FILE_ORDER')
    : compareMembers(old.map(withOwner), newer.map(withOwner), file, compare, 'FILE_ORDER')
}

/** Whether each owner of one side is the same other one throughout: the user who built. The owner of a single member is content. */
function hasUniformOwners(old: readonly ArchiveMember[], newer: readonly ArchiveMember[]): boolean {
  const owners = new Map(newer.map(({ name, incidental }) => [name, incidental.OWNER_NUMBERS]))
  const pairs = new Set<string>()
  const [before, after] = [new Set<string>(), new Set<string>()]
  for (const { name, incidental } of old) {
    const [one, other] = [incidental.OWNER_NUMBERS, owners.get(name)]
    if (one === undefined || other === undefined) continue
    pairs.add(`${one}\0${other}`)
    before.add(one)
    after.add(other)
  }
  return pairs.size === before.size && pairs.size === after.size
}

const withOwner = (member: ArchiveMember): ArchiveMember => ({
  ...member,
  essence: `${member.essence}, owner ${member.incidental.OWNER_NUMBERS}`,
})

function readTar(bytes: Buffer): ArchiveMember[] | null {
  const members: ArchiveMember[] = []
  let header: TarHeader | null = null
  const reader = new TarReader({
    onEntry(entry) {
      header = entry
      if (members.length > MAX_MEMBERS) throw new TarError('has too many members')
    },
    onData() {},
    onEntryEnd() {
      if (header) members.push(memberOf(header, bytes))
    },
  })
  try {
    reader.push(bytes)
    reader.end()
    // Then every byte counts.
    return reader.hidden === '' ? members : null
  } catch (error) {
    if (error instanceof TarError) return null
    throw error
  }
}

function memberOf(header: TarHeader, bytes: Buffer): ArchiveMember {
  const { path, type, mode, uid, gid, owner, group, mtime, link, device, offset, sizeBytes, extra } = header
  return {
    name: path,
    content: bytes.subarray(offset, offset + sizeBytes),
    essence: `${type}, mode ${mode.toString(8)}${link && `, to ${link}`}${device.join() === '0,0' ? '' : `, device ${device.join()}`}${extra}`,
    incidental: { MTIME: String(mtime), OWNER_NUMBERS: `${uid} ${gid} ${owner} ${group}` },
  }
}
