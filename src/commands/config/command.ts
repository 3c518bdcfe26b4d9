import type { Command } from 'commander'
import { describeConfig } from '../../config/load.ts'
import { addSettings, configOf, type Flags } from '../flags.ts'

/** Defines `differ config`. */
export function defineConfig(program: Command): void {
  const command = program
    .command('config')
    .description('Prints every setting with its value and where the value comes from. Secrets are masked.')
    .addHelpText(
      'after',
      `
A flag wins over an environment variable, this over janitor.conf, and this over the default.

Examples:
  $ differ config --config janitor.conf
  $ DIFFER_PORT=8080 differ config | grep port`,
    )
    .action((flags: Flags) => {
      process.stdout.write(describeConfig(configOf(flags)))
    })
  addSettings(command)
}
