/** The outer archive of a Debian package, deb(5): an `ar` archive whose members are compared as well as what they hold. */
import { createHash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'

const MAGIC = '!<arch>\n'
const HEADER_BYTES = 60
const MAX_MEMBERS = 16

export interface OuterMember {
  readonly name: string
  readonly mtime: number
  readonly uid: number
  readonly gid: number
  /** Permission and type bits, as written. */
  readonly mode: number
  readonly sizeBytes: number
  /** Where the content begins, in bytes. */
  readonly offset: number
  /** Of the content; empty for the control and data archives, whose members have their own. */
  readonly sha256: string
}

export interface OuterArchive {
  readonly sizeBytes: number
  readonly members: readonly OuterMember[]
  /** Bytes after the last member; 0 in a package that dpkg-deb made. */
  readonly trailingBytes: number
  /** Empty where there are none. */
  readonly trailingSha256: string
}

/**
 * Reads the members' headers. The artifact store has already checked that the file is a package; what does not look like a member is counted
 * as trailing bytes.
 */
export async function readOuterArchive(path: string): Promise<OuterArchive> {
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    const members: OuterMember[] = []
    let at = MAGIC.length
    while (at + HEADER_BYTES <= size && members.length < MAX_MEMBERS) {
      const header = Buffer.alloc(HEADER_BYTES)
      await file.read(header, 0, HEADER_BYTES, at)
      const member = parseHeader(header.toString('latin1'), at + HEADER_BYTES)
      if (!member || member.offset + member.sizeBytes > size) break
      const isArchive = /^(control|data)\.tar/.test(member.name)
      const sha256 = isArchive ? '' : await digest(file, member.offset, member.sizeBytes)
      members.push({ ...member, sha256 })
      const end = member.offset + member.sizeBytes
      // Members begin at even positions.
      at = end + (end % 2)
    }
    const trailingBytes = Math.max(0, size - at)
    return {
      sizeBytes: size,
      members,
      trailingBytes,
      trailingSha256: trailingBytes > 0 ? await digest(file, at, trailingBytes) : '',
    }
  } finally {
    await file.close()
  }
}

/** SHA-256 of a part of the file, in hexadecimal. */
async function digest(file: FileHandle, start: number, bytes: number): Promise<string> {
  const hash = createHash('sha256')
  if (bytes > 0)
    for await (const chunk of file.createReadStream({ start, end: start + bytes - 1, autoClose: false }))
      hash.update(chunk as Buffer)
  return hash.digest('hex')
}

function parseHeader(header: string, offset: number): Omit<OuterMember, 'sha256'> | null {
  const match =
    /^(?<name>.{16})(?<mtime>.{12})(?<uid>.{6})(?<gid>.{6})(?<mode>.{8})(?<size>\d{1,10}) {0,9}`\n$/s.exec(
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
