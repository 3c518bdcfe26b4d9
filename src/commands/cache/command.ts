import type { Command } from 'commander'
import type { OptionName } from '../../config/options.ts'
import { addSettings, configOf, type Flags, wholeNumberFlag } from '../flags.ts'

const SETTINGS: readonly OptionName[] = ['dataDir', 'cachePath', 'cacheMaxSize', 'cacheMinFree']

/** Defines `differ cache`. */
export function defineCache(program: Command): void {
  const command = program
    .command('cache')
    .description(
      'Shows, verifies, prunes or converts the cache of diffs. All of it works beside a running service.',
    )
    .addHelpText(
      'after',
      `
A running service keeps the cache within --cache-max-size and --cache-min-free by itself.

Examples:
  $ differ cache stats
  $ differ cache verify --json
  $ differ cache prune --max-size 20000 --unused-for 90`,
    )
  defineStats(command)
  defineVerify(command)
  definePrune(command)
  defineConvert(command)
}

function defineStats(cache: Command): void {
  const command = cache
    .command('stats')
    .description('Prints the number and size of the files in each part of the cache.')
    .option('--json', 'print a JSON document')
    .addHelpText('after', '\nExample:\n  $ differ cache stats --json')
    .action(async (flags: Flags) => {
      const { cacheStats } = await import('./maintain-cache.ts')
      return cacheStats(configOf(flags), flags.json === true)
    })
  addSettings(command, SETTINGS)
}

function defineVerify(cache: Command): void {
  const command = cache
    .command('verify')
    .description(
      'Reads every cached diff completely and sets damaged ones aside. They are made again when a client requests them.',
    )
    .option('--keep', 'only report damaged diffs')
    .option('--json', 'print a JSON document')
    .addHelpText(
      'after',
      `
Exit status: 0 if no diff is damaged, 1 if one is, 2 on an error.

Example:
  $ differ cache verify --keep`,
    )
    .action(async (flags: Flags) => {
      const { cacheVerify } = await import('./maintain-cache.ts')
      const intact = await cacheVerify(configOf(flags), {
        json: flags.json === true,
        keep: flags.keep === true,
      })
      process.exitCode = intact ? 0 : 1
    })
  addSettings(command, SETTINGS)
}

function definePrune(cache: Command): void {
  const command = cache
    .command('prune')
    .description('Removes the least recently used files until the cache is within its limits.')
    .addOption(wholeNumberFlag('--max-size <MB>', 'size limit in MB (default: --cache-max-size)'))
    .addOption(
      wholeNumberFlag('--unused-for <DAYS>', 'also remove files that no client requested for this many days'),
    )
    .option('--json', 'print a JSON document')
    .addHelpText('after', '\nExample:\n  $ differ cache prune --max-size 20000 --unused-for 90')
    .action(async (flags: Flags) => {
      const { cachePrune } = await import('./maintain-cache.ts')
      return cachePrune(configOf(flags), {
        maxSizeMb: (flags.maxSize as number | undefined) ?? null,
        unusedDays: (flags.unusedFor as number | undefined) ?? null,
        json: flags.json === true,
      })
    })
  addSettings(command, SETTINGS)
}

function defineConvert(cache: Command): void {
  const command = cache
    .command('convert')
    .description(
      'Stores the cached diffoscope reports in the format that --cache-format names. It may be stopped at any time; ' +
        'the next call goes on.',
    )
    .option('--json', 'print a JSON document')
    .addHelpText(
      'after',
      `
Exit status: 0 if no report is damaged, 1 if one is and stays as it was, 2 on an error.

Examples:
  $ differ cache convert
  $ differ cache convert --cache-format legacy`,
    )
    .action(async (flags: Flags) => {
      const { cacheConvert } = await import('./maintain-cache.ts')
      const intact = await cacheConvert(configOf(flags), flags.json === true)
      process.exitCode = intact ? 0 : 1
    })
  addSettings(command, ['dataDir', 'cachePath', 'cacheFormat'])
}
