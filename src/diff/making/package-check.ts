/** Packages are looked at before a tool is started on them: what would do harm never gets there. That they are packages at all, their store has seen. */
import { lstat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { LRUCache } from 'lru-cache'
import PQueue from 'p-queue'
import { InvalidPackageError } from '../../errors.ts'
import type { LocalPackage } from '../../model.ts'
import { checkControlArchive } from '../tools/control-archive.ts'
import type { Sandbox } from '../tools/sandbox.ts'

/** Packages that are looked at at a time. */
const CONCURRENCY = 4
const REMEMBERED = 10_000

export interface PackageCheckOptions {
  /** Of a package's file. */
  readonly maxBytes: number
  readonly sandbox: Sandbox
}

/** Looks at each file once, as long as it stays the same. */
export class PackageCheck {
  readonly #options: PackageCheckOptions
  /** Files that were found good: places and what tells whether they are still the same. */
  readonly #good = new LRUCache<string, true>({ max: REMEMBERED })

  constructor(options: PackageCheckOptions) {
    this.#options = options
  }

  /**
   * @param workDir absolute and private
   * @throws InvalidPackageError for the first that is none; what `signal` was aborted with
   */
  async check(packages: readonly LocalPackage[], workDir: string, signal: AbortSignal): Promise<void> {
    const queue = new PQueue({ concurrency: CONCURRENCY })
    try {
      await Promise.all(packages.map((one) => queue.add(() => this.#checkOne(one, workDir, signal))))
    } finally {
      // The first refusal is enough; what has begun ends by itself, and its directory is not taken away under it.
      queue.clear()
      await queue.onIdle()
    }
  }

  async #checkOne(one: LocalPackage, workDir: string, signal: AbortSignal): Promise<void> {
    const { maxBytes, sandbox } = this.#options
    const { ino, size, mtimeMs, ctimeMs } = await lstat(one.path)
    const identity = `${one.path} ${ino} ${size} ${mtimeMs} ${ctimeMs}`
    if (this.#good.has(identity)) return
    if (size > maxBytes)
      throw new InvalidPackageError(
        one.filename,
        `it has ${megabytes(size)}, and may have ${megabytes(maxBytes)}`,
      )
    await checkControlArchive(one, { workDir, sandbox, signal, inputDir: dirname(one.path) })
    this.#good.set(identity, true)
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toLocaleString('en', { maximumFractionDigits: 1 })} MB`
}
