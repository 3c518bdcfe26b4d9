import type { DiffProgress, LocalPackage } from '../../model.ts'
import type { PackagePair } from './package-pairs.ts'

interface Step {
  readonly weight: number
  /** The package's file name; that of the new side if there is one. */
  readonly filename: string
  fraction: number
}

/**
 * Combines the progress of several runs of diffoscope into one fraction, weighted by the size of the
 * packages.
 */
export class WeightedProgress {
  readonly #steps: readonly Step[]
  readonly #totalWeight: number
  readonly #report: (progress: DiffProgress) => void
  #label = 'diffoscope'

  constructor(pairs: readonly PackagePair<LocalPackage>[], report: (progress: DiffProgress) => void) {
    this.#steps = pairs.map((pair) => ({
      weight: weightOf(pair),
      filename: (pair.new ?? pair.old).filename,
      fraction: 0,
    }))
    this.#totalWeight = this.#steps.reduce((sum, { weight }) => sum + weight, 0)
    this.#report = report
  }

  /** @param index of the pair */
  begin(index: number): void {
    const step = this.#steps[index]
    if (step) this.#label = `diffoscope ${step.filename}, ${index + 1} of ${this.#steps.length}`
    this.advance(index, 0)
  }

  done(index: number): void {
    this.advance(index, 1)
  }

  /** A fraction below an earlier one of the same pair is ignored. */
  advance(index: number, fraction: number): void {
    const step = this.#steps[index]
    if (step) step.fraction = Math.max(step.fraction, Math.min(1, fraction))
    const done = this.#steps.reduce((sum, each) => sum + each.fraction * each.weight, 0)
    this.#report({
      stage: 'diffoscope',
      step: this.#label,
      fraction: Math.min(1, done / this.#totalWeight),
    })
  }
}

/** A pair that needs no tool counts little, but not nothing. */
function weightOf({ old, new: newer }: PackagePair<LocalPackage>): number {
  return old && newer ? 1 + old.sizeBytes + newer.sizeBytes : 1
}
