/**
 * Where packages come from. Every driver passes the shared tests in `test/artifacts/store-suite.ts`.
 *
 * Run ids and file names are untrusted: whatever they contain, a driver must not look outside its root.
 */
import type { Binary, LocalPackage } from '../model.ts'
import type { PassedOverFile } from './binary-name.ts'

export interface ArtifactStore {
  /** Directory or bucket of this store, without secrets, for logs and `differ config`. */
  readonly location: string

  /**
   * The run's `.deb`, `.udeb` and `.ddeb` files that are named like packages (see `binary-name.ts`), sorted by name.
   * @throws ArtifactsMissingError if there are none; ArtifactRetrievalError, ArtifactRetrievalTimeoutError
   */
  list(runId: string, signal?: AbortSignal): Promise<Binary[]>

  /**
   * The run's files that `list` leaves out although their names end like those of packages.
   * @throws as `list`, but an empty list if there are none
   */
  passedOver(runId: string, signal?: AbortSignal): Promise<PassedOverFile[]>

  /**
   * The SHA-256 of one binary in hexadecimal, or null if the store would have to download the file for it.
   * @throws ArtifactsMissingError, ArtifactRetrievalError
   */
  sha256(binary: Binary, signal?: AbortSignal): Promise<string | null>

  /**
   * Makes binaries of a run available on the local disk: in `dir` under their own names, or, if they are local
   * already, where they are. A file that is not a regular file, or not a package, has the reason in `invalid`.
   * @param dir absolute, empty or missing; created if files are copied to it
   * @param filenames only these files, as far as the run has them. Default: all
   * @throws as `list`
   */
  fetch(
    runId: string,
    dir: string,
    signal?: AbortSignal,
    filenames?: ReadonlySet<string>,
  ): Promise<LocalPackage[]>

  /**
   * Checks that a remote store can be read. Stores on the local disk do not have this method.
   * @throws an Error that says why it cannot
   */
  check?(signal: AbortSignal): Promise<void>

  /** Closes connections. The store must not be used afterwards. */
  close(): Promise<void>
}
