/** Finds its way in a long hunk by the checkpoints that the index holds of it. */
import type { Checkpoint } from '../scan/diff-scanner.ts'
import type { IndexReader } from './index-reader.ts'
import { decodeCheckpoint, type HunkRecord } from './records.ts'

/**
 * The last checkpoint of the hunk for which `isBefore` holds (null: the hunk's beginning is nearer) and the one after it (null: there is none).
 * @param isBefore holds for none behind one for which it does not
 * @throws as IndexReader.record
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
