/** The command line. Only definitions are loaded here; each command loads its code when it is called. */
import { Command } from 'commander'
import { VERSION } from '../version.ts'
import { defineCache } from './cache/command.ts'
import { defineCampaign } from './campaign/command.ts'
import { defineCheck } from './check/command.ts'
import { defineCheckLegacy } from './check-legacy/command.ts'
import { defineConfig } from './config/command.ts'
import { defineDiff } from './diff/command.ts'
import { defineDoctor } from './doctor/command.ts'
import { defineImport } from './import/command.ts'
import { defineJobs } from './jobs/command.ts'
import { definePrecache } from './precache/command.ts'
import { defineSearch } from './search/command.ts'
import { defineServe } from './serve/command.ts'
import { defineState } from './state/command.ts'
import { defineSummary } from './summary/command.ts'
import { defineWorker } from './worker/command.ts'

export function createProgram(): Command {
  const program = new Command('differ')
    .description(
      'Shows what a change does to Debian binary packages, by comparing two builds with debdiff and diffoscope.',
    )
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .configureHelp({ showGlobalOptions: false, subcommandDescription: firstSentence })
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'differ: ')) })
    .showSuggestionAfterError()
    .exitOverride()
    .addHelpText(
      'after',
      `
Examples:
  $ differ serve                                  run the service on http://localhost:9920
  $ differ diff build-17/ build-18/               compare two directories of packages
  $ differ import build-17 ./build-17/            register a build as a run
  $ differ precache --all --follow                let the running service make all diffs
  $ differ config                                 print all settings

Every setting has a flag and an environment variable; differ config prints all of them.`,
    )
  defineServe(program)
  defineWorker(program)
  defineImport(program)
  defineSummary(program)
  defineCheck(program)
  defineDiff(program)
  defineSearch(program)
  defineDoctor(program)
  defineCampaign(program)
  definePrecache(program)
  defineJobs(program)
  defineCheckLegacy(program)
  defineCache(program)
  defineState(program)
  defineConfig(program)
  return program
}

/** The list of commands shows one sentence for each. */
function firstSentence(command: Command): string {
  return command.description().replace(/\. .*/, '').replace(/\.$/, '')
}
