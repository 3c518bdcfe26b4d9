import { open, rename, rm } from 'node:fs/promises'
import type { Config } from '../../config/load.ts'
import type { Unshown } from '../../diff/cross-check/unshown.ts'
import { unshownSection } from '../../diff/rendering/diffoscope/unshown-section.ts'
import type { FilterOptions, Format } from '../../diff/rendering/format.ts'
import type { StoredDiffoscope } from '../../diff/stored/stored-diffoscope.ts'
import type { StoredDiff } from '../../diff/stored/stored-diffs.ts'
import type { StoredFile } from '../../diff/stored/stored-file.ts'
import { TypedDebdiff } from '../../diff/stored/typed-debdiff.ts'
import { parseHide } from '../../diff/summary/noise-classes.ts'
import { UsageError } from '../../errors.ts'
import type { Logger } from '../../log.ts'
import type { DiffKind } from '../../model.ts'
import { CrossChecks } from '../../services/cross-checks.ts'
import { printable } from '../printable.ts'
import { type OpenPair, type Sides, usePair } from '../use-pair.ts'

/** A file to compare. Its package may be omitted if there is only one. */
export interface FileChoice {
  readonly package: string | undefined
  readonly path: string
  readonly oldPath: string | null
  readonly oldPackage: string | null
}

export interface DiffRequest extends Sides {
  /** Compares only this file. */
  readonly file?: FileChoice | undefined

  readonly tool: DiffKind
  readonly format: Format
  /** Classes of noise to hide, as `parseHide` takes them. */
  readonly hide: string
  /** File for the result; standard output if omitted. */
  readonly outputPath?: string | undefined
}

/**
 * Compares two builds with the engine of the service and writes the result.
 * @returns whether the written result shows a difference
 * @throws UsageError, and all errors of the engine
 */
export async function compare(config: Config, log: Logger, request: DiffRequest): Promise<boolean> {
  const classes = parseHide(request.hide)
  return usePair(config, log, request, async (open) => {
    const { engine, pair, makeOptions, clearProgress } = open
    if (request.file) {
      const report = await reportOfFile(request.file, open)
      const summary = classes.length > 0 ? await engine.make('summary', pair, makeOptions) : null
      clearProgress()
      const options: FilterOptions = { filterBoring: false, hide: summary?.hide(classes) }
      await write(report.render(request.format, options), request)
      return reportDiffers(report, options)
    }
    const stored = await engine.make(request.tool, pair, makeOptions)
    // It says what is noise, and what the tools' output lacks.
    const needsSummary = classes.length > 0 || stored.kind === 'debdiff'
    const summary = needsSummary ? await engine.make('summary', pair, makeOptions) : null
    const unshown =
      stored.kind === 'diffoscope' ? await new CrossChecks(engine).of(stored, makeOptions) : NOTHING_UNSHOWN
    clearProgress()
    if (stored.kind === 'diffoscope') nameMissing(stored)
    const options: FilterOptions = { filterBoring: false, hide: summary?.hide(classes) }
    await write(rendered(stored, options, request.format, unshown ?? NOTHING_UNSHOWN), request)
    if (stored.kind === 'debdiff') return summary !== null && !new TypedDebdiff(summary, classes).isEmpty
    const unshownCount = unshown?.count ?? 0
    if (request.format === 'json' && unshownCount > 0)
      process.stderr.write(`The report does not show ${unshownCount} differences: see differ summary.\n`)
    return (await reportDiffers(stored, options)) || unshownCount > 0
  })
}

async function reportOfFile(
  { package: name, path, oldPath, oldPackage }: FileChoice,
  { engine, pair, makeOptions, packageNames }: OpenPair,
): Promise<StoredFile> {
  const file = { package: name ?? onlyName(await packageNames()), path, oldPath, oldPackage }
  const stored = await engine.files.get(pair, file, true, makeOptions)
  if (!stored) throw new Error('The report of the file was not made')
  return stored
}

function onlyName(names: readonly string[]): string {
  const [name, ...more] = names
  if (name !== undefined && more.length === 0) return name
  throw new UsageError(`There are several packages; choose one with --package: ${names.join(', ')}`)
}

const NOTHING_UNSHOWN: Unshown = { findings: [], count: 0, texts: [] }

/** The rendering, followed by what the tool does not show. A chunk is valid until the next one is requested. */
async function* rendered(
  stored: StoredDiff,
  options: FilterOptions,
  format: Format,
  unshown: Unshown,
): AsyncGenerator<Uint8Array> {
  const section = unshownSection(format, unshown)
  if (format === 'html') return yield* stored.render(format, { ...options, unshown: section })
  yield* stored.render(format, options)
  if (section !== '') yield Buffer.from(section)
}

async function write(chunks: AsyncIterable<Uint8Array>, { outputPath }: DiffRequest): Promise<void> {
  if (outputPath === undefined) {
    for await (const chunk of chunks)
      await new Promise<void>((resolve, reject) =>
        process.stdout.write(chunk, (error) => (error ? reject(error) : resolve())),
      )
    return
  }
  // Renamed when complete, so that the requested name never stands for a partial result.
  const incomplete = `${outputPath}.differ-${process.pid}`
  const file = await open(incomplete, 'w').catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`Cannot write ${outputPath}: ${error.message}`)
  })
  try {
    for await (const chunk of chunks) await file.writeFile(chunk)
    await file.close()
    await rename(incomplete, outputPath)
  } catch (error) {
    await file.close()
    await rm(incomplete, { force: true })
    throw error
  }
}

/** Names on standard error the packages that the report lacks. */
function nameMissing({ missing }: StoredDiffoscope): void {
  for (const { old, new: newer, error } of missing) {
    const names = [...new Set([old, newer])].filter((name) => name !== null).join(' and ')
    process.stderr.write(`Not compared: ${printable(names)}: ${printable(error.message)}\n`)
  }
}

/** Says on standard error what is hidden. @returns whether the report shows a difference */
async function reportDiffers(
  stored: StoredDiffoscope | StoredFile,
  options: FilterOptions,
): Promise<boolean> {
  const report = await stored.open(options)
  try {
    const hidden = report.hiddenNoise.map((one) => `${one.class} ${one.files}`)
    if (hidden.length > 0)
      process.stderr.write(`Hidden noise, in files and lists by class: ${hidden.join(', ')}\n`)
    return report.counts.nodes > 1
  } finally {
    await report.close()
  }
}
