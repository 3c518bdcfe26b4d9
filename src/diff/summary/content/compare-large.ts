/** Compares files that are too large to be in memory: ELF files by their sections, text up to the first line that differs. */
import type { ByteSource } from '../../package/byte-source.ts'
import { ElfFile } from '../../package/elf.ts'
import { ElfError } from '../../package/elf-types.ts'
import type { FileKind } from '../../package/file-kind.ts'
import { type ContentDifference, change, type FileContext, NO_NOISE } from './content.ts'
import { compareElfFiles } from './elf.ts'
import { decodeText } from './encoding.ts'

const MEGABYTE = 1 << 20
/** Text takes several times its size while its lines are compared. */
const MAX_MEGABYTES: Partial<Readonly<Record<FileKind, number>>> = {
  text: 8,
  script: 8,
  elc: 8,
  elf: 16,
  gzip: 32,
  zip: 32,
  ar: 32,
  tar: 32,
  pdf: 32,
  png: 32,
}
/** Of kinds that are compared as bytes. */
const MAX_OTHER_MEGABYTES = 4
const PIECE_BYTES = 1 << 16
const MAX_LINE_BYTES = 1_000

export function isLarge(kind: FileKind, sizeBytes: number): boolean {
  return sizeBytes > (MAX_MEGABYTES[kind] ?? MAX_OTHER_MEGABYTES) * MEGABYTE
}

/** What differs between two contents that are not the same. Nothing but sections of ELF files is explained by noise. */
export function compareLarge(old: ByteSource, newer: ByteSource, file: FileContext): ContentDifference {
  if (old.sizeBytes === 0 || newer.sizeBytes === 0)
    return only(change('EMPTIED', lineAt(old, 0), lineAt(newer, 0)))
  try {
    if (file.kind === 'elf') {
      const difference = compareElfFiles(new ElfFile(old), new ElfFile(newer), file)
      if (difference.changes.length > 0 || difference.noise.size > 0) return difference
    }
  } catch (error) {
    if (!(error instanceof ElfError)) throw error
  }
  const isText = file.kind === 'text' || file.kind === 'script' || file.kind === 'elc'
  if (!isText) return only(change('BYTES', `${old.sizeBytes} bytes`, `${newer.sizeBytes} bytes`))
  const at = firstDifference(old, newer)
  return only(change('LINES', lineAt(old, at), lineAt(newer, at)))
}

function only(one: ReturnType<typeof change>): ContentDifference {
  return { noise: NO_NOISE, changes: [one] }
}

function firstDifference(one: ByteSource, other: ByteSource): number {
  let at = 0
  const piece = (source: ByteSource) => source.read(at, PIECE_BYTES)
  while (at < one.sizeBytes && piece(one).equals(piece(other))) at += PIECE_BYTES
  const [left, right] = [piece(one), piece(other)]
  const within = left.findIndex((byte, index) => byte !== right[index])
  return at + (within < 0 ? left.length : within)
}

/** The line at a position, shortened. */
function lineAt(source: ByteSource, at: number): string {
  const start = Math.max(0, at - MAX_LINE_BYTES)
  const before = source.read(start, at - start)
  const from = at - before.length + before.lastIndexOf(0x0a) + 1
  const line = source.read(from, 2 * MAX_LINE_BYTES)
  const end = line.indexOf(0x0a, at - from)
  return decodeText(Buffer.from(line.subarray(0, end < 0 ? line.length : end))).text
}
