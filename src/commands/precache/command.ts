import type { Command } from 'commander'
import { UsageError } from '../../errors.ts'
import type { FileAddress } from '../../model.ts'
import { addSettings, clientOf, type Flags, textFlag } from '../flags.ts'

/** Defines `differ precache`. */
export function definePrecache(program: Command): void {
  const command = program
    .command('precache')
    .description('Lets a running service make diffs in the background. Cached diffs are not made again.')
    .argument('[OLD]', 'id of the run without the change')
    .argument('[NEW]', 'id of the run with the change')
    .option('--file <PATH>', 'only the report of this file, like `usr/bin/sudo`; needs --package')
    .option('--package <NAME>', 'package of the file')
    .option('--old-path <PATH>', 'path of the file in OLD, if it is another one')
    .option('--old-package <NAME>', 'package of the file in OLD, if it is another one')
    .option('--all', 'every run with each of its control runs')
    .option(
      '--since <DATE>',
      'as --all, for runs that finished at or after this time: 2026-11-24 or 2026-11-24T08:00Z',
    )
    .option('--campaign <NAME>', 'as --all, for runs of this campaign')
    .option('--summaries', 'only the summaries, for views of campaigns; with --all, --since or --campaign')
    .option('--follow', 'show progress until the end')
    .addHelpText(
      'after',
      `
If the service requires a token, set DIFFER_TOKEN or --token-file.
Exit status: 0 on success, 1 if a job failed (with --follow), 2 on an error.

Examples:
  $ differ precache without-patch with-patch --follow
  $ differ precache without-patch with-patch --file usr/bin/sudo --package sudo
  $ differ precache --since 2026-11-24 --follow
  $ differ precache --campaign lintian-fixes --summaries --follow
  $ differ precache --all --url http://localhost:9920`,
    )
    .action(async (oldId: string | undefined, newId: string | undefined, flags: Flags) => {
      const campaign = textFlag(flags, 'campaign')
      const many = flags.all === true || flags.since !== undefined || campaign !== undefined
      if (many ? oldId !== undefined : newId === undefined)
        throw new UsageError('Give two runs OLD and NEW, or --all, or --since DATE, or --campaign NAME')
      if (flags.summaries === true && !many)
        throw new UsageError('--summaries needs --all, --since DATE or --campaign NAME')
      const file = fileFlags(flags, many)
      const { parseSince, precache } = await import('./request-precache.ts')
      const since = textFlag(flags, 'since')
      const succeeded = await precache(await clientOf(flags), {
        pair: oldId !== undefined && newId !== undefined ? { old: oldId, new: newId } : null,
        file,
        since: since === undefined ? null : parseSince(since),
        campaign: campaign ?? null,
        summaryOnly: flags.summaries === true,
        follow: flags.follow === true,
      })
      process.exitCode = succeeded ? 0 : 1
    })
  addSettings(command, ['serviceUrl', 'tokenFile'])
}

/** @throws UsageError if only some of the flags that name a file are given, or with many pairs */
function fileFlags(flags: Flags, many: boolean): FileAddress | null {
  const names = ['file', 'package', 'oldPath', 'oldPackage']
  const [path, name, oldPath, oldPackage] = names.map((flag) => textFlag(flags, flag))
  if (path !== undefined && name !== undefined && !many)
    return { package: name, path, oldPath: oldPath ?? null, oldPackage: oldPackage ?? null }
  if (path ?? name ?? oldPath ?? oldPackage)
    throw new UsageError('To make the report of one file, give OLD, NEW, --file and --package')
  return null
}
