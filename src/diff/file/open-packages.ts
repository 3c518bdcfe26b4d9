/** Opens the packages of both sides in which a file is looked up. */
import { PackageNotFoundError } from '../../errors.ts'
import type { Limits, LocalPackage } from '../../model.ts'
import type { PackageContentsStore } from '../package/contents-store.ts'
import type { PackageContents } from '../package/package-contents.ts'
import type { ReadPackage } from '../summary/changes.ts'
import { pairSides } from '../summary/pair-sides.ts'
import type { Sandbox } from '../tools/sandbox.ts'

export interface PackagesOfRuns {
  readonly oldPackages: readonly LocalPackage[]
  readonly newPackages: readonly LocalPackage[]
  /** See `RunPair.areFiles`. */
  readonly areFiles: boolean
}

export interface OpenOptions {
  readonly sandbox: Sandbox
  readonly limits: Limits
  readonly workDir: string
  readonly outputDir: string
}

/** Opens packages, each once, and closes them. */
export class OpenPackages {
  readonly #store: PackageContentsStore
  readonly #options: OpenOptions
  readonly #signal: AbortSignal
  readonly #opened = new Map<string, Promise<PackageContents>>()

  constructor(store: PackageContentsStore, options: OpenOptions, signal: AbortSignal) {
    this.#store = store
    this.#options = options
    this.#signal = signal
  }

  /**
   * The package of this name on both sides. If only one side has it, also its counterpart under another name
   * or architecture, as the summary pairs them.
   * @throws PackageNotFoundError; as `PackageContentsStore.open`
   */
  async pair(
    name: string,
    runs: PackagesOfRuns,
  ): Promise<{ readonly old: PackageContents | null; readonly new: PackageContents | null }> {
    const [newer] = named(runs.newPackages, name)
    const sameName = named(runs.oldPackages, name)
    const [[onlyOld], [onlyNew]] = [runs.oldPackages, runs.newPackages]
    if (runs.areFiles && onlyOld && onlyNew && (sameName.length > 0 || newer))
      return this.#openBoth(onlyOld, onlyNew)
    const old = sameName.find(({ architecture }) => architecture === newer?.architecture) ?? sameName[0]
    if (!old && !newer) throw new PackageNotFoundError(name)
    const pair =
      old && newer ? { old, new: newer } : await this.#counterpart((newer ?? old) as LocalPackage, runs)
    return this.#openBoth(pair.old, pair.new)
  }

  async #openBoth(old: LocalPackage | null, newer: LocalPackage | null) {
    const both = [old, newer].map((one) => (one ? this.#open(one) : null))
    const [oldContents = null, newContents = null] = await Promise.all(both)
    return { old: oldContents, new: newContents }
  }

  /** Waits until all that are being opened are open, too. */
  async close(): Promise<void> {
    for (const settled of await Promise.allSettled(this.#opened.values()))
      if (settled.status === 'fulfilled') settled.value.close()
  }

  /** A package of one side with its counterpart, if there is one. */
  async #counterpart(
    one: LocalPackage,
    { oldPackages, newPackages }: PackagesOfRuns,
  ): Promise<{ readonly old: LocalPackage | null; readonly new: LocalPackage | null }> {
    const names = (list: readonly LocalPackage[]) => new Set(list.map((other) => other.package))
    const [oldNames, newNames] = [names(oldPackages), names(newPackages)]
    const unpaired = (list: readonly LocalPackage[], others: ReadonlySet<string>) =>
      list.filter((other) => other === one || !others.has(other.package))
    const [old, newer] = await Promise.all([
      this.#readAll(unpaired(oldPackages, newNames)),
      this.#readAll(unpaired(newPackages, oldNames)),
    ])
    const found = pairSides(old, newer).find((pair) => pair.old?.package === one || pair.new?.package === one)
    return { old: found?.old?.package ?? null, new: found?.new?.package ?? null }
  }

  #readAll(packages: readonly LocalPackage[]): Promise<ReadPackage[]> {
    return Promise.all(
      packages.map(async (one) => ({ package: one, contents: await this.#open(one), error: null })),
    )
  }

  #open(one: LocalPackage): Promise<PackageContents> {
    const known = this.#opened.get(one.path)
    if (known) return known
    const { workDir, sandbox, limits, outputDir } = this.#options
    const outputBytes = Math.max(limits.outputBytes, limits.tempBytes)
    const opened = this.#store.open(one, {
      workDir,
      sandbox,
      signal: this.#signal,
      incomingDir: outputDir,
      limits: { ...limits, outputBytes },
    })
    this.#opened.set(one.path, opened)
    return opened
  }
}

function named(packages: readonly LocalPackage[], name: string): LocalPackage[] {
  return packages.filter((one) => one.package === name || `${one.package}:${one.architecture}` === name)
}
