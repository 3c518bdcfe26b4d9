/** `differ summary` and `differ check`: what changed between two builds, and whether it matters. */
import { writeFile } from 'node:fs/promises'
import type { Config } from '../../config/load.ts'
import { renderSummary, type SummaryFormat } from '../../diff/rendering/summary/render-summary.ts'
import type { Summary } from '../../diff/summary/types.ts'
import { UsageError } from '../../errors.ts'
import type { Logger } from '../../log.ts'
import { type Sides, usePair } from '../use-pair.ts'

/** The least that makes `differ check` fail: see `exceeds`. */
export type FailOn = 'bad' | 'verify' | 'substantive'

export interface SummaryRequest extends Sides {
  readonly format: SummaryFormat
  /** Of the change, for the rules file; that of the new run if omitted. */
  readonly campaign?: string | undefined
  /** ANSI colours, for text on a terminal. */
  readonly color: boolean
  /** File for the summary; standard output if omitted. */
  readonly outputPath?: string | undefined
}

/** A summary, and which entries of the rules file should have applied to it but did not. */
export interface SummarisedSides {
  readonly summary: Summary
  readonly unusedRules: readonly string[]
}

/**
 * Writes the summary to standard output, or to a file.
 * @throws UsageError, and all errors of the engine
 */
export async function summariseSides(
  config: Config,
  log: Logger,
  request: SummaryRequest,
): Promise<SummarisedSides> {
  return usePair(
    config,
    log,
    request,
    async ({ engine, rulesFile, pair: given, makeOptions, clearProgress }) => {
      const { campaign = given.new.campaign } = request
      const pair = { ...given, new: { ...given.new, campaign } }
      const { summary } = await engine.make('summary', pair, makeOptions)
      clearProgress()
      const text = renderSummary(summary, request.format, request.color)
      if (request.outputPath === undefined)
        await new Promise<void>((resolve) => process.stdout.write(text, () => resolve()))
      else
        await writeFile(request.outputPath, text).catch((error: NodeJS.ErrnoException) => {
          throw new UsageError(`Cannot write ${request.outputPath}: ${error.message}`)
        })
      return { summary, unusedRules: rulesFile?.unused(summary, pair.new) ?? [] }
    },
  )
}

/**
 * Whether `differ check` fails. It always fails if something could not be compared, whatever the verdict.
 * Expected findings pass.
 */
export function exceeds({ verdict, findings, undecided }: Summary, failOn: FailOn): boolean {
  if (verdict === 'UNDECIDED' || undecided.length > 0) return true
  if (failOn === 'substantive') return verdict === 'SUBSTANTIVE'
  return findings.some(
    ({ severity, expected }) =>
      !expected && (severity === 'BAD' || (failOn === 'verify' && severity === 'VERIFY')),
  )
}
