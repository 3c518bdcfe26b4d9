/** What may be hidden of one package in a diffoscope report, because the summary explains it as noise. */
import { CONTROL_FILE } from './control-file.ts'
import { canImitateLines } from './listed-line.ts'
import type { FileSummary, NoiseClass, PackageSummary, Summary } from './types.ts'

/** What the summary knows about a path that differs. */
export interface PathNoise {
  /** Classes that explain everything about it; null if something remains. */
  readonly explained: readonly NoiseClass[] | null
  readonly hasOtherTime: boolean
  /** Whether path, mode, owner, type or target differ, or the file is on one side only. */
  readonly hasOtherAttributes: boolean
}

export class PackageHiding {
  /** Classes of the package besides its files and fields. */
  readonly noise: ReadonlySet<NoiseClass>
  /** All classes of a package in which nothing but noise differs; else null. */
  readonly whole: readonly NoiseClass[] | null
  /** Whether a path can imitate lines of lists: then no line of a list is hidden. */
  readonly canImitate: boolean
  readonly #paths = new Map<string, PathNoise>()
  /** By name in lower case; null for a field whose difference is not only noise. */
  readonly #fields = new Map<string, readonly NoiseClass[] | null>()
  readonly #hasControlFinding: boolean

  /** @param packages all packages with this label, which is one but for a deb and a udeb of one name */
  constructor(packages: readonly PackageSummary[], summary: Summary, files: readonly FileSummary[]) {
    const label = packages[0]?.package
    const findings = summary.findings.filter((one) => one.package === label)
    const found = new Set(findings.map(({ path }) => path))
    const fields = summary.fields.filter((one) => one.package === label)
    this.noise = new Set(packages.flatMap(({ noise }) => noise))
    // What the summary leaves out may imitate lines, too.
    const isCut = summary.omitted !== undefined
    this.canImitate =
      isCut || files.some(({ path, oldPath = '' }) => canImitateLines(path) || canImitateLines(oldPath))
    this.#hasControlFinding = found.has('control:') || found.has(CONTROL_FILE)
    for (const { name, noise, substantive } of fields)
      this.#fields.set(name.toLowerCase(), substantive || noise.length === 0 ? null : noise)
    for (const file of files) this.#addFile(file, found.has(file.path))
    const isNoise =
      packages.every(({ verdict }) => verdict === 'NOISE_ONLY') && findings.length === 0 && !isCut
    const classes = [...files, ...fields].flatMap(({ noise }) => noise)
    this.whole = isNoise ? [...new Set([...this.noise, ...classes])] : null
  }

  /** Undefined if nothing differs at this path. */
  path(path: string): PathNoise | undefined {
    return this.#paths.get(path)
  }

  /** Classes that explain a changed line of a field; null if they do not. */
  field(name: string): readonly NoiseClass[] | null {
    if (this.#hasControlFinding) return null
    const known = this.#fields.get(name.toLowerCase())
    if (known !== undefined) return known
    return this.noise.has('ORDER_ONLY') ? ['ORDER_ONLY'] : null
  }

  /** Whether the list of checksums follows from the files. */
  get hasEchoedChecksums(): boolean {
    return this.noise.has('MD5SUMS')
  }

  #addFile(file: FileSummary, hasFinding: boolean): void {
    const { path, oldPath, change, noise, substantive, undecided, old, new: newer } = file
    const isExplained = !substantive && undecided !== true && noise.length > 0 && !hasFinding
    // What differs in these two is in the fields and in the checksums.
    const isReadElsewhere = path === CONTROL_FILE || path === 'control/md5sums'
    const known: PathNoise = {
      explained: isExplained && !isReadElsewhere ? noise : null,
      hasOtherTime: noise.includes('MTIME'),
      hasOtherAttributes:
        change !== 'CHANGED' || oldPath !== undefined || old !== undefined || newer !== undefined,
    }
    for (const one of oldPath === undefined ? [path] : [path, oldPath]) {
      const other = this.#paths.get(one)
      this.#paths.set(one, other ? combined(known, other) : known)
    }
  }
}

/** Two files that are shown with one path: both must be explained. */
function combined(one: PathNoise, other: PathNoise): PathNoise {
  return {
    explained: one.explained && other.explained && [...new Set([...one.explained, ...other.explained])],
    hasOtherTime: one.hasOtherTime && other.hasOtherTime,
    hasOtherAttributes: one.hasOtherAttributes || other.hasOtherAttributes,
  }
}
