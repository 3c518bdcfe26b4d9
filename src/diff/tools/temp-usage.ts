/** How much a temporary directory holds, without following links or holding the event loop. */
import type { Dirent } from 'node:fs'
import { lstat, opendir } from 'node:fs/promises'
import { join } from 'node:path'

/** An empty file takes no block but an inode: a lower bound that makes millions of them count. */
const ENTRY_BYTES = 512

/**
 * Bytes that the file system has allocated below `dir`, as far as they can be seen: what is removed meanwhile or may not be read counts nothing.
 * Counting ends as soon as the sum is above `enough`, or when `signal` says so.
 */
export async function allocatedBytes(dir: string, enough: number, signal: AbortSignal): Promise<number> {
  let bytes = 0
  const waiting = [dir]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for await (const entry of entries(next)) {
      const path = join(next, entry.name)
      bytes += await allocated(path)
      if (bytes > enough || signal.aborted) return bytes
      if (entry.isDirectory()) waiting.push(path)
    }
  }
  return bytes
}

async function* entries(dir: string): AsyncGenerator<Dirent> {
  try {
    yield* await opendir(dir)
  } catch {
    // Gone, or closed to us: what it holds is counted when it can be seen.
  }
}

async function allocated(path: string): Promise<number> {
  try {
    return Math.max((await lstat(path)).blocks * 512, ENTRY_BYTES)
  } catch {
    return 0
  }
}
