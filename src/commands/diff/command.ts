import type { Command } from 'commander'
import type { Format } from '../../diff/rendering/format.ts'
import { createLog } from '../../log.ts'
import type { DiffKind } from '../../model.ts'
import { addSettings, choice, configOf, ENGINE_SETTINGS, type Flags, textFlag } from '../flags.ts'

/** Defines `differ diff`. */
export function defineDiff(program: Command): void {
  const command = program
    .command('diff')
    .description('Compares two builds with debdiff or diffoscope. Works without a running service.')
    .argument('<OLD>', 'a .deb, .udeb or .ddeb file, a directory of packages, or the id of a run')
    .argument('<NEW>', 'the same, with the change')
    .addOption(choice('--tool <TOOL>', 'tool that compares', ['debdiff', 'diffoscope'], 'diffoscope'))
    .addOption(
      choice('--format <FORMAT>', 'format of the result', ['text', 'html', 'markdown', 'json'], 'text'),
    )
    .option(
      '--hide <CLASSES>',
      'hide noise of these classes, separated by commas, or "all" (see docs/rules.md)',
    )
    .option('--filter-boring', 'the same as --hide all (deprecated)')
    .option('-o, --output <FILE>', 'write the result to a file (default: standard output)')
    .addHelpText(
      'after',
      `
If a file or directory has the name, it is compared, even if a run has that id. Two files are compared with each other whatever their names; packages in directories are paired by name and architecture.
Only what the summary of both sides explains as a whole is hidden; standard error says how much.
Exit status: 0 if nothing differs, 1 if something differs, 2 on an error.

Examples:
  $ differ diff curl_7.88.1-10+deb12u14_amd64.deb curl_7.88.1-10+deb12u15_amd64.deb
  $ differ diff build-17/ build-18/ --tool debdiff
  $ differ diff build-17/ build-18/ --hide all
  $ differ diff without-patch with-patch --format html -o patch.html`,
    )
    .action(async (oldBuild: string, newBuild: string, flags: Flags) => {
      const config = configOf({ logLevel: 'warn', ...flags })
      const { compare } = await import('./compare.ts')
      const differs = await compare(config, createLog(config), {
        old: oldBuild,
        new: newBuild,
        tool: flags.tool as DiffKind,
        format: flags.format as Format,
        hide: flags.filterBoring === true ? 'all' : (textFlag(flags, 'hide') ?? ''),
        outputPath: textFlag(flags, 'output'),
      })
      process.exitCode = differs ? 1 : 0
    })
  addSettings(command, ENGINE_SETTINGS)
}
