import type { Command } from 'commander'
import { addSettings, configOf, type Flags, textFlag } from '../flags.ts'

/** Defines `differ import`. */
export function defineImport(program: Command): void {
  const command = program
    .command('import')
    .description(
      'Registers local packages as a run, so that they can be compared. Copies the files; a running service sees the run at once.',
    )
    .argument('<RUN_ID>', 'id of the new run')
    .argument('<PATH...>', '.deb, .udeb and .ddeb files, or directories with such files')
    .option('--campaign <NAME>', 'why the packages were built', 'local')
    .option('--source <NAME>', 'source package; required if the packages are from several sources')
    .option(
      '--unchanged-of <RUN_ID>',
      'run to which this one is the control run: the build without the change',
    )
    .option('--write-foreign-database', 'write to the database even if Differ did not create it')
    .addHelpText(
      'after',
      `
Examples:
  $ differ import with-patch ./with-patch/
  $ differ import without-patch ./without-patch/ --unchanged-of with-patch
  $ differ diff without-patch with-patch`,
    )
    .action(async (runId: string, paths: string[], flags: Flags) => {
      const config = configOf(flags)
      const { importPackages } = await import('./import-packages.ts')
      const { openConfiguredDatabase } = await import('../../factories.ts')
      const database = await openConfiguredDatabase(config)
      try {
        const { source, version, files } = await importPackages(database, config, {
          runId,
          paths,
          campaign: textFlag(flags, 'campaign') ?? 'local',
          source: textFlag(flags, 'source'),
          unchangedOf: textFlag(flags, 'unchangedOf'),
          allowForeign: flags.writeForeignDatabase === true,
        })
        console.log(`Imported run ${runId}: ${source} ${version}, ${files} package${files === 1 ? '' : 's'}`)
      } finally {
        await database.close()
      }
    })
  addSettings(command, ['dataDir', 'databaseUrl', 'artifactLocation', 'logLevel', 'debug'])
}
