/** Passes over whole reports, which make indexes and filtered copies: a few at a time, however many reports are asked for. */
import { availableParallelism } from 'node:os'
import PQueue from 'p-queue'
import { OverloadedError } from '../../../errors.ts'

const MAX_WAITING = 200
const passes = new PQueue({ concurrency: Math.max(2, availableParallelism()) })

/** Runs a pass when there is a place. One must not wait for another. @throws OverloadedError where too many wait already */
export async function enqueueScan<T>(work: () => Promise<T>): Promise<T> {
  if (passes.size >= MAX_WAITING) throw new OverloadedError(5_000)
  return passes.add(work)
}
