/** What a command prints for an error: a sentence for what happens to disks, networks and databases. */
import { DatabaseUnavailableError, DiffCommandError, DifferError, UsageError } from '../errors.ts'
import { explainSystemError } from '../system-errors.ts'

/** What to do, by the SQLSTATE of a database's error. https://www.postgresql.org/docs/current/errcodes-appendix.html */
const DATABASE_ADVICE: Readonly<Record<string, string>> = {
  '25006': 'connect to a server that accepts writes',
  '42P01': 'check that --database-url names the database of the farm',
  '42703': 'check that --database-url names the database of the farm',
  '42501': 'grant the user of --database-url the right to do that',
}

/** A sentence or several for an error that has a cause outside the program, and a stack trace for a bug. */
export function explainError(error: unknown): string {
  if (error instanceof DiffCommandError && error.stderr) return `${error.message}:\n${error.stderr.trimEnd()}`
  if (error instanceof DatabaseUnavailableError) return `${error.message}${reasonOf(error)}`
  if (error instanceof DifferError) return error.message
  if (!(error instanceof Error)) return String(error)
  for (const cause of causesOf(error)) {
    const sentence = ofCause(cause)
    if (sentence !== null) return sentence
  }
  return error.stack ?? error.message
}

/** Why the database cannot be used: `: connection refused …`. */
function reasonOf({ cause }: Error): string {
  if (!(cause instanceof Error)) return ''
  const causes = [...causesOf(cause)]
  const sentence = causes.map(ofCause).find((one) => one !== null)
  return `: ${sentence ?? causes.at(-1)?.message}`
}

/** The error and what it wraps: Drizzle and `fetch` put the system's error into `cause`. */
function* causesOf(error: unknown): Generator<Error> {
  let depth = 0
  for (let next = error; next instanceof Error && depth < 10; next = next.cause, depth++) {
    yield next
    // A host with several addresses fails with an error for each.
    if (next instanceof AggregateError) yield* causesOf(next.errors[0])
  }
}

function ofCause(error: Error): string | null {
  return error instanceof UsageError ? error.message : (ofDatabase(error) ?? explainSystemError(error))
}

function ofDatabase(error: Error): string | null {
  const { code, severity, message } = error as Error & { code?: unknown; severity?: unknown }
  if (typeof code !== 'string' || severity === undefined) return null
  const advice = DATABASE_ADVICE[code]
  return `The database refused a statement: ${message} (SQLSTATE ${code})${advice ? `; ${advice}` : ''}`
}
