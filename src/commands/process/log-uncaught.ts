import { randomUUID } from 'node:crypto'
import type { Logger } from '../../log.ts'

/**
 * Logs errors that no code has caught, each with a reference. A rejected promise concerns one piece of work,
 * so the process continues. After an uncaught exception anything may be half done, so the process ends with
 * status 1 and its supervisor restarts it; files are intact, because they are written atomically.
 */
export function logUncaught(log: Logger): void {
  process.on('unhandledRejection', (reason) => {
    log.error({ err: toError(reason), reference: randomUUID() }, 'unhandled promise rejection; continuing')
  })
  process.on('uncaughtException', (error) => {
    log.fatal({ err: toError(error), reference: randomUUID() }, 'uncaught exception; exiting')
    process.exit(1)
  })
}

/** JavaScript can throw any value. */
function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}
