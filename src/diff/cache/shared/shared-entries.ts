/**
 * The bucket behind the cache of this machine: entries that are not here are looked up there, and what is made here is
 * uploaded. Small entries are copied; of a large report only a stub lies here, and the blocks that were read.
 */
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { LRUCache } from 'lru-cache'
import type { Bucket } from '../../../bucket/bucket.ts'
import type { EntryKind } from '../../../model.ts'
import { encodeStub } from '../../content/stub.ts'
import type { InstanceDir } from '../../tools/instance-dir.ts'
import { removeTree } from '../../tools/remove-tree.ts'
import type { CacheEntry, EntryStore } from '../entry-store.ts'
import { type EntryPaths, placesOfPair } from '../layout.ts'
import {
  download,
  isOfBucket,
  keyOf,
  openObject,
  type SharedFile,
  type SharedObject,
  SMALL_BYTES,
  UnusableObjectError,
} from './shared-object.ts'
import { Uploader } from './uploader.ts'

export interface SharedEntriesOptions {
  readonly bucket: Bucket
  /** Of the bucket, with all that a thread needs to open it. */
  readonly location: string
  readonly store: EntryStore
  /** For files being written, on the file system of the store. */
  readonly incomingDir: InstanceDir
  /** Called for each lookup and upload. */
  readonly onRequest?: (operation: 'lookup' | 'upload', outcome: string) => void
  /** Called once when the bucket stops to answer. */
  readonly onAway?: (error: unknown) => void
  readonly onBack?: () => void
  /** Called when an upload fails for another reason. It is tried again. */
  readonly onError?: (error: unknown) => void
}

/** A lookup in a bucket that is slower than this counts as a miss, and the next ones do not wait for it. */
const LOOKUP_TIMEOUT_MS = 2_000
/** How long after a failure the bucket is not asked again. */
const AWAY_MS = 5_000
const MAX_REMEMBERED = 10_000

export class SharedEntries {
  readonly #options: SharedEntriesOptions
  readonly #uploader: Uploader
  /** Lookups in progress, by key. */
  readonly #fetching = new Map<string, Promise<boolean>>()
  /** Versions of objects that turned out to be damaged, by key. */
  readonly #unusable = new LRUCache<string, string>({ max: MAX_REMEMBERED })
  /** Entries that were queued because they were found here and nowhere else. */
  readonly #offered = new LRUCache<string, true>({ max: MAX_REMEMBERED })
  #awayUntil = 0
  #isAway = false

