/** `differ cache`: what lies in the cache, whether it is whole, and less of it. Works beside a running service. */
import type { Config } from '../config/load.ts'
import { AccessTimes } from '../diff/cache/access-times.ts'
import { Evictor } from '../diff/cache/evictor.ts'
import { type CacheUsage, measureCache, totalBytes } from '../diff/cache/usage.ts'
import { setAsideByPath, verifyCache } from '../diff/cache/verify-cache.ts'
import { boundsOf } from '../factories.ts'

const DAY_MS = 86_400_000

/** Prints what each part of the cache holds. */
export async function cacheStats(config: Config, json: boolean): Promise<void> {
  const bounds = boundsOf(config)
  const keeper = new Evictor({ root: config.cachePath, bounds, accessTimes: new AccessTimes() })
  const [usage, free] = [await measureCache(config.cachePath), await keeper.freeBytes()]
  const freeBytes = Number.isFinite(free) ? free : null
  if (json) {
    const { maxBytes, minFreeBytes } = bounds
    return print({ path: config.cachePath, parts: usage, maxBytes, minFreeBytes, freeBytes })
  }
  const bound = bounds.maxBytes === null ? 'no bound of its own' : `of ${megabytes(bounds.maxBytes)} allowed`
  const room = freeBytes === null ? 'there is no such directory yet' : `${megabytes(freeBytes)} free`
  process.stdout.write(
    `${config.cachePath}\n\n${asTable(usage)}\n${megabytes(totalBytes(usage))} in all, ${bound}; ${room} (at least ${megabytes(bounds.minFreeBytes)} are kept free)\n`,
  )
}

/**
 * Reads every diff through, and sets damaged ones aside, to be made again when they are asked for.
 * @returns whether all are whole
 */
export async function cacheVerify(config: Config, { json, keep }: { json: boolean; keep: boolean }) {
  const damaged: { path: string; damage: string }[] = []
  const made: Record<string, number> = {}
  let entries = 0
  for await (const { path, stamp, damage } of verifyCache(config.cachePath)) {
    entries += 1
    const by = stamp === null ? 'nobody knows what' : (stamp.madeBy?.tool ?? 'a tool of no known version')
    made[by] = (made[by] ?? 0) + 1
    if (damage === null) continue
    damaged.push({ path, damage })
    if (!json) process.stdout.write(`${shown(path)}: ${shown(damage)}\n`)
    if (!keep) await setAsideByPath(config.cachePath, path)
  }
  if (json) print({ entries, madeBy: made, damaged, setAside: !keep })
  else {
    const fate = damaged.length === 0 || keep ? '' : ', set aside to be made again'
    process.stdout.write(`${entries} diffs, ${damaged.length} damaged${fate}\n`)
    for (const [tool, count] of Object.entries(made))
      process.stdout.write(`${String(count).padStart(8)} made by ${shown(tool)}\n`)
  }
  return damaged.length === 0
}

/** Brings the cache within bounds: the configured ones, or narrower ones given here. */
export async function cachePrune(
  config: Config,
  { maxSizeMb, unusedDays, json }: { maxSizeMb: number | null; unusedDays: number | null; json: boolean },
): Promise<void> {
  const configured = boundsOf(config)
  const bounds = {
    ...configured,
    maxBytes: maxSizeMb === null ? configured.maxBytes : maxSizeMb * 1e6,
    maxUnusedMs: unusedDays === null ? null : unusedDays * DAY_MS,
  }
  const keeper = new Evictor({ root: config.cachePath, bounds, accessTimes: new AccessTimes() })
  const { usage, evictedFiles, evictedBytes } = await keeper.sweep()
  if (json) return print({ evictedFiles, evictedBytes, parts: usage })
  process.stdout.write(
    `Removed ${evictedFiles} files, ${megabytes(evictedBytes)}; ${megabytes(totalBytes(usage))} are left\n`,
  )
}

function asTable(usage: CacheUsage): string {
  return Object.entries(usage)
    .map(
      ([part, { files, bytes }]) =>
        `${part.padEnd(12)}${String(files).padStart(10)} files${megabytes(bytes).padStart(14)}\n`,
    )
    .join('')
}

function print(value: object): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`)
}

/** Names on a disk may hold anything. */
function shown(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, '\u{fffd}')
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}
