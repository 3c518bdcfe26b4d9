/** Uploads what is queued, a few at a time, for as long as the bucket needs. */
import { open, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import PQueue from 'p-queue'
import type { Bucket, ObjectSource } from '../../../bucket/bucket.ts'
import { DamagedReportError } from '../../../errors.ts'
import { timeLimit } from '../../../time-limit.ts'
import { sha256OfFile } from '../../streams/sha256-of-file.ts'
import type { InstanceDir } from '../../tools/instance-dir.ts'
import { removeTree } from '../../tools/remove-tree.ts'
import { isMissingFile } from '../disk-errors.ts'
import type { CacheEntry, EntryStore } from '../entry-store.ts'
import { placesOfPair } from '../layout.ts'
import { entryObject } from './entry-object.ts'
import {
  isOfBucket,
  keyOf,
  keyOfContents,
  objectOf,
  openObject,
  UnusableObjectError,
} from './shared-object.ts'
import { type Upload, UploadQueue, type WaitingUpload } from './upload-queue.ts'

export interface UploaderOptions {
  readonly bucket: Bucket
  readonly store: EntryStore
  readonly incomingDir: InstanceDir
  /** Versions of damaged objects, by key; they are replaced. */
  readonly unusable: Pick<Map<string, string>, 'get' | 'delete'>
  readonly onRequest?: (operation: 'lookup' | 'upload', outcome: string) => void
  /** Called when an upload fails, and when one succeeds. */
  readonly onFailed: (error: unknown) => void
  readonly onDone: () => void
}

type Outcome = 'done' | 'agreed' | 'gone' | 'damaged' | 'failed'
type EntryUpload = Exclude<Upload, { kind: 'contents' }>

const CONCURRENCY = 4
/** Between two looks into the queue, for what other processes have left. */
const PERIOD_MS = 30_000
const FIRST_PAUSE_MS = 1_000
const MAX_PAUSE_MS = 60_000
/** An upload may take so long, and longer for each megabyte. */
const MIN_TIMEOUT_MS = 30_000
const TIMEOUT_MS_PER_MB = 2_000
const LOOKUP_TIMEOUT_MS = 10_000
/** An entry that is queued and not there is just being published. */
const MIN_GONE_MS = 60_000
/** Nothing is written for so long. */
const UNFINISHED_MS = 86_400_000

export class Uploader {
  readonly #options: UploaderOptions
  readonly #queue: UploadQueue
  readonly #closing = new AbortController()
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | null = null
  #isWoken = false
  #pauseMs = FIRST_PAUSE_MS
  #isFailing = false

  constructor(options: UploaderOptions) {
    this.#options = options
    this.#queue = new UploadQueue(options.store.root)
  }

  get waiting(): number {
    return this.#queue.waiting
  }

  /** Begins to upload. */
  start(): void {
    this.#schedule(0)
    this.#removeUnfinished()
  }

  /** @throws errors of the system */
  async add(upload: Upload, name: string): Promise<void> {
    await this.#queue.add(upload, name)
  }

  /** Looks into the queue now, unless the bucket is away. */
  wake(): void {
    this.#isWoken = true
    if (!this.#isFailing) this.#schedule(0)
  }

  /** Stops uploads; they continue in the next process. */
  async close(): Promise<void> {
    clearTimeout(this.#timer)
    this.#closing.abort(new Error('The cache is being closed'))
    await this.#running
  }

  #schedule(delayMs: number): void {
    if (this.#closing.signal.aborted || this.#running) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#run(), delayMs).unref()
  }

  #run(): void {
    this.#isWoken = false
    this.#running = this.#drain().finally(() => {
      this.#running = null
      this.#schedule(this.#isFailing ? this.#pauseMs : this.#isWoken ? 0 : PERIOD_MS)
    })
  }

  async #drain(): Promise<void> {
    const uploads = new PQueue({ concurrency: CONCURRENCY })
    this.#isFailing = false
    try {
      for await (const waiting of this.#queue.due()) {
        if (this.#isFailing || this.#closing.signal.aborted) break
        void uploads.add(() => this.#try(waiting))
        await uploads.onSizeLessThan(CONCURRENCY)
      }
    } catch {
      // The disk cannot be read. The cache says so when it is used.
    }
    await uploads.onIdle()
    this.#pauseMs = this.#isFailing ? Math.min(2 * this.#pauseMs, MAX_PAUSE_MS) : FIRST_PAUSE_MS
  }

  /** Never rejects. */
  async #try(waiting: WaitingUpload): Promise<void> {
    const { onRequest, onFailed, onDone } = this.#options
    let outcome: Outcome = 'failed'
    try {
      const { upload, ageMs } = waiting
      outcome = await this.#inDir((dir) =>
        upload.kind === 'contents' ? this.#uploadContents(upload.name) : this.#uploadEntry(upload, dir),
      )
      if (outcome !== 'gone' || ageMs > MIN_GONE_MS) await this.#queue.done(waiting)
      if (outcome === 'done' || outcome === 'agreed') onDone()
    } catch (error) {
      if (this.#closing.signal.aborted) return
      // It stays queued. While the bucket fails, the others wait, too.
      if (isOfBucket(error)) this.#isFailing = true
      onFailed(error)
    }
    if (outcome !== 'gone') onRequest?.('upload', outcome)
  }

  async #inDir<T>(work: (dir: string) => Promise<T>): Promise<T> {
    const dir = await this.#options.incomingDir.jobDir()
    try {
      return await work(dir)
    } finally {
      await removeTree(dir)
    }
  }

  async #uploadEntry({ kind, oldId, newId, replaces }: EntryUpload, dir: string): Promise<Outcome> {
    const { store } = this.#options
    const found = await store.find(kind, oldId, newId)
    // Without a stamp it is just being published, or the old service has written it.
    if (!found?.verified) return 'gone'
    if (found.sharedVersion !== null) return 'done'
    const key = keyOf(kind, placesOfPair(store.root, kind, oldId, newId).own)
    const entry = (await alignTime(found)) ? await store.find(kind, oldId, newId) : found
    if (!entry) return 'gone'
    try {
      const object = await entryObject(key, entry, dir)
      try {
        const published = await this.#publish(key, object, replaces)
        await store.setShared(entry, published)
        return published.isOurs ? 'done' : 'agreed'
      } finally {
        await object.close()
      }
    } catch (error) {
      if (isMissingFile(error)) return 'gone'
      if (error instanceof DamagedReportError) return 'damaged'
      throw error
    }
  }

  async #uploadContents(name: string): Promise<Outcome> {
    const path = join(this.#options.store.root, 'differ', 'contents', name)
    try {
      const file = await open(path)
      const { size, mtimeMs } = await file.stat()
      const sha256 = await sha256OfFile(file, size).finally(() => file.close())
      const files = [{ bytes: size, sha256, tables: null }]
      const key = keyOfContents(name)
      const object = await objectOf({ key, modifiedS: Math.round(mtimeMs) / 1000, origin: {}, files }, [path])
      try {
        const { isOurs } = await this.#publish(key, object, null)
        return isOurs ? 'done' : 'agreed'
      } finally {
        await object.close()
      }
    } catch (error) {
      if (isMissingFile(error)) return 'gone'
      throw error
    }
  }

  /**
   * Publishes an object. Where another machine was first, and its object is good, that one stays.
   * @returns the version that is in the bucket
   */
  async #publish(
    key: string,
    object: ObjectSource,
    replaces: string | null,
  ): Promise<{ version: string; isOurs: boolean }> {
    const { bucket, unusable } = this.#options
    for (let known = replaces; ; ) {
      const timeoutMs = MIN_TIMEOUT_MS + Math.ceil(object.sizeBytes / 1e6) * TIMEOUT_MS_PER_MB
      const signal = timeLimit(timeoutMs, this.#closing.signal)
      const version = await bucket.publish(key, object, known, signal)
      if (version !== null) {
        unusable.delete(key)
        return { version, isOurs: true }
      }
      try {
        const other = await openObject(bucket, key, LOOKUP_TIMEOUT_MS)
        if (other && other.version !== unusable.get(key)) return { version: other.version, isOurs: false }
        known = other?.version ?? null
      } catch (error) {
        if (!(error instanceof UnusableObjectError)) throw error
        known = error.version
      }
    }
  }

  #removeUnfinished(): void {
    const signal = timeLimit(MIN_TIMEOUT_MS, this.#closing.signal)
    // The next start tries again; and a lifecycle rule of the bucket may do it, too.
    this.#options.bucket.removeUnfinished(UNFINISHED_MS, signal).catch(() => {})
  }
}

/**
 * Gives a file a time that other machines can set: an index belongs to a report of one time.
 * @returns whether its time has changed
 */
async function alignTime({ path, modifiedMs }: CacheEntry): Promise<boolean> {
  const wholeMs = Math.round(modifiedMs)
  // The system keeps whole milliseconds up to a microsecond below them.
  if (Math.abs(modifiedMs - wholeMs) < 0.002) return false
  await utimes(path, wholeMs / 1000, wholeMs / 1000)
  return true
}
