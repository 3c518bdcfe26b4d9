/** What happens to a job after its handler fails. Both drivers of the queue use it. */
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

/** System errors of a full disk, an overloaded machine or a failing file system. */
const TRANSIENT_CODES = new Set(['ENOSPC', 'EDQUOT', 'EMFILE', 'ENFILE', 'ENOMEM', 'EIO', 'ESTALE'])

/** Whether a later attempt may succeed by itself. A diff that ran into its timeout would do so again. */
export function isTransient(error: unknown): boolean {
  if (error instanceof DiffCommandTimeoutError) return false
  if (error instanceof DifferError) return error.retryable
  return TRANSIENT_CODES.has((error as NodeJS.ErrnoException | null)?.code ?? '')
}

/**
 * `REQUEUE` queues the job again without counting the attempt; `RETRY` does so after a delay, and counts it.
 */
export type RetryDecision = 'CANCEL' | 'REQUEUE' | 'RETRY' | 'FAIL'

/**
 * @param signal the job's signal
 * @param attempts how often the job was started, including the failed attempt
 */
export function decideRetry(error: unknown, signal: AbortSignal, attempts: number): RetryDecision {
  if (signal.reason instanceof CancelledError) return 'CANCEL'
  if (signal.reason instanceof StoppingError) return 'REQUEUE'
  return isTransient(error) && attempts < MAX_ATTEMPTS ? 'RETRY' : 'FAIL'
}

/** @returns the delay after the given number of attempts, in milliseconds */
export function retryDelayMs(firstDelayMs: number, attempts: number): number {
  return firstDelayMs * 2 ** (attempts - 1)
}
