import type { CacheEntry } from '../cache/entry-store.ts'
import { compareVersions } from '../package/debian-version.ts'
import type { Provenance } from '../tools/provenance.ts'

/**
 * Whether an entry that lacks something could be more complete if it were made now: the tool is newer, or it
 * finds programs that it did not find then. Not if it is older: two machines with different tools would
 * replace each other's entries for ever.
 */
export function isOutdated({ origin }: CacheEntry, now: Provenance): boolean {
  const then = origin.madeBy
  if (!origin.lacksTools || !then?.tool || !now.tool) return false
  const newer = compareVersions(now.tool, then.tool)
  if (newer !== 0 || !then.missing || !now.missing) return newer > 0
  const missedThen = new Set(then.missing)
  return now.missing.length < missedThen.size && now.missing.every((program) => missedThen.has(program))
}
