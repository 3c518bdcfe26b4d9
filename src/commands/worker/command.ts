import type { Command } from 'commander'
import { createLog } from '../../log.ts'
import { addSettings, configOf, type Flags, SERVICE_SETTINGS } from '../flags.ts'

/** Defines `differ worker`. */
export function defineWorker(program: Command): void {
  const command = program
    .command('worker')
    .description(
      'Runs background jobs of a service, on this or another machine. It needs the same database, Redis, artifacts and cache as the service.',
    )
    .addHelpText(
      'after',
      `
SIGINT or SIGTERM stops the worker; its running jobs return to the queue. Any number of workers can share the queue.

Examples:
  $ differ worker --redis-url redis://localhost --database-url postgresql://differ@localhost/janitor
  $ differ worker --config janitor.conf --precache-concurrency 8`,
    )
    .action(async (flags: Flags) => {
      const config = configOf(flags)
      const { work } = await import('./work.ts')
      return work(config, createLog(config))
    })
  addSettings(command, SERVICE_SETTINGS)
}
