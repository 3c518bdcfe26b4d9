/**
 * The cache as the engine sees it. What is not on its disk is looked up in the bucket that other machines use, too,
 * if there is one, and what is written to the disk goes there. While the cache's disk cannot be written, new entries go to a fallback in
 * this process's temporary directory, where they live long enough for the clients that wait for them now.
 */
import { randomUUID } from 'node:crypto'
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { EntryKind } from '../../model.ts'
import type { InstanceDir } from '../tools/instance-dir.ts'
import { removeTree } from '../tools/remove-tree.ts'
import type { AccessTimes } from './access-times.ts'
import { isDiskError, isDiskFull, toDifferError } from './disk-errors.ts'
import type { CacheEntry, EntryStore } from './entry-store.ts'
import type { Evictor } from './evictor.ts'
import type { Origin } from './origin.ts'
import { probeDisk } from './probe-disk.ts'
import type { SharedEntries } from './shared/shared-entries.ts'
import type { CacheUsage } from './usage.ts'

/** Entries on one disk, with all that maintains them. */
export interface CacheTier {
  readonly store: EntryStore
  /** For entries being written: private to this process, on the file system of the store. */
  readonly incomingDir: InstanceDir
  readonly evictor: Evictor
  readonly accessTimes: AccessTimes
}

export interface DiffCacheOptions {
  readonly main: CacheTier
  /** Private to this process, on the file system of the temporary directories. */
  readonly fallback: CacheTier
  /** The bucket that other machines use, too; null if there is none. */
  readonly shared?: SharedEntries | null
  /** Called once when the cache's disk starts to reject writes. */
  readonly onDiskError?: (error: unknown) => void
  readonly onRecovered?: () => void
}

/** Where a diff may be written, and how it gets into the cache. */
export interface WriteTarget {
  /** Empty at first, and removed afterwards. */
  readonly dir: string
  publish(kind: EntryKind, oldId: string, newId: string, path: string, origin: Origin): Promise<CacheEntry>
}

/** How often to test whether the disk accepts writes again. */
const PROBE_PAUSE_MS = 5_000

