/**
 * Checks the outer structure of a Debian binary package: an `ar` archive of version, control and data
 * (deb(5)).
 */
import { lstat, open } from 'node:fs/promises'
import { InvalidPackageError } from '../errors.ts'

const MAGIC = '!<arch>\n'
const HEADER_BYTES = 60
/** dpkg-deb writes three. */
const MAX_MEMBERS = 16
const CONTROL = /^control\.tar(\.(gz|xz|zst))?$/
const DATA = /^data\.tar(\.(gz|xz|zst|bz2|lzma))?$/

interface Member {
  readonly name: string
  readonly sizeBytes: number
}

/**
 * Checks that `path` is a regular file with that structure, by reading the headers of its members. A symbolic
 * link is rejected because debdiff would follow it while diffoscope would compare the link. Any other file is
 * rejected because diffoscope would successfully compare it as plain data.
 * @throws InvalidPackageError
 */
export async function checkIsPackage(path: string, filename: string): Promise<void> {
  const refuse = (reason: string): never => {
    throw new InvalidPackageError(filename, reason)
  }
  const stats = await lstat(path)
  if (!stats.isFile()) refuse('it is not a regular file')
  if (stats.size === 0) refuse('it is empty')
  const file = await open(path, 'r')
  try {
    const magic = Buffer.alloc(MAGIC.length)
    await file.read(magic, 0, magic.length, 0)
    if (magic.toString('latin1') !== MAGIC) refuse('it does not begin as an ar archive')
    const members: Member[] = []
    for (let at = MAGIC.length; at < stats.size; ) {
      const header = Buffer.alloc(HEADER_BYTES)
      const { bytesRead } = await file.read(header, 0, HEADER_BYTES, at)
      const member = bytesRead === HEADER_BYTES ? memberOf(header.toString('latin1')) : null
      if (!member) return refuse(`its ar archive is damaged at byte ${at}`)
      const end = at + HEADER_BYTES + member.sizeBytes
      if (end > stats.size) refuse(`it ends within the member ${shown(member.name)}`)
      members.push(member)
      if (members.length > MAX_MEMBERS) refuse(`its ar archive has more than ${MAX_MEMBERS} members`)
      // Members begin at even offsets.
      at = end + (end % 2)
    }
    const wrong = wrongOrder(members)
    if (wrong) refuse(wrong)
  } finally {
    await file.close()
  }
}

/** Parses `name/`, time, owner, mode, decimal size, end marker; null if the header has another form. */
function memberOf(header: string): Member | null {
  const [, name, size] = /^(.{16}).{32}(\d{1,10}) {0,9}`\n$/s.exec(header) ?? []
  return name === undefined ? null : { name: name.trimEnd().replace(/\/$/, ''), sizeBytes: Number(size) }
}

/**
 * What is wrong with the members of a package, or null. Like dpkg, ignores names that begin with an
 * underscore.
 */
function wrongOrder(members: readonly Member[]): string | null {
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
