/** Sorts the members of an archive, in bounded memory: what is too much for it waits in sorted runs in a temporary file. */
import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs'
import { comparePaths, type Entry, encodeEntry, FIXED_BYTES, recordBytes } from './entry-record.ts'
import { PagedFile } from './paged-file.ts'
import { TarError } from './tar-reader.ts'

/** Where a table lies in its file: the records one after the other, then the position of each as 32 bits. */
export interface TableLocation {
  /** In bytes from the beginning of the file. */
  readonly start: number
  readonly recordBytes: number
  readonly size: number
}

const FIRST_BYTES = 1 << 16
/** Records that are sorted in memory; those of 60,000 members take about 8 MB. */
const MAX_RUN_BYTES = 8 << 20
/** Names and attributes of all members together: a million members with names of 400 bytes. */
const MAX_TABLE_BYTES = 512 << 20
const WRITE_BYTES = 1 << 16

export class EntryTableBuilder {
  readonly #spillPath: string
  #records = Buffer.allocUnsafe(FIRST_BYTES)
  #used = 0
  #starts: number[] = []
  #size = 0
  #bytes = 0
  /** Opened when the first run is written. */
  #spill: number | null = null
  /** Where each run ends in the temporary file. */
  readonly #runEnds: number[] = []

  /** @param spillPath of a file that does not exist; it is removed as soon as it is open */
  constructor(spillPath: string) {
    this.#spillPath = spillPath
  }

  get size(): number {
    return this.#size
  }

  /** @throws TarError for a member that no file system has, or if the names of all members are too long; errors of the system */
  add(entry: Entry): void {
    const record = encodeEntry(entry)
    this.#size += 1
    this.#bytes += record.length
    if (this.#bytes > MAX_TABLE_BYTES)
      throw new TarError(`has more than ${MAX_TABLE_BYTES >> 20} MB of names and attributes`)
    if (this.#used > 0 && this.#used + record.length > MAX_RUN_BYTES) this.#spillRun()
    if (this.#used + record.length > this.#records.length) this.#grow(this.#used + record.length)
    this.#starts.push(this.#used)
    this.#used += record.copy(this.#records, this.#used)
  }

  /**
   * Writes the table, and forgets it.
   * @param start where in the file; what lies there is overwritten
   * @throws errors of the system
   */
  write(descriptor: number, start: number): TableLocation {
    const writer = new BlockWriter(descriptor, start)
    const positions = new Uint32Array(this.#size)
    let index = 0
    for (const { bytes, at, length } of this.#sorted()) {
      positions[index] = writer.written
      index += 1
      writer.write(bytes.subarray(at, at + length))
    }
    const location = { start, recordBytes: writer.written, size: this.#size }
    writer.write(Buffer.from(positions.buffer))
    writer.flush()
    this.close()
    return location
  }

  close(): void {
    if (this.#spill !== null) closeSync(this.#spill)
    this.#spill = null
    this.#records = Buffer.alloc(0)
    this.#starts = []
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafe(Math.max(needed, Math.min(2 * this.#records.length, MAX_RUN_BYTES)))
    this.#records.copy(larger, 0, 0, this.#used)
    this.#records = larger
  }

  /** Of equal paths, the member that comes later in the archive is later. */
  #sortedStarts(): Uint32Array {
    return Uint32Array.from(this.#starts).sort(
      (a, b) => comparePaths(this.#records, a, this.#records, b) || a - b,
    )
  }

  #spillRun(): void {
    if (this.#spill === null) {
      this.#spill = openSync(this.#spillPath, 'wx+', 0o600)
      unlinkSync(this.#spillPath)
    }
    const writer = new BlockWriter(this.#spill, this.#runEnds.at(-1) ?? 0)
    for (const start of this.#sortedStarts())
      writer.write(this.#records.subarray(start, start + recordBytes(this.#records, start)))
    writer.flush()
    this.#runEnds.push((this.#runEnds.at(-1) ?? 0) + writer.written)
    this.#starts = []
    this.#used = 0
  }

  *#sorted(): Generator<Cursor> {
    if (this.#spill === null) {
      for (const at of this.#sortedStarts())
        yield { bytes: this.#records, at, length: recordBytes(this.#records, at) }
      return
    }
    this.#spillRun()
    const path = `/proc/self/fd/${this.#spill}`
    const runs = this.#runEnds.map((end, index) => new Run(path, this.#runEnds[index - 1] ?? 0, end))
    try {
      for (;;) {
        let first: Run | null = null
        // Earlier runs have earlier members, so of equal paths the first run's comes first.
        for (const run of runs)
          if (run.current && (!first?.current || compareCursors(run.current, first.current) < 0)) first = run
        if (!first?.current) return
        yield first.current
        first.advance()
      }
    } finally {
      for (const run of runs) run.close()
    }
  }
}

/** A record within `bytes`; valid until the next one is taken. */
interface Cursor {
  readonly bytes: Buffer
  readonly at: number
  readonly length: number
}

function compareCursors(a: Cursor, b: Cursor): number {
  return comparePaths(a.bytes, a.at, b.bytes, b.at)
}

/** Reads a sorted run record by record. */
class Run {
  readonly #file: PagedFile
  readonly #end: number
  #at: number
  current: Cursor | null = null

  constructor(path: string, start: number, end: number) {
    this.#file = PagedFile.openSequential(path)
    this.#at = start
    this.#end = end
    this.advance()
  }

  advance(): void {
    if (this.#at >= this.#end) {
      this.current = null
      return
    }
    const length = recordBytes(this.#file.read(this.#at, FIXED_BYTES), 0)
    this.current = { bytes: this.#file.read(this.#at, length), at: 0, length }
    this.#at += length
  }

  close(): void {
    this.#file.close()
  }
}

/** Writes small pieces as large ones. */
class BlockWriter {
  readonly #descriptor: number
  readonly #start: number
  readonly #block = Buffer.allocUnsafe(WRITE_BYTES)
  #filled = 0
  #flushed = 0

  constructor(descriptor: number, start: number) {
    this.#descriptor = descriptor
    this.#start = start
  }

  get written(): number {
    return this.#flushed + this.#filled
  }

  write(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; ) {
      const count = bytes.copy(this.#block, this.#filled, at)
      this.#filled += count
      at += count
      if (this.#filled === this.#block.length) this.flush()
    }
  }

  flush(): void {
    for (let at = 0; at < this.#filled; )
      at += writeSync(this.#descriptor, this.#block, at, this.#filled - at, this.#start + this.#flushed + at)
    this.#flushed += this.#filled
    this.#filled = 0
  }
}
