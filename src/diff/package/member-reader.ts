/**
 * Reads members of an uncompressed data archive by their position. Reading is synchronous: the archive was just written, so it is in the system's
 * memory, and handing each of a thousand small reads to another thread takes longer than reading.
 */
import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { type ByteSource, partOf } from './byte-source.ts'
import type { Entry } from './entry-record.ts'
import { fillFrom } from './fill-from.ts'
import { type MemberPlace, Scratch, sha256Of } from './member-place.ts'
import { PagedFile } from './paged-file.ts'

/** An uncompressed data archive that is open. */
export interface DataArchive {
  readonly file: FileHandle
  /** Whether this process wrote it for this job; one from the cache may have been damaged since. */
  readonly isFresh: boolean
}

/** Opens the archive; `isDamaged` says that the one it returned before has other content than the package. */
export type OpenDataArchive = (isDamaged: boolean) => Promise<DataArchive>

const PIECE_BYTES = 1 << 20

/** Every member of an archive from the cache is checked against its SHA-256 before anything of it is returned. */
export class MemberReader {
  readonly #openArchive: OpenDataArchive
  #archive: DataArchive
  #pages: PagedFile | null = null
  /** Positions of members that have been checked. */
  readonly #checked = new Set<number>()
  readonly #scratch = new Scratch()

  private constructor(openArchive: OpenDataArchive, archive: DataArchive) {
    this.#openArchive = openArchive
    this.#archive = archive
  }

  /** @throws as `openArchive` */
  static async open(openArchive: OpenDataArchive): Promise<MemberReader> {
    return new MemberReader(openArchive, await openArchive(false))
  }

  /**
   * The content of a file, or a part of it. A member that is no file has none.
   * @param from the first byte
   * @param sizeBytes at most so many
   * @throws errors of the system; as `openArchive`
   */
  async read(entry: Entry, from = 0, sizeBytes = Number.POSITIVE_INFINITY): Promise<Buffer> {
    const end = Math.min(from + sizeBytes, entry.sizeBytes)
    const isWhole = from === 0 && end === entry.sizeBytes
    if (!isWhole) await this.#check(entry)
    const content = this.#bytes(entry.offset + from, Math.max(0, end - from))
    if (!isWhole || this.#isTrusted(entry) || sha256Of(content) === entry.sha256) return content
    await this.#replaceArchive()
    return this.#bytes(entry.offset, entry.sizeBytes)
  }

  /** The content of a file, in memory that the next call uses again. @throws as `read` */
  async view(entry: Entry): Promise<Buffer> {
    const content = this.#scratch.read(this.placeOf(entry))
    if (content) return content
    await this.#replaceArchive()
    return this.#fill(this.#scratch.take(entry.sizeBytes), entry.offset)
  }

  /** The content of a file in pieces; each is valid until the next is requested. @throws as `read` */
  async *stream(entry: Entry): AsyncGenerator<Buffer, void, void> {
    await this.#check(entry)
    yield* this.#pieces(entry)
  }

  /** The content of a file, to be read by position; valid until this reader is closed. @throws as `read` */
  async bytes(entry: Entry): Promise<ByteSource> {
    await this.#check(entry)
    this.#pages ??= PagedFile.open(`/proc/self/fd/${this.#archive.file.fd}`)
    return partOf(this.#pages, entry.offset, entry.sizeBytes)
  }

  /** Where another thread reads the content of a file. It must end before this reader is closed, and check what it reads. */
  placeOf({ offset, sizeBytes, sha256 }: Entry): MemberPlace {
    const { file, isFresh } = this.#archive
    return { fd: file.fd, offset, sizeBytes, sha256: isFresh ? null : sha256 }
  }

  close(): Promise<void> {
    this.#closePages()
    return this.#archive.file.close()
  }

  #isTrusted({ offset }: Entry): boolean {
    return this.#archive.isFresh || this.#checked.has(offset)
  }

  async #check(entry: Entry): Promise<void> {
    if (this.#isTrusted(entry)) return
    const hash = createHash('sha256')
    for (const piece of this.#pieces(entry)) hash.update(piece)
    if (hash.digest('hex') === entry.sha256) this.#checked.add(entry.offset)
    else await this.#replaceArchive()
  }

  #closePages(): void {
    this.#pages?.close()
    this.#pages = null
  }

  async #replaceArchive(): Promise<void> {
    this.#closePages()
    await this.#archive.file.close()
    this.#archive = await this.#openArchive(true)
  }

  *#pieces({ offset, sizeBytes }: Entry): Generator<Buffer, void, void> {
    const piece = Buffer.allocUnsafe(Math.min(PIECE_BYTES, sizeBytes))
    for (let at = 0; at < sizeBytes; at += piece.length)
      yield this.#fill(piece.subarray(0, sizeBytes - at), offset + at)
  }

  #bytes(position: number, sizeBytes: number): Buffer {
    return this.#fill(Buffer.allocUnsafe(sizeBytes), position)
  }

  #fill(bytes: Buffer, position: number): Buffer {
    return fillFrom(this.#archive.file.fd, bytes, position)
  }
}
