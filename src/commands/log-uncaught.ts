import { randomUUID } from 'node:crypto'
import type { Logger } from '../log.ts'

/**
 * Sees to failures that nobody caught, of a process that runs for weeks: each is logged with a reference, where Node.js would print it and end.
 * A promise that failed was one piece of work, and the service goes on. An exception may have left anything half done: the process ends with status 1, for
 * whoever supervises it to start anew; what it kept is whole, since writes are atomic.
 */
export function logUncaught(log: Logger): void {
  process.on('unhandledRejection', (reason) => {
    log.error(
      { err: toError(reason), reference: randomUUID() },
      'a failure that nobody waited for; the service goes on',
    )
  })
  process.on('uncaughtException', (error) => {
    log.fatal(
      { err: toError(error), reference: randomUUID() },
      'an exception that nobody caught; the service ends',
    )
    process.exit(1)
  })
}

/** Anything can be thrown. */
function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}
