/**
 * What is not in the bucket yet, as files below `differ/uploads/`: a crash loses none, and any process that has the
 * cache may upload it.
 */
import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import PQueue from 'p-queue'
import type { EntryKind } from '../../../model.ts'
import { nullIfMissing } from '../null-if-missing.ts'

/** An entry, or the contents of a package. */
export type Upload =
  | {
      readonly kind: EntryKind
      readonly oldId: string
      readonly newId: string
      /** The version of the object that it replaces. */
      readonly replaces: string | null
    }
  | { readonly kind: 'contents'; readonly name: string }

export interface WaitingUpload {
  readonly path: string
  readonly upload: Upload
  readonly ageMs: number
  /** The whole file, to tell one upload from a later one of the same name. */
  readonly text: string
}

/** They take half a day of a bucket's absence on a busy machine. What is not queued is uploaded when it is used again. */
const MAX_WAITING = 20_000
/** A process has so long for an upload before another one tries. */
const CLAIM_MS = 60_000
const DRAFTS = '.drafts'

export class UploadQueue {
  readonly #dir: string
  /** Those of this process, by path: it uploads them at once. */
  readonly #own = new Set<string>()
  #waiting = 0
  /**
   * One change at a time, of a file and of what is known of it: a file that is compared must not be replaced before
   * it is removed, and one that takes its place belongs to this process.
   */
  readonly #changing = new PQueue({ concurrency: 1 })

  /** @param root of the cache */
  constructor(root: string) {
    this.#dir = join(root, 'differ', 'uploads')
  }

  /** As far as this process knows. */
  get waiting(): number {
    return this.#waiting
  }

  /**
   * @param name of the entry's stamp, or of the contents; a later upload of the same name takes its place
   * @returns false if too many uploads wait
   * @throws errors of the system
   */
  async add(upload: Upload, name: string): Promise<boolean> {
    if (this.#waiting >= MAX_WAITING) return false
    const path = join(this.#dir, upload.kind, name)
    const draft = join(this.#dir, DRAFTS, randomUUID())
    await Promise.all([path, draft].map((file) => mkdir(dirname(file), { recursive: true })))
    // The id tells it from an equal one, which another process may just be done with.
    await writeFile(draft, JSON.stringify({ ...upload, id: randomUUID() }))
    await this.#changing.add(async () => {
      await rename(draft, path)
      if (!this.#own.has(path)) this.#waiting += 1
      this.#own.add(path)
    })
    return true
  }

  /** Those that this process may do now; they belong to it from then on. */
  async *due(): AsyncGenerator<WaitingUpload, void, void> {
    let waiting = 0
    for (const kind of (await nullIfMissing(readdir(this.#dir))) ?? []) {
      if (kind === DRAFTS) continue
      for (const name of (await nullIfMissing(readdir(join(this.#dir, kind)))) ?? []) {
        const path = join(this.#dir, kind, name)
        waiting += 1
        const found = await this.#claim(path)
        if (found) yield found
      }
    }
    this.#waiting = waiting
  }

  async #claim(path: string): Promise<WaitingUpload | null> {
    // In this order: a file that takes this one's place in between must not seem to be as old as this one.
    const text = await nullIfMissing(readFile(path, 'utf8'))
    const stats = await nullIfMissing(stat(path))
    if (!stats || text === null) return null
    const ageMs = Date.now() - stats.mtimeMs
    if (!this.#own.has(path)) {
      if (ageMs >= 0 && ageMs < CLAIM_MS) return null
      const now = new Date()
      await nullIfMissing(utimes(path, now, now))
      this.#own.add(path)
    }
    try {
      return { path, upload: JSON.parse(text) as Upload, ageMs, text }
    } catch {
      // A power failure has cut it. Its entry is uploaded when it is used again.
      await rm(path, { force: true })
      return null
    }
  }

  /** Removes an upload that is done, unless a later one has taken its place. @throws errors of the system */
  async done(waiting: WaitingUpload): Promise<void> {
    await this.#changing.add(() => this.#remove(waiting))
  }

  async #remove({ path, text }: WaitingUpload): Promise<void> {
    if ((await nullIfMissing(readFile(path, 'utf8'))) !== text) return
    await rm(path, { force: true })
    this.#own.delete(path)
    this.#waiting = Math.max(0, this.#waiting - 1)
  }
}
