/** Runs the command line. */
import { CommanderError, InvalidArgumentError } from 'commander'
import { createProgram } from './commands/program.ts'
import { DiffCommandError, DifferError } from './errors.ts'

/** The exit status for errors, as for diff(1). */
const ERROR_STATUS = 2

/** A sentence for errors that the user can fix; a stack trace for bugs. */
function explain(error: unknown): string {
  if (error instanceof DiffCommandError && error.stderr) return `${error.message}:\n${error.stderr.trimEnd()}`
  if (error instanceof DifferError || error instanceof InvalidArgumentError) return error.message
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // The reader has closed the pipe (`differ diff … | head`); it needs no message.
  if (error.code === 'EPIPE') process.exit(ERROR_STATUS)
  throw error
})

try {
  await createProgram().parseAsync()
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : ERROR_STATUS
  else {
    process.stderr.write(`differ: ${explain(error)}\n`)
    process.exitCode = ERROR_STATUS
  }
}
