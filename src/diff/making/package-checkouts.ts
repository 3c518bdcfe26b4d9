import type { ArtifactStore } from '../../artifacts/store.ts'
import { ArtifactRetrievalTimeoutError } from '../../errors.ts'
import type { LocalPackage } from '../../model.ts'
import { inSpan } from '../../tracing.ts'
import { removeTree } from '../tools/remove-tree.ts'
import type { PackageCheck } from './package-check.ts'
import { SingleFlight } from './single-flight.ts'

interface Checkout {
  readonly dir: string
  readonly packages: LocalPackage[]
}

/** Packages of runs on the local disk: fetched once for however many diffs use them at a time, removed after the last. */
export class PackageCheckouts {
  readonly #artifacts: ArtifactStore
  readonly #newDir: () => Promise<string>
  readonly #check: PackageCheck | null
  readonly #shared = new SingleFlight<Checkout>((checkout) => removeTree(checkout.dir))

  /**
   * @param newDir makes an empty private directory; it is removed here.
   * @param check looks at the packages before anybody gets them
   */
  constructor(artifacts: ArtifactStore, newDir: () => Promise<string>, check: PackageCheck | null = null) {
    this.#artifacts = artifacts
    this.#newDir = newDir
    this.#check = check
  }

  /**
   * Calls `work` with the run's packages; they are there until it ends.
   * @throws as `ArtifactStore.fetch` and `PackageCheck.check`, and ArtifactRetrievalTimeoutError after `limitMs`
   */
  use<R>(
    runId: string,
    { limitMs, signal }: { limitMs: number; signal: AbortSignal },
    work: (packages: LocalPackage[]) => Promise<R>,
  ): Promise<R> {
    return this.#shared.run(
      runId,
      signal,
      (unwanted) => this.#fetch(runId, limitMs, unwanted),
      ({ packages }) => work(packages),
    )
  }

  async #fetch(runId: string, limitMs: number, unwanted: AbortSignal): Promise<Checkout> {
    const dir = await this.#newDir()
    const timeout = AbortSignal.timeout(limitMs)
    try {
      const signal = AbortSignal.any([unwanted, timeout])
      const packages = await inSpan('fetch-artifacts', { 'differ.run_id': runId }, () =>
        this.#artifacts.fetch(runId, dir, signal),
      )
      if (this.#check) {
        const workDir = await this.#newDir()
        await this.#check.check(packages, workDir, signal).finally(() => removeTree(workDir))
      }
      return { dir, packages }
    } catch (error) {
      await removeTree(dir)
      if (timeout.aborted && !unwanted.aborted) throw new ArtifactRetrievalTimeoutError(runId, limitMs)
      throw error
    }
  }
}
