import type { Command } from 'commander'
import { addSettings, configOf, type Flags, SERVICE_SETTINGS } from '../flags.ts'

/** Defines `differ doctor`. */
export function defineDoctor(program: Command): void {
  const command = program
    .command('doctor')
    .description(
      'Checks what Differ needs on this machine. For each tool, directory and server that does not work, it says what to do.',
    )
    .option('--json', 'print a JSON document')
    .addHelpText(
      'after',
      `
Exit status: 0 if everything required works, 1 if something required does not, 2 on an error.

Examples:
  $ differ doctor
  $ differ doctor --config janitor.conf`,
    )
    .action(async (flags: Flags) => {
      const config = configOf(flags)
      const { examine } = await import('./examine.ts')
      process.exitCode = (await examine(config, flags.json === true)) ? 0 : 1
    })
  addSettings(command, SERVICE_SETTINGS)
}
