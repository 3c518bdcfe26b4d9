/** What becomes of a job whose work has failed: one rule for every queue. */
import { DiffCommandTimeoutError, DifferError } from '../errors.ts'
import { MAX_ATTEMPTS } from './queue.ts'

/** The abort reason of a job that was cancelled. */
export class CancelledError extends Error {
  override readonly name = 'CancelledError'
  constructor() {
    super('The job was cancelled')
  }
}

/** The abort reason of a job whose worker shuts down. */
export class StoppingError extends Error {
  override readonly name = 'StoppingError'
  constructor() {
    super('The worker is stopping')
  }
}

/** What a full disk, or a machine or file system in trouble, say. */
const PASSING_CODES = new Set(['ENOSPC', 'EDQUOT', 'EMFILE', 'ENFILE', 'ENOMEM', 'EIO', 'ESTALE'])

/** Whether a job that failed so may succeed later without anybody changing anything. A diff that took too long will do so again. */
export function isTransient(error: unknown): boolean {
  if (error instanceof DiffCommandTimeoutError) return false
  if (error instanceof DifferError) return error.retryable
  return PASSING_CODES.has((error as NodeJS.ErrnoException | null)?.code ?? '')
}

export type RetryDecision = 'CANCEL' | 'HAND_BACK' | 'RETRY' | 'FAIL'

/**
 * @param signal the job's own
 * @param attempts begun so far, this one included
 */
export function decideRetry(error: unknown, signal: AbortSignal, attempts: number): RetryDecision {
  if (signal.reason instanceof CancelledError) return 'CANCEL'
  if (signal.reason instanceof StoppingError) return 'HAND_BACK'
  return isTransient(error) && attempts < MAX_ATTEMPTS ? 'RETRY' : 'FAIL'
}

/** Before the attempt that follows the given one. */
export function retryDelayMs(firstMs: number, attempts: number): number {
  return firstMs * 2 ** (attempts - 1)
}
