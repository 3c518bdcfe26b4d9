import { ForeignPageError, UnauthorizedError, UsageError } from '../errors.ts'
import type { Context } from './context.ts'

/**
 * Refuses an operation that must not start or stop work. Every resolver that does so calls it first.
 * @param what what the client requested, for the message: `mode: WAIT`
 * @throws UsageError over GET; ForeignPageError for a page of another site; UnauthorizedError without the token
 */
export function requirePermission(what: string, { readOnly, foreignOrigin, authorized }: Context): void {
  if (readOnly)
    throw new UsageError(`${what} starts work, so it is not allowed over GET; send the query by POST`)
  if (foreignOrigin) throw new ForeignPageError(foreignOrigin)
  if (!authorized) throw new UnauthorizedError()
}

/** Whether `requirePermission` would let the operation pass. */
export function mayStartWork({ readOnly, foreignOrigin, authorized }: Context): boolean {
  return !readOnly && !foreignOrigin && authorized
}
