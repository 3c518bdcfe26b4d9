const BLOCK_BYTES = 512
const ZERO = 0x30

/** A small tar archive without the regular files of this name at its top. */
export function withoutMember(archive: Buffer, name: string): Buffer {
  const kept: Buffer[] = []
  let at = 0
  while (at + BLOCK_BYTES <= archive.length) {
    const header = archive.subarray(at, at + BLOCK_BYTES)
    const [path = ''] = header.toString('latin1', 0, 100).split('\0')
    const size = Number.parseInt(header.toString('latin1', 124, 136), 8) || 0
    const end = at + BLOCK_BYTES + Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES
    const isFile = header[156] === ZERO || header[156] === 0
    if (!isFile || path.replace(/^\.\//, '') !== name) kept.push(archive.subarray(at, end))
    at = end
  }
  return Buffer.concat(kept)
}
