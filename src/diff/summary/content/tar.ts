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
  return old && newer
    ? compareMembers(old, newer, file, compare, 'FILE_ORDER')
    : compareBytes(oldBytes, newBytes, file)
}

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
    return members
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
