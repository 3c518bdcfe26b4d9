/** Tells a database that does not answer from a query that is wrong. */

const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ENOENT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'EACCES',
])

/**
 * Connection exceptions, refused log-ins, missing or overfull database, shutdown and start-up of the server, and a statement that ran
 * into its time limit.
 */
const sqlStates = /^(08...|28...|3D000|53...|57P..|57014)$/

/** `pg` and its pool have no codes for these. */
const messages =
  /timeout exceeded when trying to connect|timeout expired|Connection terminated|Query read timeout|connection error and is not queryable|after calling end on the pool|Client was closed/

/** Looks through `cause` (Drizzle wraps what pg throws) and the errors of an AggregateError (a host with two addresses). */
export function meansUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code } = error as NodeJS.ErrnoException
  if (error instanceof AggregateError && error.errors.some(meansUnavailable)) return true
  if (error.cause !== undefined) return meansUnavailable(error.cause)
  // A message is looked at only where it cannot quote what a user sent: with a code it is the server's, with a cause Drizzle's.
  return code === undefined ? messages.test(error.message) : networkCodes.has(code) || sqlStates.test(code)
}
