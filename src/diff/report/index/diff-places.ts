/** Finds where the lines of a diff can be read from: the beginnings of hunks and checkpoints within them. */

import type { DiffPlace, DiffPlaces } from '../types.ts'
import { checkpointsAround } from './checkpoints.ts'
import type { IndexReader } from './index-reader.ts'
import { type DiffRecord, decodeHunk, type HunkRecord } from './records.ts'

/** Implements `Report.places`. */
export class IndexedPlaces implements DiffPlaces {
  readonly #index: IndexReader
  readonly #diff: DiffRecord

  constructor(index: IndexReader, diff: DiffRecord) {
    this.#index = index
    this.#diff = diff
  }

  async before(offset: number): Promise<DiffPlace> {
    const hunk = Math.max(0, (await this.#hunksBefore((record) => record.start <= offset)) - 1)
    const record = await this.#record(hunk)
    const { at } = await checkpointsAround(this.#index, record, (checkpoint) => checkpoint.offset <= offset)
    return at ? { hunk, line: at.line, offset: at.offset } : { hunk, line: 0, offset: record.start }
  }

  async from(hunk: number, line: number): Promise<DiffPlace | null> {
    if (hunk >= this.#diff.hunks) return null
    const record = await this.#record(hunk)
    if (line === 0) return { hunk, line, offset: record.start }
    const { next } = await checkpointsAround(this.#index, record, (checkpoint) => checkpoint.line < line)
    return next ? { hunk, line: next.line, offset: next.offset } : this.from(hunk + 1, 0)
  }

  async after(offset: number): Promise<DiffPlace | null> {
    const { hunk, line, offset: at } = await this.before(offset)
    return at >= offset ? { hunk, line, offset: at } : this.from(hunk, line + 1)
  }

  /** By binary search: how many hunks come before the first one for which `isBefore` is false. */
  async #hunksBefore(isBefore: (record: HunkRecord) => boolean): Promise<number> {
    let [low, high] = [0, this.#diff.hunks]
    while (low < high) {
      const middle = (low + high) >> 1
      if (isBefore(await this.#record(middle))) low = middle + 1
      else high = middle
    }
    return low
  }

  async #record(hunk: number): Promise<HunkRecord> {
    return decodeHunk(await this.#index.record('hunks', this.#diff.firstHunk + hunk))
  }
}
