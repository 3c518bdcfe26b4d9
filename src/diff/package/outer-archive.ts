/** The outer archive of a Debian package, deb(5): an `ar` archive whose members are compared as well as what they hold. */
import { type FileHandle, open } from 'node:fs/promises'
import { sha256OfPart } from '../streams/sha256-of-file.ts'
import { readAt, skippedBytes } from './compressed-member.ts'

export const MAGIC = '!<arch>\n'
const HEADER_BYTES = 60
const MAX_MEMBERS = 16

export interface MemberHeader {
  readonly name: string
  readonly mtime: number
  readonly uid: number
  readonly gid: number
  /** Permission and type bits, as written. */
  readonly mode: number
  readonly sizeBytes: number
  /** Where the content begins, in bytes. */
  readonly offset: number
}

export interface OuterMember extends MemberHeader {
  /** Of the content; empty for the control and data archives, whose members have their own. */
  readonly sha256: string
  /**
   * Of the control and data archives: bytes that unpackers skip, with the SHA-256 of the compressed archive; empty where there are none. Where a form of
   * compression does not allow to say so, `isProven` is false.
   */
  readonly hidden: string
  readonly isProven: boolean
}

export interface OuterArchive {
  readonly sizeBytes: number
  readonly members: readonly OuterMember[]
  /** What unpackers skip in the control and in the data archive, once unpacked: see `TarReader.hidden`. */
  readonly hiddenInControl: string
  readonly hiddenInData: string
  /** Bytes after the last member; 0 in a package that dpkg-deb made. */
  readonly trailingBytes: number
  /** Empty where there are none. */
  readonly trailingSha256: string
}

/**
 * Reads the members' headers; `hiddenInControl` and `hiddenInData` are left empty. The artifact store has already checked that the file is a package; what does not look like a member is counted
 * as trailing bytes.
 */
export async function readOuterArchive(path: string): Promise<OuterArchive> {
  const file = await open(path, 'r')
  try {
    const { headers, end, sizeBytes } = await readMemberHeaders(file)
    const members: OuterMember[] = []
    for (const header of headers) members.push({ ...header, ...(await contentOf(file, header)) })
    const trailingBytes = Math.max(0, sizeBytes - end)
    return {
      sizeBytes,
      members,
      hiddenInControl: '',
      hiddenInData: '',
      trailingBytes,
      trailingSha256:
        trailingBytes > 0 ? await sha256OfPart(file, { offset: end, sizeBytes: trailingBytes }) : '',
    }
  } finally {
    await file.close()
  }
}

/** The headers of the members; what follows the last one begins at `end`. */
export async function readMemberHeaders(
  file: FileHandle,
): Promise<{ readonly headers: readonly MemberHeader[]; readonly end: number; readonly sizeBytes: number }> {
  const { size } = await file.stat()
  const headers: MemberHeader[] = []
  let at = MAGIC.length
  while (at + HEADER_BYTES <= size && headers.length < MAX_MEMBERS) {
    const bytes = await readAt(file, at, HEADER_BYTES)
    const header = parseHeader(bytes.toString('latin1'), at + HEADER_BYTES)
    if (!header || header.offset + header.sizeBytes > size) break
    headers.push(header)
    const end = header.offset + header.sizeBytes
    // Members begin at even positions. Only a newline is lawful in between.
    if (end % 2 === 1 && end < size && !(await isNewline(file, end))) at = end
    else at = end + (end % 2)
  }
  return { headers, end: at, sizeBytes: size }
}

/** What is kept of a member besides its header. */
async function contentOf(
  file: FileHandle,
  { name, offset, sizeBytes }: MemberHeader,
): Promise<Pick<OuterMember, 'sha256' | 'hidden' | 'isProven'>> {
  if (!/^(control|data)\.tar/.test(name))
    return { sha256: await sha256OfPart(file, { offset, sizeBytes }), hidden: '', isProven: true }
  const skipped = await skippedBytes(file, name, { offset, sizeBytes })
  if (skipped === '') return { sha256: '', hidden: '', isProven: true }
  const sha256 = await sha256OfPart(file, { offset, sizeBytes })
  return { sha256: '', hidden: `${skipped ?? 'unknown'}, SHA-256 ${sha256}`, isProven: skipped !== null }
}

async function isNewline(file: FileHandle, at: number): Promise<boolean> {
  return (await readAt(file, at, 1))[0] === 0x0a
}

function parseHeader(header: string, offset: number): MemberHeader | null {
  const match =
    /^(?<name>.{16})(?<mtime>[\d ]{12})(?<uid>[\d ]{6})(?<gid>[\d ]{6})(?<mode>[\d ]{8})(?<size>\d{1,10}) {0,9}`\n$/s.exec(
      header,
    )
  if (!match?.groups) return null
  const { name = '', mtime, uid, gid, mode, size } = match.groups
  const decimal = (text: string | undefined) => Number.parseInt((text ?? '').trim() || '0', 10)
  return {
    name: name.trimEnd().replace(/\/$/, ''),
    mtime: decimal(mtime),
    uid: decimal(uid),
    gid: decimal(gid),
    mode: Number.parseInt((mode ?? '').trim() || '0', 8),
    sizeBytes: decimal(size),
    offset,
  }
}
