import { tmpdir } from 'node:os'
import type { Config } from '../../config/load.ts'
import { compareVersions } from '../../diff/package/debian-version.ts'
import { failingComparators } from '../../diff/tools/comparators.ts'
import { createInstanceDir } from '../../diff/tools/instance-dir.ts'
import { probeSandbox } from '../../diff/tools/probe-sandbox.ts'
import {
  type AskOptions,
  allComparators,
  missingComparators,
  toolVersion,
} from '../../diff/tools/tool-versions.ts'
import { type Finding, failed, ok, warning } from './finding.ts'

interface Tool {
  readonly name: string
  readonly command: readonly string[]
  readonly needed: boolean
  readonly advice: string
  /** Older versions work, but not well. */
  readonly oldest?: { readonly version: string; readonly advice: string }
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
      oldest: {
        version: '240',
        advice:
          'Install diffoscope 240 with the security updates of Debian 12, or a newer one: a .pyc file in a package can crash older ones, or run code in them.',
      },
    }),
    tool('dpkg-deb', 'Install the Debian package dpkg.'),
    tool('wdiff', 'Install the Debian package wdiff. Without it debdiff omits the control fields.'),
    tool('prlimit', 'Install the Debian package util-linux. Tools only run under its limits.'),
    // Locks the embedded database.
    ...(databaseUrl ? [] : [tool('flock', 'Install the Debian package util-linux, or set --database-url.')]),
    tool(
      'bwrap',
      'Install the Debian package bubblewrap. Without it tools run with limits, but without a sandbox.',
      {
        needed: sandbox === 'require',
      },
    ),
  ]
}

/** The programs that diffoscope needs for the contents of most packages; `npm start` installs them. */
const COMMON_PROGRAMS = new Set(
  'readelf objdump nm strings xz zstd bzip2 lz4 zipinfo msgunfmt openssl sqlite3 xxd tar gzip cpio'.split(
    ' ',
  ),
)

/** Each external tool with its version, and the programs that diffoscope lacks. */
export async function checkTools(config: Config): Promise<Finding[]> {
  // Not the configured directory, which may be unusable; `checkDirectories` reports that.
  const dir = await createInstanceDir(tmpdir())
  try {
    return await checkToolsIn(dir.path, config)
  } finally {
    await dir.remove()
  }
}

function checkToolsIn(workDir: string, config: Config): Promise<Finding[]> {
  const tools = toolsOf(config).map(async ({ name, command, needed, advice, oldest }): Promise<Finding> => {
    const answer = await toolVersion(command, { workDir })
    if ('output' in answer && oldest && compareVersions(answer.output, oldest.version) < 0)
      return warning(name, `${answer.output}, older than ${oldest.version}`, oldest.advice)
    if ('output' in answer) return ok(name, answer.output)
    return needed ? failed(name, answer.failure, advice) : warning(name, answer.failure, advice)
  })
  return Promise.all([
    ...tools,
    checkSandbox(config, workDir),
    checkComparators(config, { workDir }),
    checkStarts(config, { workDir }),
  ])
}

async function checkSandbox({ sandbox }: Config, workDir: string): Promise<Finding> {
  const name = 'sandbox'
  if (sandbox === 'off') return warning(name, 'disabled', 'Set --sandbox=auto.')
  const failure = await probeSandbox(workDir)
  if (failure === null) return ok(name, 'works')
  const finding = sandbox === 'require' ? failed : warning
  return finding(
    name,
    failure,
    'Allow user namespaces (for a container, in the settings of its engine). Without a sandbox tools run with limits only.',
  )
}

async function checkComparators({ diffoscopeCommand }: Config, options: AskOptions): Promise<Finding> {
  const name = 'comparators'
  const answer = await missingComparators(diffoscopeCommand, options)
  if ('failure' in answer)
    return warning(name, answer.failure, 'Check that `diffoscope --list-missing-tools debian` works.')
  const common = answer.programs.filter((program) => COMMON_PROGRAMS.has(program))
  const rare = answer.programs.filter((program) => !COMMON_PROGRAMS.has(program))
  const alsoRare = rare.length === 0 ? '' : `; it lacks ${rare.join(', ')} for rare formats`
  if (common.length === 0) return ok(name, `diffoscope finds all common programs${alsoRare}`)
  return warning(
    name,
    `diffoscope lacks ${common.join(', ')}${alsoRare}`,
    'Install their Debian packages, which `diffoscope --list-missing-tools debian` lists. Without them some files are only compared as bytes.',
  )
}

/** Whether the programs that diffoscope finds also start in the sandbox and under the limits of a diff. */
async function checkStarts({ diffoscopeCommand, sandbox }: Config, options: AskOptions): Promise<Finding> {
  const name = 'comparators run'
  const [all, missing] = await Promise.all([
    allComparators(diffoscopeCommand, options),
    missingComparators(diffoscopeCommand, options),
  ])
  if ('failure' in all || 'failure' in missing)
    return warning(name, 'not tried', 'Check that `diffoscope --list-tools debian` works.')
  const isSandboxed = sandbox !== 'off' && (await probeSandbox(options.workDir)) === null
  const found = all.programs.filter((program) => !missing.programs.includes(program))
  const failing = await failingComparators(found, {
    ...options,
    sandbox: isSandboxed ? 'bubblewrap' : 'none',
  })
  const where = isSandboxed ? 'in the sandbox' : 'under the limits of a diff'
  if (failing.length === 0) return ok(name, `all ${found.length} start ${where}`)
  return warning(
    name,
    `${failing.join(', ')} do not start ${where}`,
    'Files that need them are only compared as bytes. Install their Debian packages into /usr, or report it as a bug.',
  )
}

/**
 * The version of each tool by its name, for the log; for a tool that does not work, the reason. The tools run
 * one after the other, to leave processors to requests.
 * @throws the reason of `signal`
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
