/**
 * The cache as the engine sees it: entries on the disk of the cache and, while that takes nothing, in a place of this process alone, where they
 * live as long as they are of use to those who wait for them now.
 */
import { randomUUID } from 'node:crypto'
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DiffKind } from '../../model.ts'
import type { InstanceDir } from '../tools/instance-dir.ts'
import type { Provenance } from '../tools/provenance.ts'
import { removeTree } from '../tools/remove-tree.ts'
import type { AccessTimes } from './access-times.ts'
import { isDiskError, isDiskFull, toDifferError } from './disk-errors.ts'
import type { CacheEntry, EntryStore } from './entry-store.ts'
import type { Evictor } from './evictor.ts'
import { pathsOfPair } from './layout.ts'
import { probeDisk } from './probe-disk.ts'
import type { CacheUsage } from './usage.ts'

/** One place that holds entries. */
export interface CacheTier {
  readonly store: EntryStore
  /** Private to this process, on the file system of the store; holds what is being written. */
  readonly incomingDir: InstanceDir
  readonly keeper: Evictor
  readonly marks: AccessTimes
}

export interface DiffCacheOptions {
  readonly main: CacheTier
  /** Private to this process, on the file system of the temporary directories. */
  readonly spare: CacheTier
  /** Told once, when the disk of the cache begins to take nothing. */
  readonly onTrouble?: (error: unknown) => void
  readonly onRecovered?: () => void
}

/** Where a diff may be written, and how it gets into the cache. */
export interface WriteTarget {
  /** Empty, and gone afterwards. */
  readonly dir: string
  publish(
    kind: DiffKind,
    oldId: string,
    newId: string,
    path: string,
    madeBy: Provenance | undefined,
  ): Promise<CacheEntry>
}

/** Between two looks whether a disk in trouble takes something again. */
const PROBE_PAUSE_MS = 5_000

export class DiffCache {
  readonly #options: DiffCacheOptions
  #isInTrouble = false
  /** Whether anything was ever put into the spare place. */
  #hasSpares = false
  /** What a disk in trouble did not let go. */
  readonly #leftovers = new Set<string>()
  #probeDue = 0
  #probing: Promise<boolean> | null = null

  constructor(options: DiffCacheOptions) {
    this.#options = options
  }

  /** Begins to keep the cache within its bounds. */
  start(): void {
    this.#options.main.keeper.start()
    this.#options.spare.keeper.start()
  }

