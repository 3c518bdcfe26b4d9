import { mkdir, open, utimes } from 'node:fs/promises'
import { dirname } from 'node:path'
import { LRUCache } from 'lru-cache'

/** How exactly the last use of an entry is known to other processes. */
const TOUCH_MS = 30_000
/** So long nothing that was used is taken out of the cache, so that whoever looked it up can open it. Longer than `TOUCH_MS`. */
export const GRACE_MS = 60_000
const MAX_REMEMBERED = 50_000

/**
 * When each entry was last asked for: an empty file whose time says so, for all processes that share the cache. The access time of the entry
 * itself will not do: file systems are mounted without it, and setting it rounds the time of modification, by which indexes know their report.
 */
export class AccessTimes {
  readonly #touched = new LRUCache<string, number>({ max: MAX_REMEMBERED })
  readonly #writing = new Set<Promise<void>>()

  /** Notes a use; costs nothing where the last one is but a moment ago. A mark that cannot be written is missed by nobody but other processes. */
  touch(usedPath: string): void {
    const now = performance.now()
    const last = this.#touched.get(usedPath)
    if (last !== undefined && now - last < TOUCH_MS) return
    this.#touched.set(usedPath, now)
    const writing = write(usedPath)
      .catch(() => {})
      .finally(() => this.#writing.delete(writing))
    this.#writing.add(writing)
  }

  /** Whether this process used it within the time of grace, whatever the clock says. */
  isFresh(usedPath: string): boolean {
    const last = this.#touched.peek(usedPath)
    return last !== undefined && performance.now() - last < GRACE_MS
  }

  /** Waits until all marks are written. */
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
