import type { Command } from 'commander'
import type { SearchQuery } from '../../diff/report/search/line-finder.ts'
import { createLog } from '../../log.ts'
import { addSettings, choice, configOf, ENGINE_SETTINGS, type Flags } from '../flags.ts'

const SIDES: Readonly<Record<string, SearchQuery['side']>> = { old: 'OLD', new: 'NEW', both: 'BOTH' }

/** Defines `differ search`. */
export function defineSearch(program: Command): void {
  const command = program
    .command('search')
    .description('Searches the diffoscope report of two builds. Works without a running service.')
    .argument('<OLD>', 'a .deb, .udeb or .ddeb file, a directory of packages, or the id of a run')
    .argument('<NEW>', 'the same, with the change')
    .argument('<TEXT>', 'what to search for in names, remarks and lines')
    .option(
      '-E, --regex',
      "TEXT is a regular expression: JavaScript's syntax with the flag u, without look-around and references",
    )
    .option('-i, --ignore-case', 'upper and lower case are the same')
    .addOption(
      choice(
        '--side <SIDE>',
        'removed lines and old names, added lines and new names, or everything',
        Object.keys(SIDES),
        'both',
      ),
    )
    .option(
      '--hide <CLASSES>',
      'leave out noise of these classes, separated by commas, or "all" (see docs/rules.md)',
    )
    .option('--json', 'print a JSON object for each hit')
    .addHelpText(
      'after',
      `
The report is made if it is not cached. Each hit is a line: the path of the node, the line's numbers on both sides and its sign, and the text around the match.
Exit status, as that of grep: 0 if something was found, 1 if nothing was found, 2 on an error.

Examples:
  $ differ search build-17/ build-18/ setuid
  $ differ search without-patch with-patch '\\bstrcpy\\b' --regex --side new
  $ differ search build-17/ build-18/ TODO --ignore-case --hide all --json`,
    )
    .action(async (oldBuild: string, newBuild: string, text: string, flags: Flags) => {
      const config = configOf({ logLevel: 'warn', ...flags })
      const { printHits } = await import('./print-hits.ts')
      const found = await printHits(config, createLog(config), {
        old: oldBuild,
        new: newBuild,
        text,
        isPattern: flags.regex === true,
        ignoreCase: flags.ignoreCase === true,
        side: SIDES[String(flags.side)] ?? 'BOTH',
        hide: typeof flags.hide === 'string' ? flags.hide : '',
        isJson: flags.json === true,
      })
      process.exitCode = found ? 0 : 1
    })
  addSettings(command, ENGINE_SETTINGS)
}
