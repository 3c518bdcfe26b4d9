/**
 * A directory that several machines mount. An object is published by a link to a complete file, which fails if the
 * name is taken. To replace one, a machine holds a lock, a file that it creates beside the object.
 */
import { randomUUID } from 'node:crypto'
import type { BigIntStats } from 'node:fs'
import { link, mkdir, open, readdir, rename, rm, stat, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import {
  type Bucket,
  BucketError,
  type ByteRange,
  marked,
  type ObjectPart,
  type ObjectSource,
  PART_BYTES,
  SourceError,
} from './bucket.ts'

/** Directory of unfinished writes, below the bucket's. No key begins with a dot. */
const UNFINISHED = '.unfinished'
/** A lock is held while a file is renamed. An older one is of a machine that died. */
const MAX_LOCK_MS = 60_000

export function openDirectoryBucket(root: string): Bucket {
  return new DirectoryBucket(root)
}

class DirectoryBucket implements Bucket {
  readonly location: string

  constructor(root: string) {
    this.location = root
  }

  async read(
    key: string,
    { start, length }: ByteRange,
    version: string | null,
    signal: AbortSignal,
  ): Promise<ObjectPart | null> {
    return this.#typed(signal, async () => {
      const file = await orMissing(open(this.#pathOf(key)))
      if (!file) return null
      try {
        const stats = await file.stat({ bigint: true })
        if (version !== null && versionOf(stats) !== version) return null
        const sizeBytes = Number(stats.size)
        const bytes = Buffer.allocUnsafeSlow(Math.max(0, Math.min(length, sizeBytes - start)))
        let done = 0
        while (done < bytes.length) {
          const { bytesRead } = await file.read(bytes, done, bytes.length - done, start + done)
          if (bytesRead === 0) throw new Error(`${key} has become shorter while it was read`)
          done += bytesRead
        }
        return { bytes, version: versionOf(stats), sizeBytes }
      } finally {
        await file.close()
      }
    })
  }

  publish(
    key: string,
    given: ObjectSource,
    replaces: string | null,
    signal: AbortSignal,
  ): Promise<string | null> {
    return this.#typed(signal, async () => {
      const source = marked(given)
      const [path, draft] = [this.#pathOf(key), join(this.location, UNFINISHED, randomUUID())]
      await Promise.all([path, draft].map((file) => mkdir(dirname(file), { recursive: true })))
      try {
        await write(draft, source, signal)
        const version = versionOf(await stat(draft, { bigint: true }))
        const isPublished =
          replaces === null ? await linked(draft, path) : await this.#replace(draft, path, replaces)
        return isPublished ? version : null
      } finally {
        await rm(draft, { force: true })
      }
    })
  }

  async #replace(draft: string, path: string, replaces: string): Promise<boolean> {
    const lock = `${path}.lock`
    const held = await orMissing(stat(lock))
    if (held && Date.now() - held.mtimeMs > MAX_LOCK_MS) await rm(lock, { force: true })
    if (!(await linked(draft, lock))) return false
    try {
      const now = await orMissing(stat(path, { bigint: true }))
      if (!now || versionOf(now) !== replaces) return false
      await rename(draft, path)
      return true
    } finally {
      await rm(lock, { force: true })
    }
  }

  remove(key: string, signal: AbortSignal): Promise<void> {
    return this.#typed(signal, async () => void (await orMissing(unlink(this.#pathOf(key)))))
  }

  removeUnfinished(olderThanMs: number, signal: AbortSignal): Promise<number> {
    return this.#typed(signal, async () => {
      let removed = 0
      const dir = join(this.location, UNFINISHED)
      for (const name of (await orMissing(readdir(dir))) ?? []) {
        const stats = await orMissing(stat(join(dir, name)))
        if (!stats || Date.now() - stats.mtimeMs < olderThanMs) continue
        await rm(join(dir, name), { force: true })
        removed += 1
      }
      return removed
    })
  }

  close(): void {}

  #pathOf(key: string): string {
    if (key.split('/').some((name) => name === '' || name.startsWith('.')))
      throw new RangeError(`A key must have names that do not begin with a dot, not "${key}"`)
    return join(this.location, key)
  }

  async #typed<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    signal.throwIfAborted()
    try {
      return await work()
    } catch (error) {
      if (error instanceof SourceError) throw error.cause
      signal.throwIfAborted()
      const { code, message } = error as NodeJS.ErrnoException
      if (typeof code !== 'string') throw error
      throw new BucketError(this.location, message, { isTransient: code !== 'EACCES', cause: error })
    }
  }
}

/** A link to a file keeps its time of modification; a time of change would be another one after the link. */
function versionOf({ ino, size, mtimeNs }: BigIntStats): string {
  return `${ino}-${size}-${mtimeNs}`
}

async function write(path: string, source: ObjectSource, signal: AbortSignal): Promise<void> {
  const file = await open(path, 'wx')
  try {
    for (let start = 0; start < source.sizeBytes; start += PART_BYTES) {
      signal.throwIfAborted()
      await file.writeFile(
        await source.read({ start, length: Math.min(PART_BYTES, source.sizeBytes - start) }),
      )
    }
    await file.datasync()
  } finally {
    await file.close()
  }
}

/** @returns whether the name was free */
async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

async function orMissing<T>(action: Promise<T>): Promise<T | null> {
  return action.catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null
    throw error
  })
}
