/** Measures a temporary directory without following links or blocking the event loop. */
import type { Dirent } from 'node:fs'
import { lstat, opendir } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * An empty file uses no block, but an inode. With this minimum, millions of empty files reach the limit too.
 */
const MIN_ENTRY_BYTES = 512
/** The unit of `Stats.blocks`. */
const BLOCK_BYTES = 512

/**
 * Bytes that the file system has allocated below `dir`. Files that cannot be read, or are removed in the
 * meantime, count as 0. Stops early when the sum exceeds `enough`, or when `signal` aborts.
 */
export async function allocatedBytes(dir: string, enough: number, signal: AbortSignal): Promise<number> {
  let bytes = 0
  const pending = [dir]
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    for await (const entry of entries(next)) {
      const path = join(next, entry.name)
      bytes += await allocated(path)
      if (bytes > enough || signal.aborted) return bytes
      if (entry.isDirectory()) pending.push(path)
    }
  }
  return bytes
}

async function* entries(dir: string): AsyncGenerator<Dirent> {
  try {
    yield* await opendir(dir)
  } catch {
    // Removed, or not readable for us. The next measurement counts it if it can be read then.
  }
}

async function allocated(path: string): Promise<number> {
  try {
    return Math.max((await lstat(path)).blocks * BLOCK_BYTES, MIN_ENTRY_BYTES)
  } catch {
    return 0
  }
}