  async close(): Promise<void> {
    const shelves = [this.#options.main, this.#options.spare]
    await Promise.all(shelves.flatMap(({ keeper, marks }) => [keeper.close(), marks.close()]))
  }

  /** Whether its disk took nothing when last seen. */
  get isInTrouble(): boolean {
    return this.#isInTrouble
  }

  /** How much lies on the disk of the cache, as it was last looked through. @throws where it could not be */
  usage(): Promise<CacheUsage> {
    return this.#options.main.keeper.usage()
  }

  async disk(): Promise<{ maxBytes: number | null; freeBytes: number; takes: boolean }> {
    const { keeper } = this.#options.main
    const [freeBytes, takes] = await Promise.all([keeper.freeBytes(), this.isWritable()])
    return { maxBytes: keeper.bounds.maxBytes, freeBytes, takes }
  }

  /** Whether the disk of the cache takes what is new; looked at anew every few seconds while it does not. */
  isWritable(): Promise<boolean> {
    if (!this.#isInTrouble) return Promise.resolve(true)
    if (performance.now() < this.#probeDue) return Promise.resolve(false)
    this.#probing ??= this.#recovers().finally(() => {
      this.#probing = null
    })
    return this.#probing
  }

  /** The entry of a pair, or null; its use is noted. A cache that cannot be read has none. */
  async find(kind: DiffKind, oldId: string, newId: string): Promise<CacheEntry | null> {
    const { main, spare } = this.#options
    for (const shelf of this.#hasSpares ? [main, spare] : [main]) {
      const entry = await this.#look(shelf, kind, oldId, newId)
      if (!entry) continue
      shelf.marks.touch(pathsOfPair(shelf.store.root, kind, oldId, newId).usedPath)
      return entry
    }
    return null
  }

  /** Whether there is one where all may use it. Nobody uses it by asking: batches ask for all that there may be. */
  async has(kind: DiffKind, oldId: string, newId: string): Promise<boolean> {
    return (await this.#look(this.#options.main, kind, oldId, newId)) !== null
  }

  /** Sets a damaged entry aside, in whichever place it is. */
  async setAside(entry: CacheEntry): Promise<void> {
    const { main, spare } = this.#options
    const isSpare = entry.path.startsWith(join(spare.store.root, '/'))
    // One that cannot be set aside stays, and is made again into the other place.
    await (isSpare ? spare : main).store
      .setAside(entry)
      .catch((error: unknown) => this.#noteTrouble(error, main))
  }

  /**
   * Calls `work` with a place to write a diff in: on the disk of the cache; where that takes nothing, from the beginning or in the midst of it, elsewhere.
   * @param mayRepeat whether what `work` did so far can be done again
   * @throws what `work` throws; OverloadedError where there is no room anywhere
   */
  async writing<T>(work: (place: WriteTarget) => Promise<T>, mayRepeat: () => boolean): Promise<T> {
    const { main, spare } = this.#options
    if (await this.isWritable())
      try {
        return await this.#inPlace(main, work)
      } catch (error) {
        if (!isDiskError(error)) throw toDifferError(error)
        this.#noteTrouble(error, main)
        if (!mayRepeat()) throw toDifferError(error)
      }
    try {
      return await this.#inPlace(spare, work)
    } catch (error) {
      throw toDifferError(error)
    }
  }

  async #inPlace<T>(shelf: CacheTier, work: (place: WriteTarget) => Promise<T>): Promise<T> {
    const dir = await shelf.incomingDir.jobDir()
    try {
      return await work({ dir, publish: (...facts) => this.#publish(shelf, ...facts) })
    } finally {
      await removeTree(dir).catch((error: unknown) => {
        this.#leftovers.add(dir)
        this.#noteTrouble(error, shelf)
      })
    }
  }

  async #publish(
    shelf: CacheTier,
    kind: DiffKind,
    oldId: string,
    newId: string,
    path: string,
    madeBy: Provenance | undefined,
  ): Promise<CacheEntry> {
    const { main, spare } = this.#options
    try {
      if (shelf === spare) this.#hasSpares = true
      const entry = await shelf.store.publish(kind, oldId, newId, path, madeBy)
      await shelf.keeper.wrote(entry.sizeBytes)
      return entry
    } catch (error) {
      if (shelf === spare || !isDiskError(error)) throw error
      this.#noteTrouble(error, main)
    }
    // It is whole, so it is not made again: it is only carried elsewhere.
    const dir = await spare.incomingDir.jobDir()
    try {
      const carried = join(dir, randomUUID())
      await copyFile(path, carried)
      return await this.#publish(spare, kind, oldId, newId, carried, madeBy)
    } finally {
      await removeTree(dir)
    }
  }

  async #look(shelf: CacheTier, kind: DiffKind, oldId: string, newId: string): Promise<CacheEntry | null> {
    try {
      return await shelf.store.find(kind, oldId, newId)
    } catch (error) {
      if (!isDiskError(error)) throw toDifferError(error)
      this.#noteTrouble(error, shelf)
      return null
    }
  }

  #noteTrouble(error: unknown, { keeper }: CacheTier): void {
    if (isDiskFull(error)) keeper.full()
    if (keeper !== this.#options.main.keeper) return
    this.#probeDue = performance.now() + PROBE_PAUSE_MS
    if (this.#isInTrouble) return
    this.#isInTrouble = true
    this.#options.onTrouble?.(error)
  }

  async #recovers(): Promise<boolean> {
    const { main, onRecovered } = this.#options
    const trouble = await probeDisk(main.incomingDir)
    this.#probeDue = performance.now() + PROBE_PAUSE_MS
    if (trouble !== null) {
      if (isDiskFull(trouble)) main.keeper.full()
      return false
    }
    this.#isInTrouble = false
    for (const dir of this.#leftovers)
      await removeTree(dir).then(
        () => this.#leftovers.delete(dir),
        () => {},
      )
    onRecovered?.()
    return true
  }
}
