/** What the commands' definitions share: the settings as flags, and reading of flags. */
import { type Command, Option as Flag, InvalidArgumentError } from 'commander'
import { type Config, loadConfig } from '../config/load.ts'
import { OPTION_GROUPS, OPTIONS, type Option, type OptionName } from '../config/options.ts'
import type { ServiceClient } from './client/service-client.ts'

/** Flags by name: the settings' own names, and in camel case those of a command's own flags. */
export type Flags = Record<string, unknown>

const OPTION_NAMES = Object.keys(OPTIONS) as OptionName[]

/** The settings of commands that run the engine. */
export const ENGINE_SETTINGS: readonly OptionName[] = [
  'dataDir',
  'databaseUrl',
  'artifactLocation',
  'retrievalTimeout',
  'cachePath',
  'cacheLocation',
  'cacheMaxSize',
  'cacheMinFree',
  'cacheFormat',
  'tempPath',
  'debdiffCommand',
  'diffoscopeCommand',
  'maxConcurrentDiffs',
  'taskTimeout',
  'taskMemoryLimit',
  'taskCpuLimit',
  'taskOpenFiles',
  'taskOutputLimit',
  'taskTempLimit',
  'rulesFile',
  'logLevel',
  'debug',
]

/** The settings of commands that are, or examine, a service or worker. */
export const SERVICE_SETTINGS: readonly OptionName[] = OPTION_NAMES.filter((name) => name !== 'serviceUrl')

/**
 * Adds settings as flags to a command, under their headings. Call it after adding the command's own flags.
 */
export function addSettings(command: Command, names: readonly OptionName[] = OPTION_NAMES): void {
  const config = new Flag('--config <FILE>', "the farm's janitor.conf, from which settings are read")
  command.addOption(config.helpGroup('Configuration file:'))
  for (const [heading, group] of Object.entries(OPTION_GROUPS)) {
    for (const [name, option] of Object.entries(group) as [OptionName, Option<unknown>][])
      if (option.flag && names.includes(name)) command.addOption(settingFlag(name, option).helpGroup(heading))
  }
}

function settingFlag(name: OptionName, option: Option<unknown>): Flag {
  const usage = option.isSwitch ? `--${option.flag}` : `--${option.flag} <${option.value}>`
  const preset = option.isSwitch ? undefined : (option.defaultMeans ?? option.default)
  const flag = new Flag(usage, preset ? `${option.help} (default: ${preset})` : option.help)
  // `loadConfig` takes flags by the name of the setting.
  flag.attributeName = () => name
  // commander takes `--no-worker` for the negation of a flag `--worker`.
  flag.negate = false
  return flag
}

export function choice(
  usage: string,
  description: string,
  choices: readonly string[],
  preset?: string,
): Flag {
  return new Flag(usage, description).choices(choices).default(preset)
}

export function wholeNumberFlag(usage: string, description: string, preset?: number): Flag {
  return new Flag(usage, description).default(preset).argParser((text) => {
    if (!/^[1-9]\d{0,5}$/.test(text))
      throw new InvalidArgumentError('It must be a whole number from 1 to 999999.')
    return Number(text)
  })
}

/** @throws UsageError for invalid settings */
export function configOf(flags: Flags): Config {
  return loadConfig({ flags, env: process.env, confPath: textFlag(flags, 'config') })
}

/** A client of the running service at `--url`. @throws UsageError for invalid settings */
export async function clientOf(flags: Flags): Promise<ServiceClient> {
  const { serviceUrl, token } = configOf(flags)
  const { ServiceClient } = await import('./client/service-client.ts')
  return new ServiceClient(serviceUrl, token)
}

/** Whether standard output gets ANSI colours: https://no-color.org */
export function wantsColor(): boolean {
  return process.stdout.isTTY === true && !process.env.NO_COLOR
}

export function textFlag(flags: Flags, name: string): string | undefined {
  const value = flags[name]
  return typeof value === 'string' ? value : undefined
}
