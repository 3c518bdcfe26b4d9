import type { Command } from 'commander'
import { type Flags, textFlag, wholeNumberFlag } from '../flags.ts'

/** Defines `differ check-legacy`. */
export function defineCheckLegacy(program: Command): void {
  program
    .command('check-legacy')
    .description(
      'Sends the same requests to the old service and to Differ, and prints how the responses differ. Both make the diffs that they have not cached.',
    )
    .argument('<OLD_URL>', 'URL of the old service')
    .argument('<NEW_URL>', 'URL of Differ')
    .option(
      '--pairs <FILE>',
      'file of run ids, OLD NEW per line, or - for standard input (default: only requests that need no runs)',
    )
    .addOption(wholeNumberFlag('--concurrency <N>', 'number of pairs to check at once', 2))
    .addOption(wholeNumberFlag('--timeout <SECONDS>', 'seconds to wait for a response', 300))
    .option('--with-precache', 'also send POST /precache/OLD/NEW for each pair')
    .option('--json', 'print a JSON document')
    .addHelpText(
      'after',
      `
Without --with-precache it only sends GET and HEAD. The numbers of known faults of the old service are those of docs/migrating.md.
Exit status: 0 if nothing differs except by known faults, 1 if something does, 2 if a service did not respond.

Examples:
  $ differ check-legacy http://localhost:9920/ http://localhost:9921/
  $ differ check-legacy http://localhost:9920/ http://localhost:9921/ --pairs pairs.txt
  $ psql -At -F ' ' -f recent-pairs.sql | differ check-legacy http://localhost:9920/ http://localhost:9921/ --pairs -`,
    )
    .action(async (oldUrl: string, newUrl: string, flags: Flags) => {
      const { checkLegacy } = await import('./check-legacy.ts')
      process.exitCode = await checkLegacy({
        old: oldUrl,
        new: newUrl,
        pairs: textFlag(flags, 'pairs'),
        json: flags.json === true,
        withPrecache: flags.withPrecache === true,
        concurrency: flags.concurrency as number,
        timeoutMs: (flags.timeout as number) * 1000,
      })
    })
}
