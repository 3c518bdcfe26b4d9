/**
 * Makes one frozen Config from flags, environment, janitor.conf and defaults, in this order. No other module
 * reads settings from the environment.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { UsageError } from '../errors.ts'
import { maskSecrets } from '../mask-secrets.ts'
import type { Limits } from '../model.ts'
import { type JanitorField, parseJanitorConf } from './janitor-conf.ts'
import { OPTIONS, type Option, type OptionName } from './options.ts'

type Parsed = { readonly [K in OptionName]: (typeof OPTIONS)[K] extends Option<infer T> ? T : never }

export interface Config extends Omit<Parsed, 'artifactLocation' | 'cachePath'> {
  readonly artifactLocation: string
  readonly cachePath: string
  /** For diffs that a client waits for. */
  readonly requestLimits: Limits
  /** For diffs that background jobs make. */
  readonly backgroundLimits: Limits
  /** The source of each value: `--port`, `DIFFER_PORT`, `janitor.conf: redis_location` or `default`. */
  readonly origins: Readonly<Record<OptionName, string>>
}

export interface ConfigSources {
  /** Values of flags by the name of their setting (`listenAddress`). */
  readonly flags: Readonly<Record<string, unknown>>
  readonly env: Readonly<Record<string, string | undefined>>
  /** Path of janitor.conf, if there is one. */
  readonly confPath?: string | undefined
}

/** @throws UsageError that lists every problem */
export function loadConfig(sources: ConfigSources): Config {
  const problems: string[] = []
  const conf = readConf(sources.confPath, problems)
  const origins: Record<string, string> = {}
  const values: Record<string, unknown> = {}
  for (const [name, option] of Object.entries(OPTIONS) as [OptionName, Option<unknown>][]) {
    const [origin, text] = choose(name, option, sources, conf)
    origins[name] = origin
    try {
      values[name] = text === null ? null : option.parse(text)
    } catch (error) {
      if (!(error instanceof UsageError)) throw error
      problems.push(`${origin} ${error.message}`)
    }
  }
  values.token ??= readToken((values.tokenFile ?? null) as string | null, origins.tokenFile ?? '', problems)
  if (values.restMaking === 'token' && values.token === null)
    problems.push(`${origins.restMaking} token needs a token: set DIFFER_TOKEN or --token-file`)
  if (values.webhookUrl !== null && values.webhookSecret === null)
    problems.push(`${origins.webhookUrl} needs a secret to sign with: set DIFFER_WEBHOOK_SECRET`)
  if (problems.length > 0) {
    const count = problems.length === 1 ? 'One setting is' : `${problems.length} settings are`
    throw new UsageError(`${count} invalid:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`)
  }
  return complete(values as Parsed, origins as Record<OptionName, string>)
}

function readConf(path: string | undefined, problems: string[]): Partial<Record<JanitorField, string>> {
  if (path === undefined) return {}
  try {
    return parseJanitorConf(readFileSync(path, 'utf8'), path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (error instanceof UsageError) problems.push(error.message)
    else if (code !== undefined) problems.push(`--config ${path} cannot be read (${code})`)
    else throw error
    return {}
  }
}

/**
 * Blanks at the end of the file do not belong to the token: editors and secret stores put a newline there.
 */
function readToken(path: string | null, origin: string, problems: string[]): string | null {
  if (path === null) return null
  try {
    return OPTIONS.token.parse(readFileSync(path, 'utf8').trimEnd())
  } catch (error) {
    const problem =
      error instanceof UsageError
        ? `the token ${error.message}`
        : `it cannot be read (${(error as NodeJS.ErrnoException).code})`
    problems.push(`${origin} ${path}: ${problem}`)
    return null
  }
}

/** An empty environment variable counts as unset: container configurations often contain them. */
function choose(
  name: OptionName,
  option: Option<unknown>,
  { flags, env }: ConfigSources,
  conf: Partial<Record<JanitorField, string>>,
): [origin: string, text: string | null] {
  const flag = flags[name]
  if (option.flag && flag !== undefined) return [`--${option.flag}`, String(flag)]
  const variable = option.env && env[option.env]
  if (option.env && variable) return [option.env, variable]
  const field = option.conf && conf[option.conf]
  if (option.conf && field) return [`janitor.conf: ${option.conf}`, field]
  return ['default', option.default]
}

function complete(values: Parsed, origins: Record<OptionName, string>): Config {
  return Object.freeze({
    ...values,
    artifactLocation: values.artifactLocation ?? join(values.dataDir, 'artifacts'),
    cachePath: values.cachePath ?? join(values.dataDir, 'cache'),
    logLevel: values.debug ? 'debug' : values.logLevel,
    requestLimits: limitsOf(values, values.taskTimeout, values.taskMemoryLimit),
    backgroundLimits: limitsOf(values, values.precacheTimeout, values.precacheMemoryLimit),
    origins: Object.freeze(origins),
  })
}

function limitsOf(values: Parsed, timeoutSeconds: number, memoryMb: number): Limits {
  return Object.freeze({
    timeoutMs: timeoutSeconds * 1000,
    memoryBytes: memoryMb * 1e6,
    cpuSeconds: values.taskCpuLimit ?? timeoutSeconds,
    openFiles: values.taskOpenFiles,
    outputBytes: values.taskOutputLimit * 1e6,
    tempBytes: values.taskTempLimit * 1e6,
  })
}

/** The effective settings as lines `name = value   # origin`, with secrets masked. */
export function describeConfig(config: Config): string {
  const rows = (Object.keys(OPTIONS) as OptionName[]).map((name) => {
    const option: Option<unknown> = OPTIONS[name]
    return [`${name} = ${describeValue(config[name], option.secret)}`, config.origins[name]] as const
  })
  const width = Math.min(60, Math.max(...rows.map(([setting]) => setting.length)))
  return rows.map(([setting, origin]) => `${setting.padEnd(width)}  # ${origin}\n`).join('')
}

function describeValue(value: Config[OptionName], secret: Option<unknown>['secret']): string {
  if (value === null) return '(none)'
  if (secret === 'whole') return '***'
  const text = Array.isArray(value) ? value.join(' ') : String(value)
  return secret === 'url' ? maskSecrets(text) : text
}
