import type { Command } from 'commander'
import type { SummaryFormat } from '../../diff/rendering/summary/render-summary.ts'
import { createLog } from '../../log.ts'
import { addSettings, choice, configOf, ENGINE_SETTINGS, type Flags, textFlag, wantsColor } from '../flags.ts'
import type { SummaryRequest } from './summarise-sides.ts'

/** Defines `differ summary`. */
export function defineSummary(program: Command): void {
  const command = program
    .command('summary')
    .description(
      'Says what changed between two builds and whether it matters. Reads the packages itself, without debdiff and diffoscope.',
    )
  addSummaryFlags(command)
    .addHelpText(
      'after',
      `
The worst findings come first. On a terminal, the text has colours unless NO_COLOR is set.
Exit status: 0 if the packages are identical, or differ only by noise or as the rules file expects, 1 if something else differs or could not be compared, 2 on an error.

Examples:
  $ differ summary curl_7.88.1-10+deb12u14_amd64.deb curl_7.88.1-10+deb12u15_amd64.deb
  $ differ summary build-17/ build-18/ --format json
  $ differ summary without-patch with-patch --format markdown -o comment.md`,
    )
    .action(async (oldBuild: string, newBuild: string, flags: Flags) => {
      const config = configOf({ logLevel: 'warn', ...flags })
      const { summariseSides } = await import('./summarise-sides.ts')
      const request = summaryRequest(oldBuild, newBuild, flags)
      const { summary } = await summariseSides(config, createLog(config), request)
      process.exitCode = summary.verdict === 'SUBSTANTIVE' || summary.verdict === 'UNDECIDED' ? 1 : 0
    })
  addSettings(command, ENGINE_SETTINGS)
}

/** The arguments and flags of `differ summary` and `differ check`. */
export function addSummaryFlags(command: Command): Command {
  return command
    .argument('<OLD>', 'a .deb, .udeb or .ddeb file, a directory of packages, or the id of a run')
    .argument('<NEW>', 'the same, with the change')
    .addOption(
      choice('--format <FORMAT>', 'format of the summary', ['text', 'markdown', 'json', 'sarif'], 'text'),
    )
    .option('--campaign <NAME>', 'campaign of the change, for the rules file (default: that of the new run)')
    .option('-o, --output <FILE>', 'write the summary to a file (default: standard output)')
}

export function summaryRequest(oldBuild: string, newBuild: string, flags: Flags): SummaryRequest {
  const outputPath = textFlag(flags, 'output')
  const color = outputPath === undefined && wantsColor()
  return {
    old: oldBuild,
    new: newBuild,
    format: flags.format as SummaryFormat,
    campaign: textFlag(flags, 'campaign'),
    color,
    outputPath,
  }
}
