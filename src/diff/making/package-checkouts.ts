import type { ArtifactStore } from '../../artifacts/store.ts'
import { ArtifactRetrievalTimeoutError, InvalidPackageError } from '../../errors.ts'
import type { Binary, LocalPackage, RunPair } from '../../model.ts'
import { inSpan } from '../../tracing.ts'
import { removeTree } from '../tools/remove-tree.ts'
import type { PackageCheck } from './package-check.ts'
import { SingleFlight } from './single-flight.ts'
import { withBoth } from './with-both.ts'

interface Checkout {
  readonly dir: string
  readonly packages: LocalPackage[]
}

/** Packages of both runs. */
export interface PackageSides {
  readonly old: readonly Binary[]
  readonly new: readonly Binary[]
}

export interface CheckoutOptions {
  /** For the packages of each run. */
  readonly timeoutMs: number
  readonly signal: AbortSignal
  /** Whether `work` gets invalid packages, too, and looks at `LocalPackage.invalid`. Default: false. */
  readonly takesInvalid?: boolean
  /** Whether `work` checks the control archives itself, as it reads them. Default: false. */
  readonly checksItself?: boolean
  /** Chooses the packages to fetch. Default: all. What it throws is thrown. */
  readonly choose?: (all: PackageSides) => PackageSides
}

/**
 * Fetches the packages of runs to the local disk: once for all diffs that use them at once, until the last
 * ends.
 */
export class PackageCheckouts {
  readonly #artifacts: ArtifactStore
  readonly #newPath: () => string
  readonly #check: PackageCheck | null
  readonly #checkouts = new SingleFlight<Checkout>((checkout) => removeTree(checkout.dir))
  /** Checks of packages that are checked out. */
  readonly #checks = new SingleFlight<LocalPackage[]>()

  /**
   * @param newPath returns the path of a private directory that does not exist; this class removes it
   * @param check checks the packages before they are used
   */
  constructor(artifacts: ArtifactStore, newPath: () => string, check: PackageCheck | null = null) {
    this.#artifacts = artifacts
    this.#newPath = newPath
    this.#check = check
  }

  /**
   * Calls `work` with packages of both runs, which stay on the disk until it ends.
   * @throws as `ArtifactStore.fetch` and `PackageCheck.check`; ArtifactRetrievalTimeoutError;
   *   InvalidPackageError for the first invalid package, unless `work` takes them
   */
  async usePair<R>(
    pair: RunPair,
    options: CheckoutOptions,
    work: (oldPackages: readonly LocalPackage[], newPackages: readonly LocalPackage[]) => Promise<R>,
  ): Promise<R> {
    const chosen = options.choose?.(await this.#list(pair, options))
    return withBoth(
      options.signal,
      (signal, use) => this.#use(pair.old.id, chosen?.old, { ...options, signal }, use),
      (signal, use) => this.#use(pair.new.id, chosen?.new, { ...options, signal }, use),
      work,
    )
  }

  async #list(pair: RunPair, { timeoutMs, signal }: CheckoutOptions): Promise<PackageSides> {
    const list = async (runId: string) => {
      const timeout = AbortSignal.timeout(timeoutMs)
      try {
        return await this.#artifacts.list(runId, AbortSignal.any([signal, timeout]))
      } catch (error) {
        if (timeout.aborted && !signal.aborted) throw new ArtifactRetrievalTimeoutError(runId, timeoutMs)
        throw error
      }
    }
    const [old, newer] = await Promise.all([list(pair.old.id), list(pair.new.id)])
    return { old, new: newer }
  }

  /** @param chosen undefined for all packages of the run */
  #use<R>(
    runId: string,
    chosen: readonly Binary[] | undefined,
    { timeoutMs, signal, takesInvalid = false, checksItself = false }: CheckoutOptions,
    work: (packages: readonly LocalPackage[]) => Promise<R>,
  ): Promise<R> {
    if (chosen?.length === 0) return work([])
    const names = chosen && new Set(chosen.map(({ filename }) => filename))
    const isChosen = ({ filename }: LocalPackage) => names?.has(filename) ?? true
    // A checkout of all packages that is there already has the chosen ones, too.
    const isPart = names !== undefined && !this.#checkouts.has(runId)
    const key = names ? JSON.stringify([runId, ...names]) : runId
    const use = (checked: readonly LocalPackage[]) => {
      for (const { filename, invalid } of checked)
        if (invalid !== undefined && !takesInvalid) throw new InvalidPackageError(filename, invalid)
      return work(checked)
    }
    return this.#checkouts.run(
      isPart ? key : runId,
      signal,
      (unwanted) => this.#fetch(runId, isPart ? names : undefined, timeoutMs, unwanted),
      async ({ packages }) => {
        const wanted = packages.filter(isChosen)
        const check = this.#check
        if (!check) return use(wanted)
        if (checksItself) return use(await check.refuseLarge(wanted))
        return this.#checks.run(key, signal, (unwanted) => this.#checkPackages(check, wanted, unwanted), use)
      },
    )
  }

  async #fetch(
    runId: string,
    names: ReadonlySet<string> | undefined,
    timeoutMs: number,
    unwanted: AbortSignal,
  ): Promise<Checkout> {
    const dir = this.#newPath()
    const timeout = AbortSignal.timeout(timeoutMs)
    try {
      const signal = AbortSignal.any([unwanted, timeout])
      const fetched = await inSpan('fetch-artifacts', { 'differ.run_id': runId }, () =>
        this.#artifacts.fetch(runId, dir, signal, names),
      )
      return { dir, packages: fetched }
    } catch (error) {
      await removeTree(dir)
      if (timeout.aborted && !unwanted.aborted) throw new ArtifactRetrievalTimeoutError(runId, timeoutMs)
      throw error
    }
  }

  async #checkPackages(
    check: PackageCheck,
    packages: LocalPackage[],
    signal: AbortSignal,
  ): Promise<LocalPackage[]> {
    if (await check.havePassed(packages)) return packages
    const workDir = this.#newPath()
    try {
      return await check.check(packages, workDir, signal)
    } finally {
      await removeTree(workDir)
    }
  }
}
