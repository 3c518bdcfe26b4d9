/**
 * Where packages come from: the contract every driver keeps. `test/artifacts/store-suite.ts` is its shared suite.
 *
 * Run ids and file names are not to be trusted: whatever they hold, a driver never looks outside its root.
 */
import type { Binary, LocalPackage } from '../model.ts'

export interface ArtifactStore {
  /** For logs and `differ config`: where this store looks, without secrets. */
  readonly location: string

  /**
   * The run's `.deb` and `.udeb` files whose names are lawful (see `binary-name.ts`), in name order.
   * @throws ArtifactsMissingError where there is none; ArtifactRetrievalError, ArtifactRetrievalTimeoutError.
   */
  list(runId: string, signal?: AbortSignal): Promise<Binary[]>

  /**
   * The SHA-256 of one binary in hexadecimal, or null where the store does not tell it cheaply.
   * @throws ArtifactsMissingError, ArtifactRetrievalError.
   */
  sha256(binary: Binary, signal?: AbortSignal): Promise<string | null>

  /**
   * Brings all of a run's binaries to the local disk: into `dir` (absolute, exists, empty) under their own names, or, where they are local
   * already, leaves them where they are.
   * @throws as `list`, and InvalidPackageError for what is no regular file or no package.
   */
  fetch(runId: string, dir: string, signal?: AbortSignal): Promise<LocalPackage[]>

  /**
   * Asks a store that is reached over a network whether it lets itself be read; one on the disk has none.
   * @throws an Error that says why not
   */
  check?(signal: AbortSignal): Promise<void>

  /** Ends connections; the store is not used afterwards. */
  close(): Promise<void>
}
