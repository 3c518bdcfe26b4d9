/** The command line. Each command's code is loaded when it is called: `differ diff` is not to wait for a web server's. */
import { Command, CommanderError, Option as Flag, InvalidArgumentError } from 'commander'
import type { FailOn, SummaryRequest } from './commands/summary.ts'
import { type Config, describeConfig, loadConfig } from './config/load.ts'
import { OPTIONS, type Option, type OptionName } from './config/options.ts'
import type { SummaryFormat } from './diff/rendering/summary/render-summary.ts'
import type { Format } from './diff/stored-diff.ts'
import { DiffCommandError, DifferError, UsageError } from './errors.ts'
import { openConfiguredDatabase } from './factories.ts'
import { createLog } from './log.ts'
import type { DiffKind } from './model.ts'
import { VERSION } from './version.ts'

/** Exit status for trouble, as diff(1) has it. */
const TROUBLE = 2

const DATABASE_OPTIONS = ['dataDir', 'databaseUrl', 'artifactLocation', 'logLevel', 'debug'] as const
const TOOL_OPTIONS = [
  ...DATABASE_OPTIONS,
  'cachePath',
  'cacheMaxSize',
  'cacheMinFree',
  'tempPath',
  'taskMemoryLimit',
  'taskTimeout',
  'taskCpuLimit',
  'taskOpenFiles',
  'taskOutputLimit',
  'taskTempLimit',
  'retrievalTimeout',
  'diffoscopeCommand',
  'debdiffCommand',
  'maxConcurrentDiffs',
] as const

const CACHE_OPTIONS = ['dataDir', 'cachePath', 'cacheMaxSize', 'cacheMinFree'] as const
const CLIENT_OPTIONS = ['serviceUrl', 'tokenFile'] as const

const program = new Command('differ')
  .description(
    'Shows what a change does to Debian binary packages: debdiff and diffoscope between two builds.',
  )
  .version(VERSION, '-V, --version', 'print the version')
  .helpOption('-h, --help', 'print this help')
  .helpCommand('help [command]', 'print the help of a command')
  .configureHelp({ showGlobalOptions: false })
  .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'differ: ')) })
  .showSuggestionAfterError()
  .exitOverride()
  .addHelpText(
    'after',
    `
Examples:
  $ differ serve                                      the service, on http://localhost:9920
  $ differ diff old.changes-dir/ new.changes-dir/     two directories of packages
  $ differ precache --all --follow                    make all diffs now that may be wanted
  $ differ import build-17 ./build-17/                register a build, to compare it later
  $ differ config                                     what is configured, and where

Every flag has an environment variable: see differ config.`,
  )

const serveCommand = command('serve', 'run the service: GraphQL, REST and precaching on one port')
  .addHelpText(
    'after',
    `
Without configuration everything lies in ./.differ: an embedded database, artifacts, cache.

Examples:
  $ differ serve
  $ differ serve --port 8080 --listen-address 0.0.0.0
  $ differ serve --config janitor.conf --cache-path /var/cache/differ`,
  )
  .option('--samples <DIR>', 'import sample builds first, and say how to look at them')
  .action(async (flags: Flags) => {
    const config = configOf(flags)
    const { serve } = await import('./commands/serve.ts')
    return serve(config, createLog(config), textFlag(flags, 'samples'))
  })

const workerCommand = command('worker', 'do background jobs for a service, on this or another machine')
  .addHelpText(
    'after',
    `
It shares database, Redis, artifacts and cache with the service, and may be started as often as there are machines. Stopped by SIGTERM, it hands back what it works on.

Examples:
  $ differ worker --redis-url redis://queue.example.org --cache-path /srv/differ/cache
  $ differ worker --config janitor.conf --precache-concurrency 8`,
  )
  .action(async (flags: Flags) => {
    const config = configOf(flags)
    const { work } = await import('./commands/worker.ts')
    return work(config, createLog(config))
  })

