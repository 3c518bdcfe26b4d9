/** Runs the command line. */
import { ERROR_STATUS, printError, runCommandLine } from './commands/run-command-line.ts'

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // The reader has closed the pipe (`differ diff … | head`); it needs no message.
  if (error.code !== 'EPIPE') printError(error)
  process.exit(ERROR_STATUS)
})
// No message can be shown when standard error cannot be written.
process.stderr.on('error', () => process.exit(ERROR_STATUS))

// A connection that breaks may fail outside of every promise. The service and the workers log such errors.
process.on('uncaughtException', (error) => {
  if (process.listenerCount('uncaughtException') > 1) return
  printError(error)
  process.exit(ERROR_STATUS)
})

await runCommandLine(process.argv.slice(2))
