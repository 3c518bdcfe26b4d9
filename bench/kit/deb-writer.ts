/** Writes packages of any size without their files: dpkg-deb would need each of 300,000 files on the disk first. */
import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { AR_MAGIC, arHeader } from '../../test/fixtures/ar.ts'

export interface MadeFile {
  /** Without a leading slash, at most 98 bytes. */
  readonly path: string
  readonly sizeBytes: number
  readonly mtime: number
  /** A piece of the content; pieces are requested in order and end with the file. */
  piece(at: number, length: number): Buffer
}

export interface MadePackage {
  readonly name: string
  readonly version: string
  readonly files: () => Iterable<MadeFile>
  readonly hasMd5sums?: boolean
}

const BLOCK = 512
const PIECE_BYTES = 1 << 20
const MTIME = 1_700_000_000

/** Writes an uncompressed package to `path`. */
export async function writeDeb(
  path: string,
  { name, version, files, hasMd5sums }: MadePackage,
): Promise<void> {
  const sums: { path: string; line: string }[] = []
  let dataBytes = 2 * BLOCK
  for (const file of files()) {
    dataBytes += BLOCK + padded(file.sizeBytes)
    if (!hasMd5sums) continue
    const hash = createHash('md5')
    for (const piece of pieces(file)) hash.update(piece)
    sums.push({ path: file.path, line: `${hash.digest('hex')}  ${file.path}\n` })
  }
  // As debhelper does.
  sums.sort((a, b) => (a.path < b.path ? -1 : 1))
  const control = `Package: ${name}\nVersion: ${version}\nArchitecture: all\nMaintainer: A Builder <builder@example.org>\nDescription: made for a benchmark\n`
  const members = [member('control', Buffer.from(control))]
  if (hasMd5sums) members.push(member('md5sums', Buffer.from(sums.map(({ line }) => line).join(''))))
  const controlTar = Buffer.concat([...members, Buffer.alloc(2 * BLOCK)])
  const file = await open(path, 'w')
  try {
    await file.write(
      Buffer.concat([
        Buffer.from(AR_MAGIC),
        Buffer.from(arHeader('debian-binary', 4)),
        Buffer.from('2.0\n'),
        Buffer.from(arHeader('control.tar', controlTar.length)),
        controlTar,
        Buffer.from(arHeader('data.tar', dataBytes)),
      ]),
    )
    let waiting: Buffer[] = []
    let bytes = 0
    const flush = async () => {
      await file.write(Buffer.concat(waiting))
      waiting = []
      bytes = 0
    }
    const add = async (piece: Buffer) => {
      waiting.push(piece)
      bytes += piece.length
      if (bytes >= PIECE_BYTES) await flush()
    }
    for (const one of files()) {
      await add(header(one.path, one.sizeBytes, one.mtime))
      for (const piece of pieces(one)) await add(piece)
      await add(Buffer.alloc(padded(one.sizeBytes) - one.sizeBytes))
    }
    await add(Buffer.alloc(2 * BLOCK))
    await flush()
  } finally {
    await file.close()
  }
}

/** A file whose content is in memory. */
export function madeFile(path: string, content: string, mtime = MTIME): MadeFile {
  const bytes = Buffer.from(content)
  return { path, sizeBytes: bytes.length, mtime, piece: (at, length) => bytes.subarray(at, at + length) }
}

function* pieces({ sizeBytes, piece }: MadeFile): Generator<Buffer> {
  for (let at = 0; at < sizeBytes; at += PIECE_BYTES) yield piece(at, Math.min(PIECE_BYTES, sizeBytes - at))
}

const padded = (sizeBytes: number) => Math.ceil(sizeBytes / BLOCK) * BLOCK

function member(path: string, content: Buffer): Buffer {
  const padding = Buffer.alloc(padded(content.length) - content.length)
  return Buffer.concat([header(path, content.length, MTIME), content, padding])
}

function header(path: string, sizeBytes: number, mtime: number): Buffer {
  const block = Buffer.alloc(BLOCK)
  block.write(`./${path}`, 0)
  block.write('0000644\0' + '0000000\0' + '0000000\0', 100)
  block.write(`${sizeBytes.toString(8).padStart(11, '0')}\0${mtime.toString(8).padStart(11, '0')}\0`, 124)
  block.write('        0', 148)
  block.write('ustar\0' + '00root', 257)
  block.write('root', 297)
  let sum = 0
  for (const byte of block) sum += byte
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return block
}