const importCommand = command('import', 'register local packages as a run')
  .argument('<RUN_ID>', 'the id that the run is to have')
  .argument('<PATH...>', '.deb and .udeb files, or directories of them')
  .option('--campaign <NAME>', 'why it was built', 'local')
  .option('--source <NAME>', 'source package; needed only where the packages are of several')
  .option('--unchanged-of <RUN_ID>', 'the run of which this one is the unchanged (control) build')
  .option('--write-foreign-database', 'write even to a database that Differ did not make')
  .addHelpText(
    'after',
    `
Source and version are read from the packages. The files are copied; a service that is running sees the run at once.

Examples:
  $ differ import with-patch ./with-patch/
  $ differ import without-patch ./without-patch/ --unchanged-of with-patch
  $ differ diff without-patch with-patch`,
  )
  .action(async (runId: string, paths: string[], flags: Flags) => {
    const config = configOf(flags)
    const { importPackages } = await import('./commands/import.ts')
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

const diffCommand = command('diff', 'compare two builds')
  .argument('<OLD>', 'a run id, a .deb file or a directory of packages')
  .argument('<NEW>', 'the same, with the change')
  .addOption(choice('--tool <TOOL>', 'what compares', ['debdiff', 'diffoscope'], 'diffoscope'))
  .addOption(
    choice('--format <FORMAT>', 'how the result is written', ['text', 'html', 'markdown', 'json'], 'text'),
  )
  .option('--filter-boring', 'leave out what every rebuild changes, such as version numbers')
  .option('-o, --output <FILE>', 'write the result there instead of to standard output')
  .addHelpText(
    'after',
    `
The exit status is 0 where nothing differs, 1 where something does, 2 for trouble. What exists on the disk is not taken for a run id.

Examples:
  $ differ diff curl_7.88.1-10+deb12u14_amd64.deb curl_7.88.1-10+deb12u15_amd64.deb
  $ differ diff build-17/ build-18/ --tool debdiff --filter-boring
  $ differ diff without-patch with-patch --format html -o patch.html`,
  )
  .action(async (old: string, fresh: string, flags: Flags) => {
    const config = configOf({ logLevel: 'warn', ...flags })
    const { compare } = await import('./commands/diff.ts')
    const differs = await compare(config, createLog(config), {
      old,
      new: fresh,
      tool: flags.tool as DiffKind,
      format: flags.format as Format,
      filterBoring: flags.filterBoring === true,
      outputPath: textFlag(flags, 'output'),
    })
    process.exitCode = differs ? 1 : 0
  })

const summaryCommand = command('summary', 'say what changed between two builds, and whether it matters')
  .argument('<OLD>', 'a run id, a .deb file or a directory of packages')
  .argument('<NEW>', 'the same, with the change')
  .addOption(
    choice('--format <FORMAT>', 'how the summary is written', ['text', 'markdown', 'json', 'sarif'], 'text'),
  )
  .option('-o, --output <FILE>', 'write the summary to this file instead of standard output')
  .addHelpText(
    'after',
    `
Reads the packages themselves, without debdiff and diffoscope. The worst findings come first. Colours are used on a terminal, unless NO_COLOR is set.
The exit status is 0 if the packages are identical or differ only by noise, 1 if something else differs or could not be compared, 2 for an error.

Examples:
  $ differ summary curl_7.88.1-10+deb12u14_amd64.deb curl_7.88.1-10+deb12u15_amd64.deb
  $ differ summary build-17/ build-18/ --format json
  $ differ summary without-patch with-patch --format markdown -o comment.md`,
  )
  .action(async (old: string, newer: string, flags: Flags) => {
    const config = configOf({ logLevel: 'warn', ...flags })
    const { summariseSides } = await import('./commands/summary.ts')
    const { verdict } = await summariseSides(config, createLog(config), summaryRequest(old, newer, flags))
    process.exitCode = verdict === 'IDENTICAL' || verdict === 'NOISE_ONLY' ? 0 : 1
  })

const checkCommand = command('check', 'fail if a change does something that must be looked at, for scripts')
  .argument('<OLD>', 'a run id, a .deb file or a directory of packages')
  .argument('<NEW>', 'the same, with the change')
  .addOption(choice('--fail-on <LEVEL>', 'the least that fails', ['bad', 'verify', 'substantive'], 'verify'))
  .addOption(
    choice('--format <FORMAT>', 'how the summary is written', ['text', 'markdown', 'json', 'sarif'], 'text'),
  )
  .option('-o, --output <FILE>', 'write the summary to this file instead of standard output')
  .addHelpText(
    'after',
    `
bad: fails on findings of severity BAD. verify: on BAD or VERIFY. substantive: on every difference that is not noise.
Packages that could not be compared always fail. The exit status is 0 if the check passes, 1 if it fails, 2 for an error.

Examples:
  $ differ check without-patch with-patch
  $ differ check build-17/ build-18/ --fail-on bad --format sarif -o differ.sarif`,
  )
  .action(async (old: string, newer: string, flags: Flags) => {
    const config = configOf({ logLevel: 'warn', ...flags })
    const { exceeds, summariseSides } = await import('./commands/summary.ts')
    const summary = await summariseSides(config, createLog(config), summaryRequest(old, newer, flags))
    process.exitCode = exceeds(summary, flags.failOn as FailOn) ? 1 : 0
  })

function summaryRequest(old: string, newer: string, flags: Flags): SummaryRequest {
  const outputPath = textFlag(flags, 'output')
  const color = process.stdout.isTTY === true && !process.env.NO_COLOR && outputPath === undefined
  return { old, new: newer, format: flags.format as SummaryFormat, color, outputPath }
}

const doctorCommand = command('doctor', 'look whether all is there that Differ needs')
  .option('--json', 'print a JSON document')
  .addHelpText(
    'after',
    `
Looks at the tools, the database, Redis, the artifacts and the directories that are written to. The exit status is 0 where all that is needed works, 1 where something does not.

Example:
  $ differ doctor --config janitor.conf`,
  )
  .action(async (flags: Flags) => {
    const config = configOf(flags)
    const { examine } = await import('./commands/doctor.ts')
    process.exitCode = (await examine(config, flags.json === true)) ? 0 : 1
  })

const precacheCommand = command('precache', 'have a running service make diffs ahead of time')
  .argument('[OLD]', 'the run without the change')
  .argument('[NEW]', 'the run with the change')
  .option('--all', 'every run with every unchanged one that it can be compared with')
  .option('--since <DATE>', 'the same, of runs that finished at or after: 2026-11-24, 2026-11-24T08:00Z')
  .option('--follow', 'show what goes on, to the end')
  .addHelpText(
    'after',
    `
Asks the service at --url; where that wants a token, give it as DIFFER_TOKEN or --token-file. What is cached is not made again. The exit status is 0 where all went well, 1 where a followed job failed, 2 for trouble.

Examples:
  $ differ precache without-patch with-patch --follow
  $ differ precache --since 2026-11-24 --follow
  $ differ precache --all --url http://differ.example.org`,
  )
  .action(async (old: string | undefined, fresh: string | undefined, flags: Flags) => {
    const many = flags.all === true || flags.since !== undefined
    if (many ? old !== undefined : fresh === undefined)
      throw new UsageError('Give two runs OLD and NEW, or --all, or --since DATE.')
    const { parseSince, precache } = await import('./commands/precache.ts')
    const since = textFlag(flags, 'since')
    const well = await precache(await clientOf(flags), {
      pair: old !== undefined && fresh !== undefined ? { old, new: fresh } : null,
      since: since === undefined ? null : parseSince(since),
      follow: flags.follow === true,
    })
    process.exitCode = well ? 0 : 1
  })

const jobsCommand = command('jobs', 'list the background jobs of a running service, or stop one')
  .addOption(choice('--status <STATUS>', 'only these', ['queued', 'running', 'done', 'failed', 'cancelled']))
  .addOption(wholeNumberFlag('--limit <N>', 'how many at most', 50))
  .option('--cancel <JOB_ID>', 'stop this job, wherever it runs')
  .option('--json', 'print a JSON document')
  .addHelpText(
    'after',
    `
Running ones come first, then those that wait in their order, then ended ones, latest first.

Examples:
  $ differ jobs
  $ differ jobs --status failed --json
  $ differ jobs --cancel 23VzZ4AYQXJPmvYhhG-jHB`,
  )
  .action(async (flags: Flags) => {
    const { cancelJob, listJobs } = await import('./commands/jobs.ts')
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

command('check-legacy', 'ask the old service and this one the same, and tell what differs')
  .argument('<OLD_URL>', 'where the old service is')
  .argument('<NEW_URL>', 'where the new one is')
  .option(
    '--pairs <FILE>',
    'lines OLD NEW of run ids, - for standard input; without it only what needs no runs is asked',
  )
  .addOption(wholeNumberFlag('--concurrency <N>', 'pairs at a time', 2))
  .addOption(wholeNumberFlag('--timeout <SECONDS>', 'how long an answer may take', 300))
  .option('--with-precache', 'send POST /precache/… for each pair too')
  .option('--json', 'print a JSON document')
  .addHelpText(
    'after',
    `
Sends GET and HEAD only, unless told otherwise; the services make the diffs that they do not have. The exit status is 0 where nothing differs but for known faults of the old service, 1 where
something does, 2 where a service did not answer.

Example:
  $ psql -At -F ' ' -f recent-pairs.sql | differ check-legacy http://old:9920/ http://localhost:9920/ --pairs -`,
  )
  .action(async (old: string, fresh: string, flags: Flags) => {
    const { checkLegacy } = await import('./commands/check-legacy.ts')
    process.exitCode = await checkLegacy({
      old,
      new: fresh,
      pairs: textFlag(flags, 'pairs'),
      json: flags.json === true,
      withPrecache: flags.withPrecache === true,
      concurrency: flags.concurrency as number,
      timeoutMs: (flags.timeout as number) * 1000,
    })
  })

const cacheCommand = command(
  'cache',
  'look into the cache of diffs, check it, or make it smaller',
).addHelpText(
  'after',
  `
Works beside a running service, which keeps the cache within --cache-max-size and --cache-min-free by itself.

Examples:
  $ differ cache stats
  $ differ cache verify --json
  $ differ cache prune --max-size 20000 --unused-for 90`,
)

const cacheStatsCommand = cacheCommand
  .command('stats')
  .description('print what lies in it')
  .option('--json', 'print a JSON document')
  .action(async (flags: Flags) => {
    const { cacheStats } = await import('./commands/cache.ts')
    return cacheStats(configOf(flags), flags.json === true)
  })

const cacheVerifyCommand = cacheCommand
  .command('verify')
  .description(
    'read every diff through, and set damaged ones aside, to be made again when they are asked for',
  )
  .option('--keep', 'only tell of damaged ones')
  .option('--json', 'print a JSON document')
  .addHelpText('after', '\nThe exit status is 0 where all are whole, 1 where some are damaged.')
  .action(async (flags: Flags) => {
    const { cacheVerify } = await import('./commands/cache.ts')
    const well = await cacheVerify(configOf(flags), {
      json: flags.json === true,
      keep: flags.keep === true,
    })
    process.exitCode = well ? 0 : 1
  })

const cachePruneCommand = cacheCommand
  .command('prune')
  .description('remove what was longest not asked for')
  .addOption(wholeNumberFlag('--max-size <MB>', 'down to this size (default: --cache-max-size)'))
  .addOption(wholeNumberFlag('--unused-for <DAYS>', 'what was not asked for in so many days, too'))
  .option('--json', 'print a JSON document')
  .action(async (flags: Flags) => {
    const { cachePrune } = await import('./commands/cache.ts')
    return cachePrune(configOf(flags), {
      maxSizeMb: (flags.maxSize as number | undefined) ?? null,
      unusedDays: (flags.unusedFor as number | undefined) ?? null,
      json: flags.json === true,
    })
  })

const configCommand = command('config', 'print the effective configuration, and where each value comes from')
  .addHelpText('after', '\nPasswords are masked.\n\nExample:\n  $ DIFFER_PORT=8080 differ config | grep port')
  .action((flags: Flags) => {
    process.stdout.write(describeConfig(configOf(flags)))
  })

addSettings(serveCommand)
addSettings(workerCommand)
addSettings(importCommand, DATABASE_OPTIONS)
addSettings(diffCommand, TOOL_OPTIONS)
addSettings(summaryCommand, TOOL_OPTIONS)
addSettings(checkCommand, TOOL_OPTIONS)
addSettings(doctorCommand)
for (const made of [cacheStatsCommand, cacheVerifyCommand, cachePruneCommand])
  addSettings(made, CACHE_OPTIONS)
addSettings(precacheCommand, CLIENT_OPTIONS)
addSettings(jobsCommand, CLIENT_OPTIONS)
addSettings(configCommand)

type Flags = Record<string, unknown>

function command(name: string, description: string): Command {
  return program.command(name).description(description)
}

/** Gives a command the settings that it takes as flags, behind its own: all of them unless some are named. */
function addSettings(made: Command, settings = Object.keys(OPTIONS) as readonly OptionName[]): void {
  made.optionsGroup('Settings:').option('--config <FILE>', "the farm's janitor.conf")
  for (const setting of settings) {
    const option: Option<unknown> = OPTIONS[setting]
    if (!option.flag) continue
    const known = option.default === null || option.isSwitch || /default/.test(option.help)
    const help = known ? option.help : `${option.help} (default: ${option.default})`
    const flag = new Flag(option.isSwitch ? `--${option.flag}` : `--${option.flag} <${option.value}>`, help)
    // Under the setting's own name: the table says which flag it is.
    flag.attributeName = () => setting
    // `--no-worker` is a switch like any other, not the opposite of one.
    flag.negate = false
    made.addOption(flag)
  }
}

function choice(flags: string, description: string, choices: readonly string[], preset?: string): Flag {
  return new Flag(flags, description).choices(choices).default(preset)
}

function wholeNumberFlag(flags: string, description: string, preset?: number): Flag {
  return new Flag(flags, description).default(preset).argParser((text) => {
    if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('Give a whole number from 1 to 999999.')
    return Number(text)
  })
}

function configOf(flags: Flags): Config {
  return loadConfig({ flags, env: process.env, confPath: textFlag(flags, 'config') })
}

async function clientOf(flags: Flags) {
  const { serviceUrl, token } = configOf(flags)
  const { ServiceClient } = await import('./commands/client/service-client.ts')
  return new ServiceClient(serviceUrl, token)
}

function textFlag(flags: Flags, name: string): string | undefined {
  const value = flags[name]
  return typeof value === 'string' ? value : undefined
}

/** A sentence for what a user can mend, the whole trace for a fault of ours. */
function explain(error: unknown): string {
  if (error instanceof DiffCommandError && error.stderr) return `${error.message}:\n${error.stderr.trimEnd()}`
  if (error instanceof DifferError || error instanceof InvalidArgumentError) return error.message
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

// Whoever reads our output has seen enough (`differ diff … | head`): no fault, and nothing to say.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(TROUBLE)
  throw error
})

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : TROUBLE
  else {
    process.stderr.write(`differ: ${explain(error)}\n`)
    process.exitCode = TROUBLE
  }
}
