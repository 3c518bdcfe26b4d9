/**
 * Limits how many reports are scanned concurrently, to index or to filter them. The queue is shared by the
 * whole process because the processors are. It has no owner to close it: every caller awaits its own scan.
 */
import { availableParallelism } from 'node:os'
import PQueue from 'p-queue'
import { OverloadedError } from '../../../errors.ts'

const MAX_WAITING = 200
const RETRY_AFTER_MS = 5_000
const queue = new PQueue({ concurrency: Math.max(2, availableParallelism()) })

/**
 * Runs a scan when its turn comes. A scan must not wait for another one, or both could wait forever.
 * @throws OverloadedError if too many scans wait already
 */
export async function enqueueScan<T>(scan: () => Promise<T>): Promise<T> {
  if (queue.size >= MAX_WAITING) throw new OverloadedError(RETRY_AFTER_MS)
  return queue.add(scan)
}