  constructor(options: SharedEntriesOptions) {
    this.#options = options
    this.#uploader = new Uploader({
      ...options,
      unusable: this.#unusable,
      onFailed: (error) => (isOfBucket(error) ? this.#failed(error) : options.onError?.(error)),
      onDone: () => this.#answered(),
    })
  }

  /** Whether the bucket did not answer the last request. */
  get isAway(): boolean {
    return this.#isAway
  }

  get location(): string {
    return this.#options.location
  }

  /** Entries that are not uploaded yet. */
  get waiting(): number {
    return this.#uploader.waiting
  }

  start(): void {
    this.#uploader.start()
  }

  async close(): Promise<void> {
    await Promise.all([this.#uploader.close(), ...this.#fetching.values()])
  }

  /**
   * Brings an entry of the bucket into the store.
   * @param known a version that the caller has and does not want; null for none
   * @returns whether the store has it now; false also if the bucket does not answer
   * @throws errors of the system
   */
  fetch(kind: EntryKind, oldId: string, newId: string, known: string | null = null): Promise<boolean> {
    const { own } = placesOfPair(this.#options.store.root, kind, oldId, newId)
    const key = keyOf(kind, own)
    let fetching = this.#fetching.get(key)
    if (fetching === undefined) {
      fetching = this.#fetch(key, own, { kind, oldId, newId }, known).finally(() =>
        this.#fetching.delete(key),
      )
      this.#fetching.set(key, fetching)
    }
    return fetching
  }

  /** To be called before an entry is published: queues its upload. */
  async willPublish(kind: EntryKind, oldId: string, newId: string): Promise<void> {
    const { store } = this.#options
    const { own } = placesOfPair(store.root, kind, oldId, newId)
    const replaces = this.#unusable.get(keyOf(kind, own)) ?? (await store.sharedVersion(kind, oldId, newId))
    await this.#uploader.add({ kind, oldId, newId, replaces }, own.key)
  }

  /** To be called when it is published. */
  published(): void {
    this.#uploader.wake()
  }

  /** To be called for an entry that was found: queues its upload if it is not in the bucket. */
  found({ kind, oldId, newId, verified, sharedVersion, path }: CacheEntry): void {
    if (!verified || sharedVersion !== null || this.#offered.has(path)) return
    this.#offered.set(path, true)
    // It is offered again after a restart.
    this.willPublish(kind, oldId, newId).then(
      () => this.published(),
      () => {},
    )
  }

  /** To be called for an entry that is damaged: what the bucket has of it is not used again, and replaced. */
  damaged({ kind, oldId, newId, sharedVersion }: CacheEntry): void {
    const { own } = placesOfPair(this.#options.store.root, kind, oldId, newId)
    if (sharedVersion !== null) this.#unusable.set(keyOf(kind, own), sharedVersion)
  }

  async #fetch(key: string, paths: EntryPaths, ids: Ids, known: string | null): Promise<boolean> {
    if (performance.now() < this.#awayUntil) return false
    const { bucket, onRequest } = this.#options
    let outcome = 'failed'
    try {
      const object = await openObject(bucket, key, LOOKUP_TIMEOUT_MS)
      const isUsable =
        object !== null && object.version !== known && this.#unusable.get(key) !== object.version
      const isPlaced = isUsable && (await this.#place(object, paths, ids))
      this.#answered()
      outcome = isPlaced ? 'hit' : 'miss'
      return isPlaced
    } catch (error) {
      if (error instanceof UnusableObjectError) {
        outcome = 'damaged'
        this.#unusable.set(key, error.version)
        return false
      }
      if (!isOfBucket(error)) throw error
      this.#failed(error)
      return false
    } finally {
      onRequest?.('lookup', outcome)
    }
  }

  /** @returns false if the object was replaced meanwhile */
  async #place(object: SharedObject, paths: EntryPaths, { kind, oldId, newId }: Ids): Promise<boolean> {
    const { bucket, store, incomingDir } = this.#options
    const { head, version } = object
    const dir = await incomingDir.jobDir()
    try {
      const path = join(dir, 'entry')
      const [entry, index] = head.files
      if (!entry) return false
      const isStub = entry.tables !== null && entry.bytes > SMALL_BYTES
      if (isStub) {
        if (index) await this.#placeStub(object, 1, join(dir, 'index'), `${paths.indexPath}.index`, paths)
        await writeFile(path, encodeStub(this.#stubOf(object, 0, paths.path, `${paths.indexPath}.blocks`)))
      } else if (!(await download(bucket, object, 0, path))) return false
      await store.adopt(kind, oldId, newId, path, { ...head, version, isStub })
      return true
    } finally {
      await removeTree(dir)
    }
  }

  async #placeStub(
    object: SharedObject,
    number: number,
    draft: string,
    path: string,
    { indexPath }: EntryPaths,
  ) {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(draft, encodeStub(this.#stubOf(object, number, path, `${indexPath}.index.blocks`)))
    await rename(draft, path)
  }

  #stubOf({ key, version, head, starts }: SharedObject, number: number, path: string, blocksPath: string) {
    const { bytes, tables } = head.files[number] as SharedFile
    return {
      ...{ location: this.#options.location, key, version, bytes },
      ...{
        start: starts[number] as number,
        tables: tables ?? '',
        blocks: relative(dirname(path), blocksPath),
      },
    }
  }

  #answered(): void {
    if (this.#isAway) this.#options.onBack?.()
    this.#isAway = false
    this.#awayUntil = 0
  }

  #failed(error: unknown): void {
    this.#awayUntil = performance.now() + AWAY_MS
    if (!this.#isAway) this.#options.onAway?.(error)
    this.#isAway = true
  }
}

interface Ids {
  readonly kind: EntryKind
  readonly oldId: string
  readonly newId: string
}
