/**
 * Reads ranges of a file without loading it: a small file is in memory as a whole, of a large one only the pages that were read last.
 * Reading is synchronous, because tables are read record by record; the pages of a file that was just written are in the system's memory.
 */
import { closeSync, fstatSync, openSync } from 'node:fs'
import type { ByteSource } from './byte-source.ts'
import { fillFrom } from './fill-from.ts'

const PAGE_BYTES = 1 << 16
const MAX_PAGES = 16
/** The least with which bytes stay valid as `read` says: it uses two at most. */
const MIN_PAGES = 4
/** A file up to this size is one page, and its descriptor is closed at once: a run may have hundreds of packages. */
const MAX_WHOLE_BYTES = 1 << 20

interface Page {
  readonly bytes: Buffer
  number: number
}

export class PagedFile implements ByteSource {
  readonly sizeBytes: number
  readonly #pageBytes: number
  readonly #maxPages: number
  /** The page that was used last is the last one. */
  readonly #pages: Page[] = []
  #descriptor: number | null

  /** Whether all of it is in memory. It can be read after `close`, then. */
  get isWhole(): boolean {
    return this.sizeBytes <= MAX_WHOLE_BYTES
  }

  /** @throws errors of the system */
  static open(path: string): PagedFile {
    return new PagedFile(openSync(path, 'r'), MAX_PAGES)
  }

  /** For a file that is read from front to back. @throws errors of the system */
  static openSequential(path: string): PagedFile {
    return new PagedFile(openSync(path, 'r'), MIN_PAGES)
  }

  /** @param descriptor belongs to this object from now on */
  private constructor(descriptor: number, maxPages: number) {
    this.#descriptor = descriptor
    this.#maxPages = maxPages
    try {
      this.sizeBytes = fstatSync(descriptor).size
      this.#pageBytes = this.isWhole ? Math.max(1, this.sizeBytes) : PAGE_BYTES
      if (!this.isWhole) return
      this.#page(0)
      this.close()
    } catch (error) {
      this.close()
      throw error
    }
  }

  /**
   * @returns bytes that are valid until the next but one call, since pages are reused; fewer than `length` at the end of the file
   * @throws errors of the system
   */
  read(at: number, length: number): Buffer {
    const end = Math.min(at + length, this.sizeBytes)
    const first = Math.floor(at / this.#pageBytes)
    const from = at - first * this.#pageBytes
    if (at >= end) return Buffer.alloc(0)
    if (from + (end - at) <= this.#pageBytes) return this.#page(first).subarray(from, from + (end - at))
    const bytes = Buffer.allocUnsafe(end - at)
    if (bytes.length > this.#pageBytes) {
      this.#readInto(bytes, at)
      return bytes
    }
    for (let done = 0; done < bytes.length; ) {
      const number = Math.floor((at + done) / this.#pageBytes)
      done += this.#page(number).copy(bytes, done, at + done - number * this.#pageBytes)
    }
    return bytes
  }

  /** The same bytes in memory of their own. @throws as `read` */
  copy(at: number, length: number): Buffer {
    const bytes = this.read(at, length)
    // More than a page is in its own memory already; a second copy of a long list would count.
    return bytes.length > this.#pageBytes ? bytes : Buffer.from(bytes)
  }

  close(): void {
    if (this.#descriptor !== null) closeSync(this.#descriptor)
    this.#descriptor = null
  }

  #page(number: number): Buffer {
    const found = this.#pages.findIndex((page) => page.number === number)
    const last = this.#pages.length - 1
    if (found >= 0 && found === last) return this.#bytesOf(this.#pages[last] as Page)
    const [page] =
      found >= 0
        ? this.#pages.splice(found, 1)
        : this.#pages.length >= this.#maxPages
          ? this.#pages.splice(0, 1)
          : [{ bytes: Buffer.allocUnsafe(this.#pageBytes), number: -1 }]
    if (!page) throw new RangeError('there is no page')
    if (page.number !== number) this.#load(page, number)
    this.#pages.push(page)
    return this.#bytesOf(page)
  }

  #bytesOf({ bytes, number }: Page): Buffer {
    return bytes.subarray(0, this.sizeBytes - number * this.#pageBytes)
  }

  #load(page: Page, number: number): void {
    page.number = -1
    const position = number * this.#pageBytes
    this.#readInto(page.bytes.subarray(0, this.sizeBytes - position), position)
    page.number = number
  }

  #readInto(bytes: Buffer, position: number): void {
    if (this.#descriptor === null) throw new Error('the file is closed')
    fillFrom(this.#descriptor, bytes, position)
  }
}
