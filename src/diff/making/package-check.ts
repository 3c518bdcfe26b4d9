/**
 * Rejects dangerous packages before any tool opens them. The artifact store has already checked that they have
 * the structure of a .deb file.
 */
import { lstat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { LRUCache } from 'lru-cache'
import PQueue from 'p-queue'
import { InvalidPackageError } from '../../errors.ts'
import type { LocalPackage } from '../../model.ts'
import { checkControlArchive } from '../package/control-archive.ts'
import type { Sandbox } from '../tools/sandbox.ts'

/** Packages that are checked at once. */
const CONCURRENCY = 4
const MAX_REMEMBERED = 10_000

export interface PackageCheckOptions {
  /** The largest allowed file of a package. */
  readonly maxBytes: number
  readonly sandbox: Sandbox
}

/** Checks each file once, until it changes. */
export class PackageCheck {
  readonly #options: PackageCheckOptions
  /** Files that passed: path, inode, size and times. */
  readonly #passed = new LRUCache<string, true>({ max: MAX_REMEMBERED })

  constructor(options: PackageCheckOptions) {
    this.#options = options
  }

  /** Whether all packages have passed before, so that nothing is left to check. @throws errors of the system */
  async havePassed(packages: readonly LocalPackage[]): Promise<boolean> {
    for (const pkg of packages) if (!this.#passed.has(await identityOf(pkg))) return false
    return true
  }

  /** Remembers packages that have been checked elsewhere. @param identities as `identityOf` returned them before */
  passed(identities: readonly string[]): void {
    for (const identity of identities) this.#passed.set(identity, true)
  }

  /** The packages; those that are too large have the reason in `invalid`. @throws errors of the system */
  async refuseLarge(packages: readonly LocalPackage[]): Promise<LocalPackage[]> {
    return Promise.all(
      packages.map(async (pkg) => {
        const invalid = pkg.invalid ?? (await this.#excess(pkg))
        return invalid === null ? pkg : { ...pkg, invalid }
      }),
    )
  }

  /**
   * The packages, with what is wrong with them in `invalid`.
   * @param workDir absolute and private
   * @throws errors of the system; DiffCommandError if a package could not be read; `signal.reason`
   */
  async check(
    packages: readonly LocalPackage[],
    workDir: string,
    signal: AbortSignal,
  ): Promise<LocalPackage[]> {
    const queue = new PQueue({ concurrency: CONCURRENCY })
    try {
      return await Promise.all(packages.map((pkg) => queue.add(() => this.#withCheck(pkg, workDir, signal))))
    } finally {
      // Checks that are running must end before the caller removes their directory.
      queue.clear()
      await queue.onIdle()
    }
  }

  async #withCheck(pkg: LocalPackage, workDir: string, signal: AbortSignal): Promise<LocalPackage> {
    if (pkg.invalid !== undefined) return pkg
    try {
      await this.#checkOne(pkg, workDir, signal)
      return pkg
    } catch (error) {
      if (!(error instanceof InvalidPackageError)) throw error
      return { ...pkg, invalid: error.reason }
    }
  }

  async #checkOne(pkg: LocalPackage, workDir: string, signal: AbortSignal): Promise<void> {
    const { sandbox } = this.#options
    const identity = await identityOf(pkg)
    if (this.#passed.has(identity)) return
    const excess = await this.#excess(pkg)
    if (excess !== null) throw new InvalidPackageError(pkg.filename, excess)
    await checkControlArchive(pkg, { workDir, sandbox, signal, inputDir: dirname(pkg.path) })
    this.#passed.set(identity, true)
  }

  /** Null for a package that is not too large. */
  async #excess({ path }: LocalPackage): Promise<string | null> {
    const { maxBytes } = this.#options
    const { size } = await lstat(path)
    return size > maxBytes ? `its size is ${megabytes(size)}; the limit is ${megabytes(maxBytes)}` : null
  }
}

/** Changes when the file does. @throws errors of the system */
export async function identityOf({ path }: LocalPackage): Promise<string> {
  const { ino, size, mtimeMs, ctimeMs } = await lstat(path)
  return `${path} ${ino} ${size} ${mtimeMs} ${ctimeMs}`
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toLocaleString('en', { maximumFractionDigits: 1 })} MB`
}
