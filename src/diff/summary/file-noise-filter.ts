/**
 * The filter that hides noise of the report of one file: what the summary explains as a whole. It never rewrites
 * a line, and it counts what it hides.
 */

import type { FileAddress } from '../../model.ts'
import type { FilterRules, HiddenNoise, ReportFilter } from '../report/filter/filter-rules.ts'
import type { Report, ReportHunk, ReportNode } from '../report/types.ts'
import { CONTROL_FILE } from './control-file.ts'
import { fieldLinesNoise } from './lines-noise.ts'
import { PackageHiding } from './package-hiding.ts'
import type { NoiseClass, Summary } from './types.ts'

/** Increase it whenever the filter hides something else of the same report. */
const FILTER_VERSION = 1

/**
 * @param digest identifies the summary
 * @param hide classes of noise
 * @param readSummary reads it when a report is filtered for the first time
 */
export function fileNoiseFilter(
  digest: string,
  hide: readonly NoiseClass[],
  file: FileAddress,
  readSummary: () => Promise<Summary>,
): ReportFilter {
  return {
    facts: ['file noise', FILTER_VERSION, digest, [...hide].sort(), file],
    createRules: async (report) => new FileNoiseRules(report, await readSummary(), file, new Set(hide)),
  }
}

class FileNoiseRules implements FilterRules {
  readonly #report: Report
  readonly #hide: ReadonlySet<NoiseClass>
  readonly #path: string
  readonly #hiding: PackageHiding | null
  /** Classes that explain everything about the file; null if they do not. */
  readonly #explained: readonly NoiseClass[] | null
  readonly #hiddenHunks = new Map<NoiseClass, number>()

  constructor(report: Report, summary: Summary, file: FileAddress, hide: ReadonlySet<NoiseClass>) {
    this.#report = report
    this.#hide = hide
    this.#path = withoutRoot(file.path)
    this.#hiding = hidingOf(summary, file)
    this.#explained = this.#hiding && explanationOf(this.#hiding, file)
  }

  sourcesOf({ source1, source2 }: ReportNode): Pick<ReportNode, 'source1' | 'source2'> {
    return { source1, source2 }
  }

  removesNode({ depth, subtree }: ReportNode): boolean {
    return depth > 0 && this.#hides(this.#explained, subtree.hunks)
  }

  removesEmpty({ depth, comments, diff }: ReportNode): boolean {
    return depth === 1 && comments.length === 0 && (diff?.hunks ?? 0) > 0
  }

  async removesHunk(node: ReportNode, _: readonly ReportNode[], hunk: ReportHunk): Promise<boolean> {
    const isFields = this.#path === CONTROL_FILE && node.depth === 1 && node.source2 === this.#path
    if (!isFields || !this.#hiding || hunk.cut || hunk.header === null) return false
    return this.#hides(await fieldLinesNoise(this.#report, hunk, this.#hiding), 1)
  }

  hidden(): HiddenNoise[] {
    return [...this.#hiddenHunks]
      .map(([name, hunks]) => ({ class: name, hunks, files: 1 }))
      .sort((a, b) => (a.class < b.class ? -1 : 1))
  }

  /** Counts what is hidden, if these classes may be. */
  #hides(classes: readonly NoiseClass[] | null, hunks: number): boolean {
    if (!classes || classes.length === 0 || !classes.every((name) => this.#hide.has(name))) return false
    for (const name of classes) this.#hiddenHunks.set(name, (this.#hiddenHunks.get(name) ?? 0) + hunks)
    return true
  }
}

/** Null if the summary says nothing about the two files, because they are of different packages. */
function hidingOf(summary: Summary, file: FileAddress): PackageHiding | null {
  if (file.oldPackage !== null && file.oldPackage !== file.package) return null
  const packages = summary.packages.filter(
    (one) => one.package === file.package || one.package.startsWith(`${file.package}:`),
  )
  const [first, ...others] = packages
  // A name that several packages have says too little.
  if (!first || others.some((one) => one.package !== first.package)) return null
  const files = summary.files.filter((one) => one.package === first.package)
  return new PackageHiding(packages, summary, files)
}

function explanationOf(hiding: PackageHiding, file: FileAddress): readonly NoiseClass[] | null {
  const path = withoutRoot(file.path)
  const oldPath = file.oldPath === null ? path : withoutRoot(file.oldPath)
  if (path === 'control/md5sums' && oldPath === path && hiding.hasEchoedChecksums) return ['MD5SUMS']
  const [known, other] = [hiding.path(path), hiding.path(oldPath)]
  return (known === other && known?.explained) || null
}

/** A path as a summary has it. */
function withoutRoot(path: string): string {
  return path.replace(/^\.?\/+/, '')
}
