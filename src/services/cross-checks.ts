import { type Unshown, unshownFindings } from '../diff/cross-check/unshown.ts'
import type { DiffEngine, MakeOptions, StoredOf } from '../diff/engine.ts'
import { DifferError } from '../errors.ts'

/** Holds reports against the summaries of the same pairs. */
export class CrossChecks {
  readonly #engine: DiffEngine
  /** An entry object stands for one unchanged file, in memory for as long as its diff is used. */
  readonly #known = new WeakMap<object, Promise<Unshown>>()

  constructor(engine: DiffEngine) {
    this.#engine = engine
  }

  /**
   * What the report does not show although the packages differ in it.
   * @param options to make the summary if it is not cached; null: it is not made
   * @returns null where there is no summary
   * @throws errors of reading the report; `options.signal.reason`
   */
  async of(report: StoredOf<'diffoscope'>, options: MakeOptions | null): Promise<Unshown | null> {
    const known = this.#known.get(report.entry)
    if (known !== undefined) return await known
    const stored = await this.#summary(report, options)
    if (!stored) return null
    const check = readUnshown(report, stored.summary)
    this.#known.set(report.entry, check)
    check.catch(() => this.#known.delete(report.entry))
    return check
  }

  async #summary(
    { pair }: StoredOf<'diffoscope'>,
    options: MakeOptions | null,
  ): Promise<StoredOf<'summary'> | null> {
    try {
      return await (options
        ? this.#engine.make('summary', pair, options)
        : this.#engine.lookup('summary', pair))
    } catch (error) {
      options?.signal?.throwIfAborted()
      // The report is of use without the check, and the summary's own field says why there is none.
      if (error instanceof DifferError) return null
      throw error
    }
  }
}

async function readUnshown(
  stored: StoredOf<'diffoscope'>,
  summary: StoredOf<'summary'>['summary'],
): Promise<Unshown> {
  const report = await stored.open({ filterBoring: false })
  try {
    return await unshownFindings(summary, report)
  } finally {
    await report.close()
  }
}
