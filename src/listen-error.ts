import { UsageError } from './errors.ts'
import { systemReason } from './system-errors.ts'

/**
 * Returns a handler that turns the error of `listen` into a UsageError.
 * @param flag the flag that sets the port
 */
export function explainListenError(
  host: string,
  port: number,
  flag: string,
): (error: NodeJS.ErrnoException) => never {
  return (error) => {
    const reason =
      error.code === 'EADDRINUSE'
        ? `another program listens there; stop it, or set ${flag} to another port`
        : (systemReason(error) ?? error.message)
    throw new UsageError(`Cannot listen on ${host}:${port}: ${reason}`)
  }
}
