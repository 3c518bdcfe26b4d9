import type { Command } from 'commander'
import { createLog } from '../../log.ts'
import { addSettings, choice, configOf, ENGINE_SETTINGS, type Flags } from '../flags.ts'
import { printable } from '../printable.ts'
import { addSummaryFlags, summaryRequest } from '../summary/command.ts'
import type { FailOn } from '../summary/summarise-sides.ts'

/** Of a file for a whole farm, many entries may not apply to one change. */
const MAX_UNUSED_LINES = 20

/** Defines `differ check`. */
export function defineCheck(program: Command): void {
  const command = program
    .command('check')
    .description(
      'Prints the summary of a change and fails if a person must look at it. Meant for scripts and continuous integration.',
    )
  addSummaryFlags(command)
    .addOption(
      choice('--fail-on <LEVEL>', 'the least that fails', ['bad', 'verify', 'substantive'], 'verify'),
    )
    .addHelpText(
      'after',
      `
bad fails on findings of severity BAD, verify on BAD or VERIFY, substantive on every difference that is not noise. Packages that could not be compared always fail. Findings that the rules file expects pass.
Entries of the rules file that name the campaign, source or package of the change, but apply to no finding, are listed on standard error.
Exit status: 0 if the check passes, 1 if it fails, 2 on an error.

Examples:
  $ differ check without-patch with-patch
  $ differ check build-17/ build-18/ --fail-on bad --format sarif -o differ.sarif
  $ differ check build-17/ build-18/ --rules rules.yaml --campaign lintian-fixes`,
    )
    .action(async (oldBuild: string, newBuild: string, flags: Flags) => {
      const config = configOf({ logLevel: 'warn', ...flags })
      const { exceeds, summariseSides } = await import('../summary/summarise-sides.ts')
      const request = summaryRequest(oldBuild, newBuild, flags)
      const { summary, unusedRules } = await summariseSides(config, createLog(config), request)
      printUnused(unusedRules)
      process.exitCode = exceeds(summary, flags.failOn as FailOn) ? 1 : 0
    })
  addSettings(command, ENGINE_SETTINGS)
}

function printUnused(unused: readonly string[]): void {
  const left = unused.length - MAX_UNUSED_LINES
  const lines = [...unused.slice(0, MAX_UNUSED_LINES), ...(left > 0 ? [`… and ${left} more entries`] : [])]
  for (const line of lines) process.stderr.write(`${printable(line)}\n`)
}
