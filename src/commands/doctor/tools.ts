import { tmpdir } from 'node:os'
import type { Config } from '../../config/load.ts'
import { createInstanceDir } from '../../diff/tools/instance-dir.ts'
import { probeSandbox } from '../../diff/tools/probe-sandbox.ts'
import { type AskOptions, missingComparators, toolVersion } from '../../diff/tools/tool-versions.ts'
import { type Finding, failed, ok, warning } from './finding.ts'

interface Tool {
  readonly name: string
  readonly command: readonly string[]
  readonly needed: boolean
  readonly advice: string
}

function toolsOf({ debdiffCommand, diffoscopeCommand, databaseUrl, sandbox }: Config): Tool[] {
  const tool = (name: string, advice: string, more: Partial<Tool> = {}): Tool => ({
    name,
    command: [name],
    needed: true,
    advice,
    ...more,
  })
  return [
    tool('debdiff', 'Install the Debian package devscripts, or set --debdiff-command.', {
      command: debdiffCommand,
    }),
    tool('diffoscope', 'Install the Debian package diffoscope-minimal, or set --diffoscope-command.', {
      command: diffoscopeCommand,
    }),
    tool('dpkg-deb', 'Install the Debian package dpkg.'),
    tool('wdiff', 'Install the Debian package wdiff: without it debdiff leaves out control fields.'),
    tool('prlimit', 'Install the Debian package util-linux: tools run under its limits only.'),
    // The embedded database's lock.
    ...(databaseUrl ? [] : [tool('flock', 'Install the Debian package util-linux, or set --database-url.')]),
    tool('bwrap', 'Install the Debian package bubblewrap: without it tools run under limits alone.', {
      needed: sandbox === 'require',
    }),
  ]
}

/** What diffoscope uses for what most packages hold; `npm start` installs it. */
const USUAL = new Set(
  'readelf objdump nm strings xz zstd bzip2 lz4 zipinfo msgunfmt openssl sqlite3 xxd tar gzip cpio'.split(
    ' ',
  ),
)

/** Each external tool with its version, and what diffoscope lacks. */
export async function checkTools(config: Config): Promise<Finding[]> {
  // Not the configured place: that it cannot be used is another finding.
  const dir = await createInstanceDir(tmpdir())
  try {
    return await checkToolsIn(dir.path, config)
  } finally {
    await dir.remove()
  }
}

function checkToolsIn(workDir: string, config: Config): Promise<Finding[]> {
  const tools = toolsOf(config).map(async ({ name, command, needed, advice }): Promise<Finding> => {
    const answer = await toolVersion(command, { workDir })
    if ('output' in answer) return ok(name, answer.output)
    return needed ? failed(name, answer.failure, advice) : warning(name, answer.failure, advice)
  })
  return Promise.all([...tools, checkSandbox(config, workDir), checkComparators(config, { workDir })])
}

async function checkSandbox({ sandbox }: Config, workDir: string): Promise<Finding> {
  const name = 'sandbox'
  if (sandbox === 'off') return warning(name, 'it is switched off', 'Set --sandbox=auto.')
  const failure = await probeSandbox(workDir)
  if (failure === null) return ok(name, 'tools run in a world of their own')
  const finding = sandbox === 'require' ? failed : warning
  return finding(
    name,
    failure,
    'Allow user namespaces (in a container they may need to be allowed from outside): without a sandbox tools run under limits alone.',
  )
}

async function checkComparators({ diffoscopeCommand }: Config, options: AskOptions): Promise<Finding> {
  const name = 'comparators'
  const answer = await missingComparators(diffoscopeCommand, options)
  if ('failure' in answer)
    return warning(name, answer.failure, 'See that `diffoscope --list-missing-tools debian` works.')
  const lacking = answer.programs.filter((program) => USUAL.has(program))
  const rarer = answer.programs.filter((program) => !USUAL.has(program))
  const alsoRarer = rarer.length === 0 ? '' : `; for rarer formats not ${rarer.join(', ')}`
  if (lacking.length === 0) return ok(name, `diffoscope finds the usual ones${alsoRarer}`)
  return warning(
    name,
    `diffoscope does not find ${lacking.join(', ')}${alsoRarer}`,
    'Install their Debian packages, which `diffoscope --list-missing-tools debian` names: without them it compares less well.',
  )
}

/**
 * Each tool's version by its name, for the log; of those that are not there, that they are not. One is asked after the other: there is no hurry, and
 * the processors are wanted by requests.
 * @throws what `signal` was aborted with
 */
export async function toolVersions(config: Config, signal: AbortSignal): Promise<Record<string, string>> {
  const dir = await createInstanceDir(config.tempPath)
  try {
    const versions: Record<string, string> = {}
    for (const { name, command } of toolsOf(config)) {
      const answer = await toolVersion(command, { workDir: dir.path, signal })
      versions[name] = 'output' in answer ? answer.output : answer.failure
    }
    return versions
  } finally {
    await dir.remove()
  }
}
