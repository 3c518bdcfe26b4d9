import type { Command } from 'commander'
import { createLog } from '../../log.ts'
import { addSettings, configOf, type Flags, SERVICE_SETTINGS, textFlag } from '../flags.ts'

/** Defines `differ serve`. */
export function defineServe(program: Command): void {
  const command = program
    .command('serve')
    .description(
      'Runs the service: GraphQL, REST, the web page and background jobs on one port. Without settings, all data is in ./.differ.',
    )
    .option('--samples <DIR>', 'import sample builds at the start and print how to look at them')
    .addHelpText(
      'after',
      `
SIGINT or SIGTERM stops the service after the running requests, or after ten seconds; a second signal stops it at once.

Examples:
  $ differ serve
  $ differ serve --port 8080 --listen-address 0.0.0.0
  $ differ serve --database-url postgresql://differ@localhost/janitor --redis-url redis://localhost
  $ differ serve --config janitor.conf --cache-path /var/cache/differ`,
    )
    .action(async (flags: Flags) => {
      const config = configOf(flags)
      const { serve } = await import('./serve.ts')
      return serve(config, createLog(config), textFlag(flags, 'samples'))
    })
  addSettings(command, SERVICE_SETTINGS)
}
