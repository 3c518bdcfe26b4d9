/** The members of one archive as a sorted table in a file, of which only what is being read is in memory. */
import {
  comparePaths,
  comparePathTo,
  decodeEntry,
  type Entry,
  isSameMember,
  offsetOf,
} from './entry-record.ts'
import type { TableLocation } from './entry-table-builder.ts'
import type { PagedFile } from './paged-file.ts'

/** One path on both sides, or on one. */
export type EntryPair =
  | { readonly old: Entry; readonly new: Entry }
  | { readonly old: Entry; readonly new: null }
  | { readonly old: null; readonly new: Entry }

const MAX_NEIGHBOURS = 16

/** The members of an archive, sorted by the bytes of their paths; of equal paths, the one that comes later in the archive is later. */
export class EntryTable {
  readonly size: number
  readonly #file: PagedFile
  readonly #start: number
  /** Where the last search ended: the next one is often for a path just after it. */
  #lastFound = 0
  /** Where each record begins, and where the last one ends. */
  readonly #positions: Uint32Array

  /** @param file stays open while the table is used */
  constructor(file: PagedFile, { start, recordBytes, size }: TableLocation) {
    this.#file = file
    this.#start = start
    this.size = size
    this.#positions = new Uint32Array(size + 1)
    const stored = file.read(start + recordBytes, 4 * size)
    for (let index = 0; index < size; index += 1) this.#positions[index] = stored.readUInt32LE(4 * index)
    this.#positions[size] = recordBytes
  }

  *[Symbol.iterator](): Generator<Entry, void, void> {
    for (let index = 0; index < this.size; index += 1) yield decodeEntry(this.#record(index))
  }

  /** The last member of this path in the archive, which is the one that dpkg leaves on the disk. */
  find(path: string): Entry | null {
    const wanted = Buffer.from(path, 'latin1')
    let low = 0
    let high = this.size
    // Halves the table only beyond the neighbours of the last one.
    for (let step = 1; step <= MAX_NEIGHBOURS; step *= 2) {
      const near = this.#lastFound + step
      if (near >= high || near < low) break
      if (comparePathTo(this.#record(near), wanted) > 0) high = near
      else low = near + 1
    }
    while (low < high) {
      const middle = (low + high) >>> 1
      if (comparePathTo(this.#record(middle), wanted) <= 0) low = middle + 1
      else high = middle
    }
    if (low === 0) return null
    this.#lastFound = low - 1
    const record = this.#record(low - 1)
    return comparePathTo(record, wanted) === 0 ? decodeEntry(record) : null
  }

  /**
   * The members in which two archives differ, in the order of their paths: those on one side only, and pairs that differ in anything
   * but their position. Of several members with one path the last counts; `duplicates` has the others.
   */
  static *differences(oldTable: EntryTable, newTable: EntryTable): Generator<EntryPair, void, void> {
    for (let [oldAt, newAt] = [0, 0]; oldAt < oldTable.size || newAt < newTable.size; ) {
      oldAt = oldTable.#lastOfPath(oldAt)
      newAt = newTable.#lastOfPath(newAt)
      const old = oldAt < oldTable.size ? oldTable.#record(oldAt) : null
      const newer = newAt < newTable.size ? newTable.#record(newAt) : null
      const order = !old ? 1 : !newer ? -1 : comparePaths(old, 0, newer, 0)
      const pair = { old: order <= 0 ? old : null, new: order >= 0 ? newer : null }
      if (!pair.old || !pair.new || !isSameMember(pair.old, pair.new))
        yield { old: pair.old && decodeEntry(pair.old), new: pair.new && decodeEntry(pair.new) } as EntryPair
      if (pair.old) oldAt += 1
      if (pair.new) newAt += 1
    }
  }

  /** Whether two archives have the same paths, each as often, in another order. */
  static isReordered(one: EntryTable, other: EntryTable): boolean {
    if (one.size !== other.size) return false
    const [order, otherOrder] = [one.#archiveOrder(), other.#archiveOrder()]
    if (order.every((index, at) => index === otherOrder[at])) return false
    for (let index = 0; index < one.size; index += 1)
      if (comparePaths(one.#record(index), 0, other.#record(index), 0) !== 0) return false
    return true
  }

  /** Members whose path another, later member has as well. */
  *duplicates(): Generator<Entry, void, void> {
    for (let index = 0; index + 1 < this.size; index += 1)
      if (this.#isPathRepeated(index)) yield decodeEntry(this.#record(index))
  }

  /** Indexes in the table, in the order of the archive. */
  #archiveOrder(): Uint32Array {
    const offsets = Float64Array.from({ length: this.size }, (_, index) => offsetOf(this.#record(index)))
    return Uint32Array.from(offsets.keys()).sort((a, b) => (offsets[a] ?? 0) - (offsets[b] ?? 0))
  }

  #lastOfPath(index: number): number {
    let last = index
    while (last + 1 < this.size && this.#isPathRepeated(last)) last += 1
    return last
  }

  /** Whether the next member has the same path. */
  #isPathRepeated(index: number): boolean {
    return comparePaths(this.#record(index), 0, this.#record(index + 1), 0) === 0
  }

  /** Valid until the record after the next is read. */
  #record(index: number): Buffer {
    const from = this.#positions[index] ?? 0
    return this.#file.read(this.#start + from, (this.#positions[index + 1] ?? from) - from)
  }
}
