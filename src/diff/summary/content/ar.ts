/** Compares static libraries, ar(5): times and owners of members are noise, their content is compared. */
import { compareBytes } from './bytes.ts'
import type { ContentComparer, ContentDifference, FileContext } from './content.ts'
import { type ArchiveMember, compareMembers } from './members.ts'

const MAGIC_BYTES = 8
const HEADER_BYTES = 60
const MAX_MEMBERS = 100_000
/** Each of 100,000 members may name the rest of a long table. No file system takes such a name. */
const MAX_NAME_LENGTH = 4_096

export function compareAr(
  oldBytes: Buffer,
  newBytes: Buffer,
  file: FileContext,
  compare: ContentComparer,
): ContentDifference {
  const old = readAr(oldBytes)
  const newer = readAr(newBytes)
  // The linker takes the first member that defines a symbol.
  return old && newer
    ? compareMembers(old, newer, file, compare, null)
    : compareBytes(oldBytes, newBytes, file)
}

/** Null for a damaged archive. The table of long names is resolved; the index of symbols (`/`) is a member like the others. */
function readAr(bytes: Buffer): ArchiveMember[] | null {
  const members: ArchiveMember[] = []
  let longNames = ''
  let at = MAGIC_BYTES
  while (at < bytes.length) {
    const header = bytes.toString('latin1', at, at + HEADER_BYTES)
    const [, name = '', mtime = '', uid = '', gid = '', mode = '', size = ''] =
      /^(.{16})(.{12})(.{6})(.{6})(.{8})(\d{1,10}) {0,9}`\n$/s.exec(header) ?? []
    const end = at + HEADER_BYTES + Number(size)
    if (size === '' || end > bytes.length || members.length > MAX_MEMBERS) return null
    const content = bytes.subarray(at + HEADER_BYTES, end)
    const shortName = name.trimEnd()
    if (shortName === '//') longNames = content.toString('latin1')
    if (end % 2 === 1 && end < bytes.length && bytes[end] !== 0x0a) return null
    members.push({
      name: nameOf(shortName, longNames),
      content,
      essence: '',
      // Linkers look at content alone; a mode follows the umask of the build.
      incidental: { AR_TIME: mtime, OWNER_NUMBERS: `${uid}${gid}`, UMASK: mode },
    })
    at = end + (end % 2)
  }
  return members
}

function nameOf(name: string, longNames: string): string {
  const [, offset] = /^\/(\d+)$/.exec(name) ?? []
  if (offset === undefined) return name === '/' ? '/' : name.replace(/\/$/, '')
  const end = longNames.indexOf('/\n', Number(offset))
  return longNames.slice(Number(offset), end < 0 ? undefined : end).slice(0, MAX_NAME_LENGTH)
}
