import { UnauthorizedError, UsageError } from '../errors.ts'
import type { Context } from './context.ts'

/**
 * To be asked ahead of all that starts or stops work.
 * @param what names it for people: `mode: WAIT`
 * @throws UsageError over GET; UnauthorizedError without the token
 */
export function requirePermission(what: string, { readOnly, authorized }: Context): void {
  if (readOnly)
    throw new UsageError(`${what} starts work and cannot be asked for by GET; send the query by POST`)
  if (!authorized) throw new UnauthorizedError()
}