export class DiffCache {
  readonly #options: DiffCacheOptions
  #hasDiskError = false
  /** Whether an entry was ever written to the fallback. */
  #usedFallback = false
  /** Directories that could not be removed because of a disk error. */
  readonly #leftovers = new Set<string>()
  #probeDue = 0
  #probing: Promise<boolean> | null = null
  /** The next probe that does not wait for a request: so the leftovers go, and the log says that the disk recovered. */
  #nextProbe: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(options: DiffCacheOptions) {
    this.#options = options
  }

  /** Starts eviction. */
  start(): void {
    this.#options.main.evictor.start()
    this.#options.fallback.evictor.start()
    this.#options.shared?.start()
  }

  async close(): Promise<void> {
    clearTimeout(this.#nextProbe)
    this.#isClosed = true
    await this.#options.shared?.close()
    const tiers = [this.#options.main, this.#options.fallback]
    await Promise.all(tiers.flatMap(({ evictor, accessTimes }) => [evictor.close(), accessTimes.close()]))
  }

  /** The directory that all processes share. */
  get root(): string {
    return this.#options.main.store.root
  }

  /** The bucket of the cache; null if there is none. */
  get shared(): Pick<SharedEntries, 'location' | 'isAway' | 'waiting'> | null {
    return this.#options.shared ?? null
  }

  /** To be called for files that were added below `root` without this object: see `Evictor.entryWritten`. */
  filesWritten(bytes: number): Promise<void> {
    return this.#options.main.evictor.entryWritten(bytes)
  }

  /** Whether the cache's disk rejected the last write. */
  get hasDiskError(): boolean {
    return this.#hasDiskError
  }

  /** What is on the cache's disk, as the last sweep found it. @throws what the first sweep threw */
  usage(): Promise<CacheUsage> {
    return this.#options.main.evictor.usage()
  }

  /** `maxBytes` is the limit for all files, or null. `freeBytes` is what is free on the cache's disk. */
  async disk(): Promise<{ maxBytes: number | null; freeBytes: number; isWritable: boolean }> {
    const { evictor } = this.#options.main
    const [freeBytes, isWritable] = await Promise.all([evictor.freeBytes(), this.isWritable()])
    return { maxBytes: evictor.bounds.maxBytes, freeBytes, isWritable }
  }

  /** Whether the cache's disk accepts writes. After an error it is tested again every few seconds. */
  isWritable(): Promise<boolean> {
    if (!this.#hasDiskError) return Promise.resolve(true)
    if (performance.now() < this.#probeDue) return Promise.resolve(false)
    return this.#probeOnce()
  }

  #probeOnce(): Promise<boolean> {
    this.#probing ??= this.#probe().finally(() => {
      this.#probing = null
    })
    return this.#probing
  }

  #probeLater(): void {
    clearTimeout(this.#nextProbe)
    if (!this.#isClosed) this.#nextProbe = setTimeout(() => void this.#probeOnce(), PROBE_PAUSE_MS).unref()
  }

  /**
   * The entry of a pair, whose access time is updated, or null: from the disk, or else from the bucket. Null also if
   * neither can be read.
   */
  async find(kind: EntryKind, oldId: string, newId: string): Promise<CacheEntry | null> {
    const { main, fallback, shared } = this.#options
    for (const tier of this.#usedFallback ? [main, fallback] : [main]) {
      const entry = await this.#findIn(tier, kind, oldId, newId)
      if (!entry) continue
      tier.accessTimes.touch(entry.accessTimePath)
      if (tier === main) shared?.found(entry)
      return entry
    }
    return shared ? this.#findShared(shared, kind, oldId, newId) : null
  }

  /** What another machine has made in place of an entry that was found, and is no longer good; null if nothing. */
  async findNewer({ kind, oldId, newId, sharedVersion }: CacheEntry): Promise<CacheEntry | null> {
    const { shared } = this.#options
    return shared ? this.#findShared(shared, kind, oldId, newId, sharedVersion) : null
  }

  /** The entry of a pair from the bucket, brought to the cache's disk. Null if that has another disk error. */
  async #findShared(
    shared: SharedEntries,
    kind: EntryKind,
    oldId: string,
    newId: string,
    known: string | null = null,
  ): Promise<CacheEntry | null> {
    const { main } = this.#options
    try {
      if (!(await shared.fetch(kind, oldId, newId, known))) return null
    } catch (error) {
      if (!isDiskError(error)) throw toDifferError(error)
      this.#noteDiskError(error, main)
      return null
    }
    const entry = await this.#findIn(main, kind, oldId, newId)
    if (!entry) return null
    main.accessTimes.touch(entry.accessTimePath)
    await main.evictor.entryWritten(entry.sizeBytes)
    return entry
  }

  /**
   * The entry of a pair on the cache's disk, or null. Neither updates its access time nor asks the bucket, because
   * batches ask for every pair that there is.
   */
  async peek(kind: EntryKind, oldId: string, newId: string): Promise<CacheEntry | null> {
    return this.#findIn(this.#options.main, kind, oldId, newId)
  }

  /** Sets a damaged entry aside. */
  async setAside(entry: CacheEntry): Promise<void> {
    const { main, fallback } = this.#options
    this.#options.shared?.damaged(entry)
    const isInFallback = entry.path.startsWith(join(fallback.store.root, '/'))
    // If it cannot be set aside, it stays where it is and the diff is made again into the fallback.
    await (isInFallback ? fallback : main).store
      .setAside(entry)
      .catch((error: unknown) => this.#noteDiskError(error, main))
  }

  /**
   * Calls `work` with a directory on the cache's disk. If that disk cannot be written, or fails during the
   * work, calls it with one in the fallback.
   * @param mayRepeat whether the work can start again after a failure
   * @throws what `work` throws; OverloadedError if neither disk can be written
   */
  async withWriteTarget<T>(work: (target: WriteTarget) => Promise<T>, mayRepeat: () => boolean): Promise<T> {
    const { main, fallback } = this.#options
    if (await this.isWritable())
      try {
        return await this.#writeIn(main, work)
      } catch (error) {
        if (!isDiskError(error)) throw toDifferError(error)
        this.#noteDiskError(error, main)
        if (!mayRepeat()) throw toDifferError(error)
      }
    try {
      return await this.#writeIn(fallback, work)
    } catch (error) {
      throw toDifferError(error)
    }
  }

  async #writeIn<T>(tier: CacheTier, work: (target: WriteTarget) => Promise<T>): Promise<T> {
    const dir = await tier.incomingDir.jobDir()
    try {
      return await work({ dir, publish: (...facts) => this.#publish(tier, ...facts) })
    } finally {
      await removeTree(dir).catch((error: unknown) => {
        this.#leftovers.add(dir)
        this.#noteDiskError(error, tier)
        // Also for the fallback's disk, of which no other probe is made.
        this.#probeLater()
      })
    }
  }

  async #publish(
    tier: CacheTier,
    kind: EntryKind,
    oldId: string,
    newId: string,
    path: string,
    origin: Origin,
  ): Promise<CacheEntry> {
    const { main, fallback } = this.#options
    try {
      if (tier === fallback) this.#usedFallback = true
      const shared = tier === main ? this.#options.shared : null
      await shared?.willPublish(kind, oldId, newId)
      const entry = await tier.store.publish(kind, oldId, newId, path, origin)
      shared?.published()
      await tier.evictor.entryWritten(entry.sizeBytes)
      return entry
    } catch (error) {
      if (tier === fallback || !isDiskError(error)) throw error
      this.#noteDiskError(error, main)
    }
    // The diff is complete, so it need not be made again: it is copied to the fallback.
    const dir = await fallback.incomingDir.jobDir()
    try {
      const copy = join(dir, randomUUID())
      await copyFile(path, copy)
      return await this.#publish(fallback, kind, oldId, newId, copy, origin)
    } finally {
      await removeTree(dir)
    }
  }

  async #findIn(tier: CacheTier, kind: EntryKind, oldId: string, newId: string): Promise<CacheEntry | null> {
    try {
      return await tier.store.find(kind, oldId, newId)
    } catch (error) {
      if (!isDiskError(error)) throw toDifferError(error)
      this.#noteDiskError(error, tier)
      return null
    }
  }

  #noteDiskError(error: unknown, tier: CacheTier): void {
    if (isDiskFull(error)) tier.evictor.diskFull()
    if (tier !== this.#options.main) return
    this.#probeDue = performance.now() + PROBE_PAUSE_MS
    this.#probeLater()
    if (this.#hasDiskError) return
    this.#hasDiskError = true
    this.#options.onDiskError?.(error)
  }

  /** Tests whether the cache's disk accepts writes. On success, removes the leftovers. */
  async #probe(): Promise<boolean> {
    const { main, onRecovered } = this.#options
    const error = await probeDisk(main.incomingDir)
    this.#probeDue = performance.now() + PROBE_PAUSE_MS
    if (error !== null) {
      if (isDiskFull(error)) main.evictor.diskFull()
      this.#probeLater()
      return false
    }
    const hadDiskError = this.#hasDiskError
    this.#hasDiskError = false
    for (const dir of this.#leftovers)
      await removeTree(dir).then(
        () => this.#leftovers.delete(dir),
        // Stays in the set until a later probe.
        () => {},
      )
    if (this.#leftovers.size > 0) this.#probeLater()
    if (hadDiskError) onRecovered?.()
    return true
  }
}
