/** Estimates the sizes of lines from the index, so that a page which is too large is not read at all. */
import type { Checkpoint } from '../scan/diff-scanner.ts'
import type { IndexReader } from './index-reader.ts'
import { decodeCheckpoint, type HunkRecord } from './records.ts'

type Place = Pick<Checkpoint, 'line' | 'offset'>

export interface LinesToRead {
  /** Position of the first line, from 0. */
  readonly from: number
  readonly count: number
  /** What is shown of a line at most, in bytes. */
  readonly maxLineBytes: number
}

/**
 * The bytes of some lines of a hunk, as the report has them, without what is not shown of long lines. Between two
 * checkpoints, all lines count as equally long.
 * @throws the errors of `IndexReader.record`
 */
export async function sizeOfLines(
  index: IndexReader,
  hunk: HunkRecord,
  { from, count, maxLineBytes }: LinesToRead,
): Promise<number> {
  const end = Math.min(hunk.lines, from + count)
  let bytes = 0
  let at = await firstCheckpointAfter(index, hunk, from)
  let place: Place = at === 0 ? { line: 0, offset: hunk.start } : await placeAt(index, hunk, at - 1)
  while (place.line < end) {
    const next: Place =
      at < hunk.checkpoints ? await placeAt(index, hunk, at) : { line: hunk.lines, offset: hunk.end }
    const read = Math.max(0, Math.min(end, next.line) - Math.max(from, place.line))
    const perLine = (next.offset - place.offset) / Math.max(1, next.line - place.line)
    bytes += read * Math.min(maxLineBytes, perLine)
    place = next
    at += 1
  }
  return Math.ceil(bytes)
}

/** By binary search: how many checkpoints come before the first one after a line. */
async function firstCheckpointAfter(index: IndexReader, hunk: HunkRecord, line: number): Promise<number> {
  let [low, high] = [0, hunk.checkpoints]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((await placeAt(index, hunk, middle)).line <= line) low = middle + 1
    else high = middle
  }
  return low
}

async function placeAt(index: IndexReader, hunk: HunkRecord, at: number): Promise<Place> {
  return decodeCheckpoint(await index.record('checkpoints', hunk.firstCheckpoint + at))
}
