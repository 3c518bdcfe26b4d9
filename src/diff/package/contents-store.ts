/**
 * Keeps what packages hold by their SHA-256, for all processes that share the cache: runs share packages, and new rules need no package anew. The
 * uncompressed archives are kept for a while beside it, so that single members can be read.
 */
import { randomUUID } from 'node:crypto'
import type { BigIntStats } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { mkdir, open, rename, stat, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { LocalPackage } from '../../model.ts'
import { pathsOfContents } from '../cache/layout.ts'
import { nullIfMissing } from '../cache/null-if-missing.ts'
import { fetchContents, queueContents } from '../cache/shared/shared-contents.ts'
import { sha256OfFile } from '../streams/sha256-of-file.ts'
import { CONTENTS_FORM, type ContentsHeader, readContentsHeader } from './contents-file.ts'
import type { DataArchive } from './member-reader.ts'
import { PackageContents } from './package-contents.ts'
import { PagedFile } from './paged-file.ts'
import { type ReadOptions, readPackage, unpackArchives } from './read-package.ts'

export interface OpenContentsOptions extends Omit<ReadOptions, 'contentsPath' | 'archivesPath'> {
  /** Private, on the file system of the cache. What is not kept lies here until the caller removes it. */
  readonly incomingDir: string
}

/** Larger ones are unpacked again each time. */
const MAX_KEPT_ARCHIVES_BYTES = 512 << 20
/** A file's use is recorded at most so often. */
const TOUCH_MS = 30_000

/** Of one package. */
interface Task {
  readonly one: LocalPackage
  readonly sha256: string
  readonly options: OpenContentsOptions
}

export class PackageContentsStore {
  readonly #root: string
  readonly #location: string | null
  /** Whether the bucket failed, and is not asked again. */
  #isAway = false
  #kept = 0
  #read = 0
  #writtenBytes = 0

  /** @param root of the cache @param location of the bucket behind it; null if there is none */
  constructor(root: string, location: string | null = null) {
    this.#root = root
    this.#location = location
  }

  /** How many packages were opened, by whether their contents were kept, and how much was written to the cache for it. */
  get usage(): { readonly kept: number; readonly read: number; readonly writtenBytes: number } {
    return { kept: this.#kept, read: this.#read, writtenBytes: this.#writtenBytes }
  }

  /**
   * What a package holds: as it was kept, or read now. The caller closes it.
   * @throws InvalidPackageError for an archive that is damaged or exceeds a limit; DiffCommandTimeoutError, DiffCommandMemoryError,
   *   DiffCommandError where `dpkg-deb` did not end by itself; errors of the system; what `options.signal` was aborted with
   */
  async open(one: LocalPackage, options: OpenContentsOptions): Promise<PackageContents> {
    const file = await open(one.path, 'r')
    try {
      const before = await file.stat({ bigint: true })
      const sha256 = await sha256OfFile(file, Number(before.size), options.signal)
      const task: Task = { one, sha256, options }
      const kept = (await this.#openKept(task)) ?? (await this.#openShared(task))
      if (kept) {
        this.#kept += 1
        return kept
      }
      this.#read += 1
      return await this.#readNow(task, async () => isSameFile(before, await stat(one.path, { bigint: true })))
    } finally {
      await file.close()
    }
  }

  async #openKept(task: Task): Promise<PackageContents | null> {
    const { contentsPath } = this.#pathsOf(task)
    const file = await nullIfMissing(open(contentsPath, 'r'))
    if (!file) return null
    try {
      const header = await readContentsHeader(file)
      if (!header) {
        // It is read again and replaced. If it cannot be removed, it is replaced all the same.
        await unlink(contentsPath).catch(() => {})
        return null
      }
      await touch(file)
      return contentsOf(task, header, PagedFile.open(`/proc/self/fd/${file.fd}`), (isDamaged) =>
        this.#openArchive(task, header, isDamaged),
      )
    } finally {
      await file.close()
    }
  }

  /** What another machine has kept in the bucket. */
  async #openShared(task: Task): Promise<PackageContents | null> {
    if (this.#location === null || this.#isAway) return null
    const path = join(task.options.incomingDir, randomUUID())
    const { contentsPath } = this.#pathsOf(task)
    const found = await fetchContents(this.#location, basename(contentsPath), path)
    this.#isAway = found === null
    return found && (await this.#keep(path, contentsPath, (await stat(path)).size))
      ? this.#openKept(task)
      : null
  }

  /** @param isUnchanged whether the package is still the file that was hashed */
  async #readNow(task: Task, isUnchanged: () => Promise<boolean>): Promise<PackageContents> {
    const { one, options } = task
    const path = join(options.incomingDir, randomUUID())
    const archivesPath = `${path}.archives`
    const header = await readPackage(one, { ...options, contentsPath: path, archivesPath })
    const file = PagedFile.open(path)
    const isUseful = await isUnchanged()
    const { contentsPath } = this.#pathsOf(task)
    const isKept = isUseful && (await this.#keep(path, contentsPath, file.sizeBytes))
    if (isKept && this.#location !== null) await queueContents(this.#root, basename(contentsPath))
    const ownPath = isUseful ? await this.#keepArchives(task, archivesPath, header) : archivesPath
    return contentsOf(task, header, file, async (isDamaged) => {
      const own = isDamaged ? null : await nullIfMissing(open(ownPath, 'r'))
      const { dataStart } = header.archives
      return own ? { file: own, dataStart, isFresh: true } : this.#openArchive(task, header, isDamaged)
    })
  }

  /** The archives from the cache, or unpacked again. */
  async #openArchive(task: Task, header: ContentsHeader, isDamaged: boolean): Promise<DataArchive> {
    const { archivesPath } = this.#pathsOf(task)
    const { bytes, dataStart } = header.archives
    const kept = isDamaged ? null : await nullIfMissing(open(archivesPath, 'r'))
    if (kept && (await kept.stat()).size === bytes) {
      await touch(kept)
      return { file: kept, dataStart, isFresh: false }
    }
    await kept?.close()
    const { one, options } = task
    const unpackedPath = join(options.incomingDir, `${randomUUID()}.archives`)
    await unpackArchives(one, options, unpackedPath)
    const file = await open(unpackedPath, 'r')
    await this.#keepArchives(task, unpackedPath, header)
    return { file, dataStart, isFresh: true }
  }

  /** @returns where the archives lie afterwards */
  async #keepArchives(task: Task, path: string, { archives }: ContentsHeader): Promise<string> {
    if (archives.bytes > MAX_KEPT_ARCHIVES_BYTES) return path
    const { archivesPath } = this.#pathsOf(task)
    return (await this.#keep(path, archivesPath, archives.bytes)) ? archivesPath : path
  }

  /**
   * Publishes a file with one rename. It is not flushed to the disk, because each reader checks it.
   * @returns whether it lies at `finalPath` now
   */
  async #keep(path: string, finalPath: string, bytes: number): Promise<boolean> {
    try {
      await mkdir(dirname(finalPath), { recursive: true })
      await rename(path, finalPath)
      this.#writtenBytes += bytes
      return true
    } catch {
      // The cache cannot be written, or `incomingDir` is in its fallback: the file is used where it is.
      return false
    }
  }

  #pathsOf({ sha256 }: Task): { contentsPath: string; archivesPath: string } {
    return pathsOfContents(this.#root, sha256, CONTENTS_FORM)
  }
}

function contentsOf(
  { one: { filename }, sha256 }: Task,
  header: ContentsHeader,
  file: PagedFile,
  openArchive: (isDamaged: boolean) => Promise<DataArchive>,
): PackageContents {
  try {
    return new PackageContents({ filename, sha256, header, file, openArchive })
  } catch (error) {
    file.close()
    throw error
  }
}

/** Records that a file was used, for eviction. */
async function touch(file: FileHandle): Promise<void> {
  const { mtimeMs } = await file.stat()
  const now = Date.now()
  // A cache that cannot be written may be read all the same.
  if (Math.abs(now - mtimeMs) > TOUCH_MS) await file.utimes(now / 1000, now / 1000).catch(() => {})
}

function isSameFile(before: BigIntStats, after: BigIntStats): boolean {
  return (
    before.ino === after.ino &&
    before.size === after.size &&
    before.mtimeNs === after.mtimeNs &&
    before.ctimeNs === after.ctimeNs
  )
}
