import type { Command } from 'commander'
import { addSettings, choice, clientOf, type Flags, textFlag, wholeNumberFlag } from '../flags.ts'

/** Defines `differ campaign`. */
export function defineCampaign(program: Command): void {
  const command = program
    .command('campaign')
    .description(
      'Shows what the runs of a campaign do: verdicts, rules and groups of runs that do the same, or with conditions the runs that meet all of them.',
    )
    .argument('<NAME>', 'name of the campaign')
    .option('--rule <RULE>', 'runs with a finding of this rule')
    .addOption(
      choice('--severity <SEVERITY>', 'runs with a finding of this severity', ['bad', 'verify', 'info']),
    )
    .option('--package <NAME>', 'runs with a finding about this package')
    .option('--path <PATH>', 'runs with a finding about this file')
    .addOption(
      choice(
        '--expected <YES_OR_NO>',
        'runs with a finding that the rules file expects, or does not expect',
        ['yes', 'no'],
      ),
    )
    .addOption(
      choice('--verdict <VERDICT>', 'runs with this verdict; failed: without one', [
        'identical',
        'noise_only',
        'substantive',
        'undecided',
        'expected',
        'failed',
      ]),
    )
    .option('--cluster <ID>', 'runs that do the same: an id that this command prints')
    .addOption(wholeNumberFlag('--limit <N>', 'number of rules, groups or runs to print', 50))
    .option('--json', 'print the runs as JSON lines; without conditions, all runs')
    .addHelpText(
      'after',
      `
Conditions about findings must be met by one and the same finding.

Examples:
  $ differ campaign lintian-fixes
  $ differ campaign lintian-fixes --rule MODE_SETUID
  $ differ campaign lintian-fixes --verdict undecided --json`,
    )
    .action(async (name: string, flags: Flags) => {
      const { showCampaign } = await import('./show-campaign.ts')
      const verdict = textFlag(flags, 'verdict')
      return showCampaign(await clientOf(flags), {
        name,
        limit: flags.limit as number,
        json: flags.json === true,
        filter: {
          ...listOf('rule', textFlag(flags, 'rule')),
          ...listOf('severity', textFlag(flags, 'severity')?.toUpperCase()),
          ...(verdict === 'failed' ? { failed: true } : listOf('verdict', verdict?.toUpperCase())),
          ...one('package', textFlag(flags, 'package')),
          ...one('path', textFlag(flags, 'path')),
          ...one('cluster', textFlag(flags, 'cluster')),
          ...(flags.expected !== undefined && { expected: flags.expected === 'yes' }),
        },
      })
    })
  addSettings(command, ['serviceUrl', 'tokenFile'])
}

function one(name: string, value: string | undefined): Record<string, string> {
  return value === undefined ? {} : { [name]: value }
}

function listOf(name: string, value: string | undefined): Record<string, string[]> {
  return value === undefined ? {} : { [name]: [value] }
}
