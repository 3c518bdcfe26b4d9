import type { Command } from 'commander'
import { addSettings, configOf, ENGINE_SETTINGS, type Flags } from '../flags.ts'

/** Defines `differ state`. */
export function defineState(program: Command): void {
  const state = program
    .command('state')
    .description('Maintains what Differ remembers of summaries for views of campaigns.')
    .addHelpText('after', '\nExample:\n  $ differ state rebuild')
  const rebuild = state
    .command('rebuild')
    .description(
      'Reads all cached summaries and writes what they say to the state again. What it says of summaries that are no longer cached stays. Works beside a running service.',
    )
    .addHelpText(
      'after',
      `
The state is in the database of --state-database-url; without --database-url, in the embedded database.

Example:
  $ differ state rebuild`,
    )
    .action(async (flags: Flags) => {
      const { rebuild: run } = await import('./rebuild.ts')
      return run(configOf({ logLevel: 'warn', ...flags }))
    })
  addSettings(rebuild, [...ENGINE_SETTINGS, 'stateDatabaseUrl'])
}
