/** What a port that is taken says. */
import { UsageError } from './errors.ts'

/** Turns the error of an address that cannot be listened on into a sentence; `flag` is the one that chooses the port. */
export function explainListenError(
  host: string,
  port: number,
  flag: string,
): (error: NodeJS.ErrnoException) => never {
  return (error) => {
    const why =
      error.code === 'EADDRINUSE'
        ? `another program listens there; stop it, or choose another port with ${flag}`
        : error.message
    throw new UsageError(`Cannot listen on ${host}:${port}: ${why}`)
  }
}
