/**
 * Keeps what packages hold by their SHA-256, for all processes that share the cache: runs share packages, and new rules need no package anew. The
 * uncompressed data archive is kept for a while beside it, so that single members can be read.
 */
import { randomUUID } from 'node:crypto'
import type { BigIntStats } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { mkdir, open, rename, stat, unlink, utimes } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { LocalPackage } from '../../model.ts'
import { pathsOfContents } from '../cache/layout.ts'
import { nullIfMissing } from '../cache/null-if-missing.ts'
import { fetchContents, queueContents } from '../cache/shared/shared-contents.ts'
import { sha256OfFile } from '../streams/sha256-of-file.ts'
import { CONTENTS_FORM, type ContentsHeader, readContentsHeader } from './contents-file.ts'
import { isSettled, type KeptContents, type KnownPackage, KnownPackages } from './known-packages.ts'
import type { DataArchive } from './member-reader.ts'
import { PackageContents } from './package-contents.ts'
import { PagedFile } from './paged-file.ts'
import { type ReadOptions, readPackage, unpackDataArchive } from './read-package.ts'

export interface OpenContentsOptions extends Omit<ReadOptions, 'contentsPath' | 'archivePath'> {
  /** Private, on the file system of the cache. What is not kept lies here until the caller removes it. */
  readonly incomingDir: string
}

/** Larger ones are unpacked again each time. */
const MAX_KEPT_ARCHIVE_BYTES = 512 << 20
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
  readonly #known: KnownPackages
  /** Whether the bucket failed, and is not asked again. */
  #isAway = false
  #kept = 0
  #read = 0
  #writtenBytes = 0

  /**
   * @param root of the cache
   * @param location of the bucket behind it; null if there is none
   * @param known what this process remembers
   */
  constructor(root: string, location: string | null = null, known = new KnownPackages()) {
    this.#root = root
    this.#location = location
    this.#known = known
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
    const remembered = this.#known.find(one.path, await stat(one.path, { bigint: true }))
    if (remembered?.contents) {
      const task: Task = { one, sha256: remembered.sha256, options }
      await this.#touchKept(task, remembered)
      return this.#openKept(task, remembered.contents)
    }
    const file = await open(one.path, 'r')
    try {
      const before = await file.stat({ bigint: true })
      const canRemember = isSettled(before)
      const known = this.#known.find(one.path, before)
      const sha256 = known?.sha256 ?? (await sha256OfFile(file, Number(before.size), options.signal))
      const task: Task = { one, sha256, options }
      const remember = (contents: KeptContents) => {
        const inMemory = contents.file.isWhole ? contents : null
        if (canRemember) this.#known.remember(one.path, before, sha256, inMemory)
      }
      const contents = (await this.#findKept(task)) ?? (await this.#findShared(task))
      if (contents) {
        remember(contents)
        return this.#openKept(task, contents)
      }
      this.#read += 1
      return await this.#readNow(task, before, remember)
    } finally {
      await file.close()
    }
  }

  #openKept(task: Task, { header, file }: KeptContents): PackageContents {
    this.#kept += 1
    return contentsOf(task, header, file, (isDamaged) => this.#openArchive(task, header, isDamaged))
  }

  /** What is in memory is in use on the disk, too: other processes may need it. */
  async #touchKept(task: Task, known: KnownPackage): Promise<void> {
    const now = Date.now()
    if (now - known.touchedMs < TOUCH_MS) return
    known.touchedMs = now
    // If it has been evicted, another process makes it again.
    await utimes(this.#pathsOf(task).contentsPath, now / 1000, now / 1000).catch(() => {})
  }

  async #findKept(task: Task): Promise<KeptContents | null> {
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
      await touch(file, (await file.stat()).mtimeMs)
      return { header, file: PagedFile.open(`/proc/self/fd/${file.fd}`) }
    } finally {
      await file.close()
    }
  }

  /** What another machine has kept in the bucket. */
  async #findShared(task: Task): Promise<KeptContents | null> {
    if (this.#location === null || this.#isAway) return null
    const path = join(task.options.incomingDir, randomUUID())
    const { contentsPath } = this.#pathsOf(task)
    const found = await fetchContents(this.#location, basename(contentsPath), path)
    this.#isAway = found === null
    return found && (await this.#keep(path, contentsPath, (await stat(path)).size))
      ? this.#findKept(task)
      : null
  }

  /**
   * @param before of the package, when it was hashed
   * @param onKept gets what lies in the cache now
   */
  async #readNow(
    task: Task,
    before: BigIntStats,
    onKept: (contents: KeptContents) => void,
  ): Promise<PackageContents> {
    const { one, options } = task
    const path = join(options.incomingDir, randomUUID())
    const archivePath = `${path}.tar`
    const header = await readPackage(one, { ...options, contentsPath: path, archivePath })
    const file = PagedFile.open(path)
    const isUseful = isSameFile(before, await stat(one.path, { bigint: true }))
    const { contentsPath } = this.#pathsOf(task)
    const isKept = isUseful && (await this.#keep(path, contentsPath, file.sizeBytes))
    if (isKept) onKept({ header, file })
    if (isKept && this.#location !== null) await queueContents(this.#root, basename(contentsPath))
    const ownPath = isUseful ? await this.#keepArchive(task, archivePath, header.dataBytes) : archivePath
    return contentsOf(task, header, file, async (isDamaged) => {
      const own = isDamaged ? null : await openArchiveAt(ownPath, header, true)
      return own ?? this.#openArchive(task, header, isDamaged)
    })
  }

  /** The data archive from the cache, or unpacked again. */
  async #openArchive(task: Task, header: ContentsHeader, isDamaged: boolean): Promise<DataArchive> {
    const { archivePath } = this.#pathsOf(task)
    const kept = isDamaged ? null : await openArchiveAt(archivePath, header, false)
    if (kept) return kept
    const { one, options } = task
    const unpackedPath = join(options.incomingDir, `${randomUUID()}.tar`)
    await unpackDataArchive(one, options, unpackedPath)
    const file = await open(unpackedPath, 'r')
    await this.#keepArchive(task, unpackedPath, header.dataBytes)
    return { file, isFresh: true }
  }

  /** @returns where the archive lies afterwards */
  async #keepArchive(task: Task, path: string, bytes: number): Promise<string> {
    if (bytes > MAX_KEPT_ARCHIVE_BYTES) return path
    const { archivePath } = this.#pathsOf(task)
    return (await this.#keep(path, archivePath, bytes)) ? archivePath : path
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

  #pathsOf({ sha256 }: Task): { contentsPath: string; archivePath: string } {
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

/** Null if the file is missing, or is not the archive by its size. */
async function openArchiveAt(
  path: string,
  { dataBytes }: ContentsHeader,
  isFresh: boolean,
): Promise<DataArchive | null> {
  const file = await nullIfMissing(open(path, 'r'))
  if (!file) return null
  const { size, mtimeMs } = await file.stat()
  if (size !== dataBytes) {
    await file.close()
    return null
  }
  if (!isFresh) await touch(file, mtimeMs)
  return { file, isFresh }
}

/** Records that a file was used, for eviction. */
async function touch(file: FileHandle, mtimeMs: number): Promise<void> {
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
