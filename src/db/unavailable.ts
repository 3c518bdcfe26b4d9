/** Distinguishes an unreachable database from a faulty query. */

const NETWORK_CODES = new Set([
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
 * SQLSTATE codes of an unreachable database: connection exceptions, failed authentication, a missing
 * database, exhausted resources, a server that starts or shuts down, a statement, lock or transaction that
 * was given up at its timeout, and a conflict with another transaction.
 */
const SQL_STATES = /^(08...|28...|3D000|53...|57P..|57014|55P03|25P0[34]|40001|40P01)$/

/** SQLSTATE codes for a character that the encoding of the database does not have. */
const UNTRANSLATABLE = new Set(['22P05', '22021'])

/** SQLSTATE of a statement that was cancelled at its timeout. */
const STATEMENT_TIMEOUT = '57014'

/** Whether the server, or this client in its place, has stopped a statement at its timeout. */
export function isStatementTimeout(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code } = error as NodeJS.ErrnoException
  if (code === STATEMENT_TIMEOUT || (code === undefined && error.message.includes('Query read timeout')))
    return true
  return isStatementTimeout(error.cause)
}

/** Errors for which `pg` and its pool set no code. */
const MESSAGES =
  /timeout exceeded when trying to connect|timeout expired|Connection terminated|Query read timeout|connection error and is not queryable|after calling end on the pool|Client was closed/

/**
 * Whether the error means that the database cannot be reached. Follows `cause`, because Drizzle wraps the
 * errors of pg, and the errors of an AggregateError, which a host with two addresses causes.
 */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code } = error as NodeJS.ErrnoException
  if (error instanceof AggregateError && error.errors.some(isUnavailable)) return true
  if (error.cause !== undefined) return isUnavailable(error.cause)
  // A message with a code comes from the server and may quote what a user sent, so only match one without a
  // code.
  return code === undefined ? MESSAGES.test(error.message) : NETWORK_CODES.has(code) || SQL_STATES.test(code)
}

/** Whether a statement failed because the database's encoding lacks a character of one of its parameters. */
export function isUntranslatable(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code } = error as NodeJS.ErrnoException
  return error.cause === undefined ? UNTRANSLATABLE.has(code ?? '') : isUntranslatable(error.cause)
}
