import type { ArtifactStore } from '../../artifacts/store.ts'
import { ArtifactRetrievalTimeoutError, InvalidPackageError } from '../../errors.ts'
import type { LocalPackage, RunPair } from '../../model.ts'
import { inSpan } from '../../tracing.ts'
import { removeTree } from '../tools/remove-tree.ts'
import type { PackageCheck } from './package-check.ts'
import { SingleFlight } from './single-flight.ts'

interface Checkout {
  readonly dir: string
  readonly packages: LocalPackage[]
}

export interface CheckoutOptions {
  /** For the packages of each run. */
  readonly timeoutMs: number
  readonly signal: AbortSignal
  /** Whether `work` gets invalid packages, too, and looks at `LocalPackage.invalid`. Default: false. */
  readonly takesInvalid?: boolean
}

/**
 * Fetches the packages of runs to the local disk: once for all diffs that use them at once, until the last
 * ends.
 */
export class PackageCheckouts {
  readonly #artifacts: ArtifactStore
  readonly #createDir: () => Promise<string>
  readonly #check: PackageCheck | null
  readonly #checkouts = new SingleFlight<Checkout>((checkout) => removeTree(checkout.dir))

  /**
   * @param createDir creates an empty private directory, which this class removes
   * @param check checks the packages before they are used
   */
  constructor(artifacts: ArtifactStore, createDir: () => Promise<string>, check: PackageCheck | null = null) {
    this.#artifacts = artifacts
    this.#createDir = createDir
    this.#check = check
  }

  /**
   * Calls `work` with the packages of both runs, which stay on the disk until it ends.
   * @throws as `ArtifactStore.fetch` and `PackageCheck.check`; ArtifactRetrievalTimeoutError;
   *   InvalidPackageError for the first invalid package, unless `work` takes them
   */
  usePair<R>(
    pair: RunPair,
    options: CheckoutOptions,
    work: (oldPackages: LocalPackage[], newPackages: LocalPackage[]) => Promise<R>,
  ): Promise<R> {
    return this.#use(pair.old.id, options, (oldPackages) =>
      this.#use(pair.new.id, options, (newPackages) => work(oldPackages, newPackages)),
    )
  }

  #use<R>(
    runId: string,
    { timeoutMs, signal, takesInvalid = false }: CheckoutOptions,
    work: (packages: LocalPackage[]) => Promise<R>,
  ): Promise<R> {
    return this.#checkouts.run(
      runId,
      signal,
      (unwanted) => this.#fetch(runId, timeoutMs, unwanted),
      ({ packages }) => {
        for (const { filename, invalid } of packages)
          if (invalid !== undefined && !takesInvalid) throw new InvalidPackageError(filename, invalid)
        return work(packages)
      },
    )
  }

  async #fetch(runId: string, timeoutMs: number, unwanted: AbortSignal): Promise<Checkout> {
    const dir = await this.#createDir()
    const timeout = AbortSignal.timeout(timeoutMs)
    try {
      const signal = AbortSignal.any([unwanted, timeout])
      const fetched = await inSpan('fetch-artifacts', { 'differ.run_id': runId }, () =>
        this.#artifacts.fetch(runId, dir, signal),
      )
      const packages = this.#check ? await this.#checkPackages(this.#check, fetched, signal) : fetched
      return { dir, packages }
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
    const workDir = await this.#createDir()
    try {
      return await check.check(packages, workDir, signal)
    } finally {
      await removeTree(workDir)
    }
  }
}
