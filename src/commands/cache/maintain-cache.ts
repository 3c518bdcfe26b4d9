/** `differ cache`: shows, verifies, prunes and converts the cache. It works beside a running service. */
import { stat } from 'node:fs/promises'
import { constants, setPriority } from 'node:os'
import type { Config } from '../../config/load.ts'
import { AccessTimes } from '../../diff/cache/access-times.ts'
import { convertCache } from '../../diff/cache/convert-cache.ts'
import { Evictor } from '../../diff/cache/evictor.ts'
import { type CacheUsage, measureCache, totalBytes } from '../../diff/cache/usage.ts'
import { setAsideByPath, verifyCache } from '../../diff/cache/verify-cache.ts'
import { UsageError } from '../../errors.ts'
import { boundsOf } from '../../factories.ts'
import { printable } from '../printable.ts'
import { progressLine } from '../progress-line.ts'

const DAY_MS = 86_400_000

/** Prints the size of each part of the cache. */
export async function cacheStats(config: Config, json: boolean): Promise<void> {
  await checkCacheDirectory(config)
  const bounds = boundsOf(config)
  const evictor = new Evictor({ root: config.cachePath, bounds, accessTimes: new AccessTimes() })
  const [usage, free] = [await measureCache(config.cachePath), await evictor.freeBytes()]
  const freeBytes = Number.isFinite(free) ? free : null
  if (json) {
    const { maxBytes, minFreeBytes } = bounds
    return print({ path: config.cachePath, parts: usage, maxBytes, minFreeBytes, freeBytes })
  }
  const limit = bounds.maxBytes === null ? 'no limit' : `limit ${megabytes(bounds.maxBytes)}`
  const disk =
    freeBytes === null
      ? 'the directory does not exist yet'
      : `${megabytes(freeBytes)} free on the disk, of which ${megabytes(bounds.minFreeBytes)} stay free`
  process.stdout.write(
    `${config.cachePath}\n\n${asTable(usage)}\n${megabytes(totalBytes(usage))} in total (${limit}); ${disk}\n`,
  )
}

/**
 * Reads every diff completely. Damaged ones are set aside, unless `keep` is set, and made again when a client
 * requests them.
 * @returns whether no diff is damaged
 */
export async function cacheVerify(
  config: Config,
  { json, keep }: { json: boolean; keep: boolean },
): Promise<boolean> {
  await checkCacheDirectory(config)
  const damaged: { path: string; damage: string }[] = []
  const madeBy: Record<string, number> = {}
  let entries = 0
  for await (const { path, stamp, damage } of verifyCache(config.cachePath)) {
    entries += 1
    const tool = stamp === null ? 'an unknown service' : (stamp.madeBy?.tool ?? 'a tool of unknown version')
    madeBy[tool] = (madeBy[tool] ?? 0) + 1
    if (damage === null) continue
    damaged.push({ path, damage })
    if (!json) process.stdout.write(`${printable(path)}: ${printable(damage)}\n`)
    if (!keep) await setAsideByPath(config.cachePath, path)
  }
  if (json) print({ entries, madeBy, damaged, setAside: !keep })
  else {
    const setAside = damaged.length === 0 || keep ? '' : ' and set aside'
    process.stdout.write(`${entries} diffs, ${damaged.length} damaged${setAside}\n`)
    for (const [tool, count] of Object.entries(madeBy))
      process.stdout.write(`${String(count).padStart(8)} made by ${printable(tool)}\n`)
  }
  return damaged.length === 0
}

/** Evicts files until the cache is within the configured limits, or stricter ones given here. */
export async function cachePrune(
  config: Config,
  { maxSizeMb, unusedDays, json }: { maxSizeMb: number | null; unusedDays: number | null; json: boolean },
): Promise<void> {
  await checkCacheDirectory(config)
  const configured = boundsOf(config)
  const bounds = {
    ...configured,
    maxBytes: maxSizeMb === null ? configured.maxBytes : maxSizeMb * 1e6,
    maxUnusedMs: unusedDays === null ? null : unusedDays * DAY_MS,
  }
  const evictor = new Evictor({ root: config.cachePath, bounds, accessTimes: new AccessTimes() })
  const { usage, evictedFiles, evictedBytes } = await evictor.sweep()
  if (json) return print({ evictedFiles, evictedBytes, parts: usage })
  process.stdout.write(
    `Removed ${evictedFiles} files (${megabytes(evictedBytes)}); ${megabytes(totalBytes(usage))} are left\n`,
  )
}

/**
 * Converts the cached diffoscope reports to the configured format, at low priority.
 * @returns whether no report is damaged
 */
export async function cacheConvert(config: Config, json: boolean): Promise<boolean> {
  await checkCacheDirectory(config)
  const { cachePath, cacheFormat } = config
  setPriority(constants.priority.PRIORITY_LOW)
  const progress = progressLine()
  let [converted, bytesBefore, bytesAfter] = [0, 0, 0]
  const damaged: string[] = []
  for await (const report of convertCache(cachePath, cacheFormat)) {
    if (report.bytesAfter === null) {
      damaged.push(report.path)
      continue
    }
    converted += 1
    bytesBefore += report.bytesBefore
    bytesAfter += report.bytesAfter
    progress.show(`${converted} reports converted, ${megabytes(bytesBefore)}`)
  }
  progress.clear()
  if (json) print({ format: cacheFormat, converted, bytesBefore, bytesAfter, damaged })
  else {
    for (const path of damaged)
      process.stdout.write(`${printable(path)}: it is damaged, and stays as it is\n`)
    process.stdout.write(
      `${converted} reports converted to the ${cacheFormat} format: ${megabytes(bytesBefore)} before, ` +
        `${megabytes(bytesAfter)} now\n`,
    )
  }
  return damaged.length === 0
}

/**
 * A cache that does not exist yet is empty. A path that cannot be one is a mistake of the user.
 * @throws UsageError if it is no directory
 */
async function checkCacheDirectory({ cachePath }: Config): Promise<void> {
  try {
    if ((await stat(cachePath)).isDirectory()) return
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return
    if (code !== 'ENOTDIR') throw error
  }
  throw new UsageError(`${cachePath} is not a directory; set --cache-path to the directory of the cache`)
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

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}
