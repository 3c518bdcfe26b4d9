/**
 * The numbers and names of an ELF file, read by their position. Every position is checked against the file, and the
 * names are bounded in all, since files are hostile.
 */
import { type ByteSource, bufferSource } from './byte-source.ts'
import { ElfError } from './elf-types.ts'

/** Of a file that is not in memory: what is read around a number. */
const VIEW_BYTES = 4_096
/** Names in all. Of a hostile file each of a million names may be as long as the file. */
const MAX_NAME_BYTES = 512 << 20
/** The header of a file of 32 bits, the shorter one. */
const MIN_FILE_BYTES = 52

export class ElfBytes {
  readonly source: ByteSource
  readonly isInMemory: boolean
  readonly sizeBytes: number
  readonly is64: boolean
  readonly isLittle: boolean
  /** The ABI and the padding at the beginning of the file, in hexadecimal. */
  readonly abi: string
  /** The bytes around the number that was read last, or all of a file in memory. */
  #view: Buffer
  #viewStart = 0
  #nameBytes = 0

  /** @throws ElfError if the file does not begin with a word size and a byte order */
  constructor(file: Buffer | ByteSource) {
    this.isInMemory = Buffer.isBuffer(file)
    this.source = Buffer.isBuffer(file) ? bufferSource(file) : file
    this.sizeBytes = this.source.sizeBytes
    this.#view = Buffer.isBuffer(file) ? file : Buffer.from(file.read(0, VIEW_BYTES))
    const [width, order] = this.#view.subarray(4, 6)
    this.is64 = width === 2
    this.isLittle = order === 1
    if (this.sizeBytes < MIN_FILE_BYTES || (width !== 1 && width !== 2) || (order !== 1 && order !== 2))
      throw new ElfError('has a damaged header')
    this.abi = this.#view.toString('hex', 6, 16)
  }

  u8(at: number): number {
    return this.#view[this.#seek(at, 1)] ?? 0
  }

  u16(at: number): number {
    return this.#number(this.#seek(at, 2), 2)
  }

  u32(at: number): number {
    return this.#number(this.#seek(at, 4), 4)
  }

  /** Above 2^53 the lowest bits are lost; no position in a file is so large, and addresses are only compared. */
  u64(at: number): number {
    const from = this.#seek(at, 8)
    const first = this.#number(from, 4)
    const second = this.#number(from + 4, 4)
    return this.isLittle ? second * 2 ** 32 + first : first * 2 ** 32 + second
  }

  /** Of two or four bytes within the view. `Buffer`'s own methods check once more, which takes several times as long. */
  #number(from: number, length: 2 | 4): number {
    const view = this.#view
    const last = from + length - 1
    let value = 0
    for (let index = 0; index < length; index += 1)
      value = (value << 8) | (view[this.isLittle ? last - index : from + index] as number)
    return value >>> 0
  }

  /** A string that ends in a NUL byte; empty where the position is outside. */
  text(strings: Buffer, at: number): string {
    if (at >= strings.length) return ''
    const nul = strings.indexOf(0, at)
    const end = nul < 0 ? strings.length : nul
    this.#nameBytes += end - at
    if (this.#nameBytes > MAX_NAME_BYTES) throw new ElfError(`has names of more than ${MAX_NAME_BYTES} bytes`)
    return strings.toString('latin1', at, end)
  }

  /** Brings a position of the file into view, and returns where it is there. */
  #seek(at: number, length: number): number {
    if (!(at >= 0 && at + length <= this.sizeBytes)) throw new ElfError('points outside of itself')
    if (at < this.#viewStart || at + length > this.#viewStart + this.#view.length) {
      this.#viewStart = at
      this.#view = Buffer.from(this.source.read(at, VIEW_BYTES))
    }
    return at - this.#viewStart
  }
}
