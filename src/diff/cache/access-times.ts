import { mkdir, open, utimes } from 'node:fs/promises'
import { dirname } from 'node:path'
import { LRUCache } from 'lru-cache'

/** How far the access time that other processes see may lag behind. */
const TOUCH_MS = 30_000
/**
 * An entry used within this time is not evicted, so that a caller who looked it up can still open it. Must be
 * longer than `TOUCH_MS`.
 */
export const GRACE_MS = 60_000
const MAX_REMEMBERED = 50_000

/**
 * When each entry was last used: the modification time of an empty file, for all processes that share the
 * cache. The entry's own access time will not do, because file systems are mounted without it, and because
 * setting it rounds the modification time, by which an index recognizes its report.
 */
export class AccessTimes {
  readonly #touched = new LRUCache<string, number>({ max: MAX_REMEMBERED })
  readonly #writing = new Set<Promise<void>>()

  /** Records a use in the background, at most every 30 s for each entry. */
  touch(accessTimePath: string): void {
    const now = performance.now()
    const last = this.#touched.get(accessTimePath)
    if (last !== undefined && now - last < TOUCH_MS) return
    this.#touched.set(accessTimePath, now)
    const writing = write(accessTimePath)
      // The cache may be read-only. Then other processes may evict the entry earlier; this one remembers its
      // use.
      .catch(() => {})
      .finally(() => this.#writing.delete(writing))
    this.#writing.add(writing)
  }

  /** Whether this process used the entry within the grace period, even if the system's clock was changed. */
  isRecent(accessTimePath: string): boolean {
    const last = this.#touched.peek(accessTimePath)
    return last !== undefined && performance.now() - last < GRACE_MS
  }

  /** Waits until all access times are written. */
  async close(): Promise<void> {
    await Promise.all(this.#writing)
  }
}

async function write(path: string): Promise<void> {
  const now = new Date()
  try {
    await utimes(path, now, now)
  } catch {
    await mkdir(dirname(path), { recursive: true })
    await (await open(path, 'a')).close()
  }
}
