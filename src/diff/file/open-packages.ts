/** Opens the packages of both sides in which a file is looked up. */
import type { FileAddress, Limits, LocalPackage } from '../../model.ts'
import type { PackageContentsStore } from '../package/contents-store.ts'
import type { PackageContents } from '../package/package-contents.ts'
import type { ReadPackage } from '../summary/changes.ts'
import { pairSides } from '../summary/pair-sides.ts'
import type { Sandbox } from '../tools/sandbox.ts'
import { choosePackages } from './choose-packages.ts'

export interface PackagesOfRuns {
  readonly oldPackages: readonly LocalPackage[]
  readonly newPackages: readonly LocalPackage[]
  /** See `RunPair.areFiles`. */
  readonly areFiles: boolean
}

export interface OpenOptions {
  readonly sandbox: Sandbox
  readonly limits: Limits
  /** Absolute, private, and created when it is used. */
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
   * The package of the address on both sides. If only one side has it, also its counterpart under another name
   * or architecture, as the summary pairs them.
   * @throws PackageNotFoundError; as `PackageContentsStore.open`
   */
  async pair(
    { package: name, oldPackage }: FileAddress,
    { oldPackages, newPackages, areFiles }: PackagesOfRuns,
  ): Promise<{ readonly old: PackageContents | null; readonly new: PackageContents | null }> {
    const all = { old: oldPackages, new: newPackages }
    const chosen = choosePackages(all, { package: name, oldPackage, areFiles })
    const [old = null, newer = null] = [chosen.old[0], chosen.new[0]]
    const { lone } = chosen
    if (!lone) return this.#openBoth(old, newer)
    const [oldRead, newRead] = await Promise.all([this.#readAll(chosen.old), this.#readAll(chosen.new)])
    const found = pairSides(oldRead, newRead).find(
      (pair) => pair.old?.package === lone || pair.new?.package === lone,
    )
    return this.#openBoth(found?.old?.package ?? null, found?.new?.package ?? null)
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
