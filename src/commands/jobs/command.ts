import type { Command } from 'commander'
import { addSettings, choice, clientOf, type Flags, textFlag, wholeNumberFlag } from '../flags.ts'

/** Defines `differ jobs`. */
export function defineJobs(program: Command): void {
  const command = program
    .command('jobs')
    .description(
      'Lists the background jobs of a running service, or cancels one. Running jobs come first, then waiting jobs in the order of the queue, then ended jobs, the latest first.',
    )
    .addOption(
      choice('--status <STATUS>', 'list only jobs with this status', [
        'queued',
        'running',
        'done',
        'failed',
        'cancelled',
      ]),
    )
    .addOption(wholeNumberFlag('--limit <N>', 'number of jobs to list', 50))
    .option('--cancel <JOB_ID>', 'cancel this job instead, on whichever machine it runs')
    .option('--json', 'print a JSON document')
    .addHelpText(
      'after',
      `
If the service requires a token, set DIFFER_TOKEN or --token-file.

Examples:
  $ differ jobs
  $ differ jobs --status failed --json
  $ differ jobs --cancel 23VzZ4AYQXJPmvYhhG-jHB`,
    )
    .action(async (flags: Flags) => {
      const { cancelJob, listJobs } = await import('./list-jobs.ts')
      const client = await clientOf(flags)
      const id = textFlag(flags, 'cancel')
      if (id !== undefined) return cancelJob(client, id)
      const status = textFlag(flags, 'status')
      return listJobs(client, {
        status: status === undefined ? [] : [status.toUpperCase()],
        limit: flags.limit as number,
        json: flags.json === true,
      })
    })
  addSettings(command, ['serviceUrl', 'tokenFile'])
}
