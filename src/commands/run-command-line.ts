import { CommanderError, InvalidArgumentError } from 'commander'
import { explainError } from './explain-error.ts'
import { createProgram } from './program.ts'

/** The exit status for errors, as for diff(1). */
export const ERROR_STATUS = 2

/** Prints an error on standard error, as a sentence where it has a cause outside the program. */
export function printError(error: unknown): void {
  const explained = error instanceof InvalidArgumentError ? error.message : explainError(error)
  process.stderr.write(`differ: ${explained}\n`)
}

/**
 * Runs a command and sets the exit status of the process. Errors are printed, not thrown.
 * @param args without the program's name
 */
export async function runCommandLine(args: readonly string[]): Promise<void> {
  try {
    await createProgram().parseAsync(args, { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : ERROR_STATUS
    else {
      printError(error)
      process.exitCode = ERROR_STATUS
    }
  }
}
