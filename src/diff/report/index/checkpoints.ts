/** Finds checkpoints of a hunk in the index, so that reading a long hunk need not begin at its beginning. */
import type { Checkpoint } from '../scan/diff-scanner.ts'
import type { IndexReader } from './index-reader.ts'
import { decodeCheckpoint, type HunkRecord } from './records.ts'

/**
 * By binary search: `at` is the last checkpoint of the hunk for which `isBefore` is true, or null if there is
 * none, and `next` is the checkpoint after it, or null if there is none.
 * @param isBefore must be false for every checkpoint after one for which it is false
 * @throws the errors of `IndexReader.record`
 */
export async function checkpointsAround(
  index: IndexReader,
  hunk: HunkRecord,
  isBefore: (checkpoint: Checkpoint) => boolean,
): Promise<{ readonly at: Checkpoint | null; readonly next: Checkpoint | null }> {
  let at: Checkpoint | null = null
  let next: Checkpoint | null = null
  let [low, high] = [0, hunk.checkpoints]
  while (low < high) {
    const middle = (low + high) >> 1
    const checkpoint = decodeCheckpoint(await index.record('checkpoints', hunk.firstCheckpoint + middle))
    if (isBefore(checkpoint)) {
      at = checkpoint
      low = middle + 1
    } else {
      next = checkpoint
      high = middle
    }
  }
  return { at, next }
}
