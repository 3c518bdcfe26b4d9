/** How much lies in the cache. */
import { opendir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** The diffs of both kinds; what is derived from them; damaged ones set aside. */
export type CachePart = 'debdiff' | 'diffoscope' | 'derived' | 'damaged'

export interface PartUsage {
  files: number
  bytes: number
}

export type CacheUsage = Readonly<Record<CachePart, PartUsage>>

/** Where the parts of a cache lie, below its root; see `store.ts`. What is being written (`incoming`) is not counted. */
const PLACES: readonly (readonly [dir: string, part: CachePart])[] = [
  ['debdiff', 'debdiff'],
  ['diffoscope', 'diffoscope'],
  ['differ/entries/debdiff', 'debdiff'],
  ['differ/entries/diffoscope', 'diffoscope'],
  ['differ/index', 'derived'],
  ['differ/stamps', 'derived'],
  ['differ/damaged', 'damaged'],
]
/** A large cache is looked through slowly, so that requests do not notice: this many files, then a pause. */
const FILES_AT_A_TIME = 200
const PAUSE_MS = 5

/** Looks at every file of the cache below `root`: about 10 µs of processor time for each. */
export async function measureCache(root: string): Promise<CacheUsage> {
  const none = (): PartUsage => ({ files: 0, bytes: 0 })
  const usage = { debdiff: none(), diffoscope: none(), derived: none(), damaged: none() }
  let seen = 0
  for (const [dir, part] of PLACES) {
    for await (const path of filesBelow(join(root, dir))) {
      // One that went while we looked counts no more.
      const stats = await stat(path).catch(() => null)
      if (!stats) continue
      usage[part].files += 1
      usage[part].bytes += stats.size
      if (++seen % FILES_AT_A_TIME === 0) await sleep(PAUSE_MS, undefined, { ref: false })
    }
  }
  return usage
}

async function* filesBelow(dir: string): AsyncGenerator<string> {
  const entries = await opendir(dir).catch(() => null)
  if (!entries) return
  for await (const entry of entries) {
    const path = join(dir, entry.name)
    if (entry.isDirectory()) yield* filesBelow(path)
    else if (entry.isFile()) yield path
  }
}
