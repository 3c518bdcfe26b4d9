/** How many files and bytes are in the cache. */
import { type CachePart, scanCache } from './scan-cache.ts'

export interface PartUsage {
  files: number
  bytes: number
}

export type CacheUsage = Readonly<Record<CachePart, PartUsage>>

export function emptyUsage(): CacheUsage {
  const none = (): PartUsage => ({ files: 0, bytes: 0 })
  return {
    debdiff: none(),
    diffoscope: none(),
    summary: none(),
    file: none(),
    partial: none(),
    part: none(),
    renderings: none(),
    contents: none(),
    unpacked: none(),
    derived: none(),
    damaged: none(),
  }
}

export function totalBytes(usage: CacheUsage): number {
  return Object.values(usage).reduce((sum, { bytes }) => sum + bytes, 0)
}

/** Counts every file of the cache below `root`; see `scanCache` for the cost. */
export async function measureCache(root: string): Promise<CacheUsage> {
  const usage = emptyUsage()
  for await (const { part, bytes } of scanCache(root)) {
    usage[part].files += 1
    usage[part].bytes += bytes
  }
  return usage
}
