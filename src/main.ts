/** Runs the command line. */
import { CommanderError, InvalidArgumentError } from 'commander'
import { explainError } from './commands/explain-error.ts'
import { createProgram } from './commands/program.ts'

/** The exit status for errors, as for diff(1). */
const ERROR_STATUS = 2

function print(error: unknown): void {
  const explained = error instanceof InvalidArgumentError ? error.message : explainError(error)
  process.stderr.write(`differ: ${explained}\n`)
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // The reader has closed the pipe (`differ diff … | head`); it needs no message.
  if (error.code !== 'EPIPE') print(error)
  process.exit(ERROR_STATUS)
})
// Nobody can read a message when standard error cannot be written.
process.stderr.on('error', () => process.exit(ERROR_STATUS))

// A connection that breaks may fail outside of every promise. The service and the workers log such errors.
process.on('uncaughtException', (error) => {
  if (process.listenerCount('uncaughtException') > 1) return
  print(error)
  process.exit(ERROR_STATUS)
})

try {
  await createProgram().parseAsync()
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : ERROR_STATUS
  else {
    print(error)
    process.exitCode = ERROR_STATUS
  }
}
