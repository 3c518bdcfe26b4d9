import type { Command } from 'commander'
import type { Format } from '../../diff/rendering/format.ts'
import { UsageError } from '../../errors.ts'
import { createLog } from '../../log.ts'
import type { DiffKind } from '../../model.ts'
import { addSettings, choice, configOf, ENGINE_SETTINGS, type Flags, textFlag } from '../flags.ts'
import type { FileChoice } from './compare.ts'

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
    .option('--file <PATH>', 'compare only this file, like `usr/bin/sudo` or `control/postinst`')
    .option('--package <NAME>', 'package of the file, if several were built')
    .option('--old-path <PATH>', 'path of the file in OLD, if it is another one')
    .option('--old-package <NAME>', 'package of the file in OLD, if it is another one')
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
What diffoscope does not show, and the summary knows, follows the report.
Exit status: 0 if nothing differs, 1 if something differs, 2 on an error.

Examples:
  $ differ diff curl_7.88.1-10+deb12u14_amd64.deb curl_7.88.1-10+deb12u15_amd64.deb
  $ differ diff build-17/ build-18/ --tool debdiff
  $ differ diff build-17/ build-18/ --hide all
  $ differ diff build-17/ build-18/ --file usr/bin/sudo --package sudo
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
        file: fileFlags(flags),
      })
      process.exitCode = differs ? 1 : 0
    })
  addSettings(command, ENGINE_SETTINGS)
}

/** @throws UsageError for flags that only have a meaning with `--file`, or without it */
function fileFlags(flags: Flags): FileChoice | undefined {
  const names = ['file', 'package', 'oldPath', 'oldPackage']
  const [path, name, oldPath, oldPackage] = names.map((flag) => textFlag(flags, flag))
  if (path === undefined) {
    if (name ?? oldPath ?? oldPackage)
      throw new UsageError('--package, --old-path and --old-package need --file')
    return undefined
  }
  if (flags.tool === 'debdiff') throw new UsageError('debdiff does not compare single files: omit --tool')
  return { package: name, path, oldPath: oldPath ?? null, oldPackage: oldPackage ?? null }
}
