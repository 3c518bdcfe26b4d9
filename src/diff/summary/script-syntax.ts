/**
 * Lets the shell read maintainer scripts, without running them: it says whether their syntax is right. The shell reads hostile text, so it runs in the
 * sandbox of the tools and under limits.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { runTool } from '../tools/process.ts'
import type { Sandbox } from '../tools/sandbox.ts'
import type { SidePair } from './changes.ts'
import type { Match } from './rules/rule.ts'

const SCRIPTS = ['preinst', 'postinst', 'prerm', 'postrm', 'config']
const LIMITS = {
  timeoutMs: 10_000,
  memoryBytes: 256 << 20,
  cpuSeconds: 5,
  openFiles: 64,
  outputBytes: 1 << 20,
  tempBytes: 1 << 20,
}

/** Where the shell runs. */
export interface ShellOptions {
  readonly sandbox: Sandbox
  /** An absolute, private directory for temporary files. */
  readonly workDir: string
}

/** Of maintainer scripts, by the shell for which they are. */
export interface SyntaxCheck {
  /** Resolves when the shell runs, or when it is not needed. A thread that is busy before would start it late. */
  readonly started: Promise<void>
  /** Scripts that are new or have changed and that their shell refuses. */
  readonly matches: Promise<readonly Match[]>
}

/** Begins to check the scripts of the new package. `matches` rejects with errors of the system. */
export function checkSyntax(pair: SidePair, options: ShellOptions): SyntaxCheck {
  let begun = () => {}
  const started = new Promise<void>((resolve) => {
    begun = resolve
  })
  const matches = refusedScripts(pair, options, begun).finally(begun)
  return { started, matches }
}

async function refusedScripts(
  { old, new: newer }: SidePair,
  options: ShellOptions,
  onStart: () => void,
): Promise<Match[]> {
  const changed = SCRIPTS.flatMap((name) => {
    const before = old.contents.controlFiles.get(name)?.content
    const after = newer.contents.controlFiles.get(name)?.content
    return after && !(before && after.equals(before)) ? [{ name, before, after }] : []
  })
  if (changed.length === 0) return []
  const dir = await mkdtemp(join(options.workDir, 'script-'))
  try {
    const matches: Match[] = []
    for (const { name, before, after } of changed) {
      const error = await syntaxError(dir, after, options, onStart)
      // A script that was refused before is no change.
      if (error === null || (before && (await syntaxError(dir, before, options, onStart)) !== null)) continue
      matches.push({
        path: `control/${name}`,
        new: error,
        message: 'The shell refuses the maintainer script: its syntax is wrong.',
      })
    }
    return matches
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

/** What the shell says; null where it accepts the script, is not there, or the script is not one for it. */
async function syntaxError(
  dir: string,
  script: Buffer,
  { sandbox, workDir }: ShellOptions,
  onStart: () => void,
): Promise<string | null> {
  const [, shell] = /^#! *(?:\/usr)?\/bin\/(sh|dash|bash)\b/.exec(script.toString('latin1', 0, 80)) ?? []
  if (shell === undefined) return null
  const path = join(dir, 'script')
  await writeFile(path, script)
  const { exitCode, stderr } = await runTool([shell === 'bash' ? 'bash' : 'dash', '-n', path], {
    workDir,
    inputDirs: [dir],
    sandbox,
    limits: LIMITS,
    onStart,
  })
  return exitCode === 2 || (shell === 'bash' && exitCode === 1)
    ? stderr
        .replaceAll(path, 'script')
        .replaceAll(`${basename(dir)}/script`, 'script')
        .trim()
    : null
}
