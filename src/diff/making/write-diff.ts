/** What writes a result gets and returns; and from two sets of packages to a debdiff in a file. */
import { open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { DiffCommandError, DiffCommandTimeoutError } from '../../errors.ts'
import type { DiffKind, DiffProgress, Limits, LocalPackage } from '../../model.ts'
import type { Lack } from '../cache/origin.ts'
import { checkDataArchive } from '../package/data-archive.ts'
import type { ToolResult } from '../tools/process.ts'
import { runDebdiff } from '../tools/run-debdiff.ts'
import type { Sandbox } from '../tools/sandbox.ts'
import { Deadline } from './deadline.ts'
import { type DebdiffGroup, debdiffGroups } from './debdiff-groups.ts'
import type { KeptParts } from './kept-parts.ts'
import type { Checksums } from './package-state.ts'

export interface WriteContext {
  readonly oldPackages: readonly LocalPackage[]
  readonly newPackages: readonly LocalPackage[]
  /** See `RunPair.areFiles`. */
  readonly areFiles: boolean
  readonly sandbox: Sandbox
  readonly limits: Limits
  readonly signal: AbortSignal
  /** A private, empty directory for the tools' temporary files; the caller removes it. */
  readonly workDir: string
  /** The same on the file system of the cache, for the tools' output. */
  readonly outputDir: string
  /** The file of the finished diff, in `outputDir`. */
  readonly outputPath: string
  /** Of diffoscope reports. */
  readonly parts: KeptParts
  /** Runs a tool when a slot is free. */
  inSlot<T>(tool: () => Promise<T>): Promise<T>
  onProgress(progress: DiffProgress): void
  /**
   * `bytes` more of the diff are in `outputPath`. Called only for a debdiff, which is written as it is
   * printed.
   */
  onWritten(bytes: number): void
  /** A tool has ended, successfully or not. */
  onToolEnd(result: ToolResult): void
  /** The error that made a tool fail: that of a full disk, which not every tool names, or `error` itself. */
  causeOf(error: unknown): Promise<unknown>
}

/** What the stamp of a finished result records. */
export interface WrittenFacts {
  /** Whether other versions of the tools, or more of them, may give a more complete result. */
  readonly lacksTools?: boolean
  /** The packages that could not be compared, if there are any. */
  readonly lacks?: Lack
  /** Of the packages, as far as they were computed. */
  readonly checksums?: Checksums
}

/** Rendering reads a whole debdiff into memory. That of 300,000 files has 11 MB. */
const MAX_DEBDIFF_BYTES = 256e6

/**
 * Runs debdiff for all packages, and once more for each further architecture of packages of one name. Each
 * further part begins with a line that says what it compares.
 * @param command debdiff's command line, without the arguments that Differ adds
 * @throws as `runDebdiff`
 */
export async function writeDebdiff(command: readonly string[], context: WriteContext): Promise<WrittenFacts> {
  const { oldPackages, newPackages, sandbox, limits, signal, workDir, outputPath } = context
  const deadline = new Deadline('debdiff', limits.timeoutMs)
  const file = await open(outputPath, 'w')
  const write = async (bytes: Uint8Array) => {
    await file.writeFile(bytes)
    context.onWritten(bytes.length)
  }
  try {
    await context.inSlot(async () => {
      context.onProgress({ stage: 'debdiff', step: 'debdiff', fraction: 0 })
      for (const group of debdiffGroups(oldPackages, newPackages)) {
        const { label } = group
        if (label !== null) await write(Buffer.from(`\n[Packages of ${label}]\n\n`))
        if (group.old.length === 0 || group.new.length === 0) {
          await write(Buffer.from(onlyOneSide(group)))
          continue
        }
        await runDebdiff(group.old, group.new, {
          command,
          sandbox,
          limits: {
            ...limits,
            timeoutMs: deadline.remainingMs(),
            outputBytes: Math.min(limits.outputBytes, MAX_DEBDIFF_BYTES),
          },
          signal,
          workDir,
          onOutput: write,
          onEnd: context.onToolEnd,
        })
      }
    })
  } catch (error) {
    if (error instanceof DiffCommandError && !error.retryable)
      await checkDataArchives([...oldPackages, ...newPackages], context)
    throw ofWholeDiff('debdiff', error, limits)
  } finally {
    await file.close()
  }
  return {}
}

/** @throws InvalidPackageError for the first package whose data archive cannot be read */
export async function checkDataArchives(
  packages: readonly LocalPackage[],
  { workDir, sandbox, signal }: WriteContext,
): Promise<void> {
  for (const one of packages)
    await checkDataArchive(one, { workDir, sandbox, signal, inputDir: dirname(one.path) })
}

/** A section in debdiff's form. */
function onlyOneSide({ old, new: newer, label }: DebdiffGroup): string {
  const title = `Packages${label === null ? '' : ` of ${label}`} only in the ${newer.length === 0 ? 'first' : 'second'} set`
  const names = [...old, ...newer].map(({ filename }) => filename)
  return `${title}\n${'-'.repeat(title.length)}\n${names.join('\n')}\n`
}

/** A timeout has the limit of the whole diff, not what was left of it for one run. */
export function ofWholeDiff(kind: DiffKind, error: unknown, { timeoutMs }: Limits): unknown {
  return error instanceof DiffCommandTimeoutError ? new DiffCommandTimeoutError(kind, timeoutMs) : error
}
