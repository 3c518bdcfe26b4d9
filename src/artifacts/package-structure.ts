/**
 * Checks the outer structure of a Debian binary package: an `ar` archive of version, control and data
 * (deb(5)).
 */
import { type FileHandle, lstat, open } from 'node:fs/promises'
import { InvalidPackageError } from '../errors.ts'
import type { LocalPackage } from '../model.ts'

const MAGIC = '!<arch>\n'
const HEADER_BYTES = 60
/** dpkg-deb writes three. */
const MAX_MEMBERS = 16
const CONTROL = /^control\.tar(\.(gz|xz|zst))?$/
const DATA = /^data\.tar(\.(gz|xz|zst|bz2|lzma))?$/

/** A member of the outer archive. */
export interface PackageMember {
  readonly name: string
  readonly sizeBytes: number
  /** Where its header begins, in bytes. */
  readonly headerOffset: number
  /** Where its contents begin, in bytes. */
  readonly offset: number
}

/** How the contents of a compressed archive begin, by the end of its name. */
const COMPRESSION_MAGIC: readonly (readonly [extension: string, magic: string])[] = [
  ['.gz', '1f8b'],
  ['.xz', 'fd377a585a00'],
  ['.zst', '28b52ffd'],
  ['.bz2', '425a68'],
  ['.lzma', '5d0000'],
]

/**
 * Checks that `path` is a regular file with that structure, by reading the headers of its members. A symbolic
 * link is rejected because debdiff would follow it while diffoscope would compare the link. Any other file is
 * rejected because diffoscope would successfully compare it as plain data.
 * @throws InvalidPackageError
 */
export async function checkIsPackage(path: string, filename: string): Promise<void> {
  await readMembers(path, filename)
}

/** The package, with what `checkIsPackage` finds wrong with it. @throws errors of the system */
export async function withStructureCheck<P extends LocalPackage>(one: P): Promise<P> {
  try {
    await checkIsPackage(one.path, one.filename)
    return one
  } catch (error) {
    if (!(error instanceof InvalidPackageError)) throw error
    return { ...one, invalid: error.reason }
  }
}

/**
 * The members of a package, in order, after the same check.
 * @throws InvalidPackageError
 */
export async function readMembers(path: string, filename: string): Promise<PackageMember[]> {
  const refuse = (reason: string): never => {
    throw new InvalidPackageError(filename, reason)
  }
  const stats = await lstat(path)
  if (!stats.isFile()) refuse('it is not a regular file')
  if (stats.size === 0) refuse('it is empty')
  const file = await open(path, 'r')
  try {
    const magic = await bytesAt(file, 0, MAGIC.length)
    if (magic.toString('latin1') !== MAGIC) refuse('it does not begin as an ar archive')
    const members: PackageMember[] = []
    for (let at = MAGIC.length; at < stats.size; ) {
      const header = await bytesAt(file, at, HEADER_BYTES)
      const member = header.length === HEADER_BYTES ? memberOf(header.toString('latin1'), at) : null
      if (!member) return refuse(`its ar archive is damaged at byte ${at}`)
      const end = member.offset + member.sizeBytes
      if (end > stats.size) refuse(`it ends within the member ${shown(member.name)}`)
      members.push(member)
      if (members.length > MAX_MEMBERS) refuse(`its ar archive has more than ${MAX_MEMBERS} members`)
      // Members begin at even offsets.
      at = end + (end % 2)
    }
    const wrong = wrongOrder(members) ?? (await wrongContents(file, members))
    if (wrong) refuse(wrong)
    return members
  } finally {
    await file.close()
  }
}

/** Fewer bytes at the end of the file. */
async function bytesAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position)
  return buffer.subarray(0, bytesRead)
}

/** Parses `name/`, time, owner, mode, decimal size, end marker; null if the header has another form. */
function memberOf(header: string, headerOffset: number): PackageMember | null {
  const [, name, size] = /^(.{16}).{32}(\d{1,10}) {0,9}`\n$/s.exec(header) ?? []
  if (name === undefined) return null
  return {
    name: name.trimEnd().replace(/\/$/, ''),
    sizeBytes: Number(size),
    headerOffset,
    offset: headerOffset + HEADER_BYTES,
  }
}

/** What is wrong with the beginning of an archive in the package, or null. */
async function wrongContents(file: FileHandle, members: readonly PackageMember[]): Promise<string | null> {
  for (const { name, sizeBytes, offset } of members) {
    if (!CONTROL.test(name) && !DATA.test(name)) continue
    if (sizeBytes === 0) return `its member ${name} is empty`
    const [, magic = ''] = COMPRESSION_MAGIC.find(([extension]) => name.endsWith(extension)) ?? []
    const beginning = await bytesAt(file, offset, Math.min(sizeBytes, magic.length / 2))
    if (beginning.toString('hex') !== magic) return `its member ${name} is not compressed as its name says`
  }
  return null
}

/**
 * What is wrong with the members of a package, or null. Like dpkg, ignores names that begin with an
 * underscore.
 */
function wrongOrder(members: readonly PackageMember[]): string | null {
  const [version, control, data, ...more] = members.filter(({ name }) => !name.startsWith('_'))
  if (version?.name !== 'debian-binary') return 'its first member is not debian-binary'
  if (!control || !CONTROL.test(control.name)) return 'its second member is not a control archive'
  if (!data || !DATA.test(data.name)) return 'its third member is not a data archive'
  const [further] = more
  return further ? `it has a member ${shown(further.name)} after its data archive` : null
}

function shown(name: string): string {
  return JSON.stringify(name.slice(0, 40))
}
