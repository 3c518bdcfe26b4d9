/** Looks whether what is cached is what it must be. */
import { mkdir, rename, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { DamagedReportError } from '../../errors.ts'
import { inspectReport } from '../report/scan/inspect.ts'
import { isWhole, readStamp, type Stamp } from './entry-store.ts'
import { ifThere } from './if-there.ts'
import { type CacheItem, cacheItems } from './scan-cache.ts'

export interface Verified {
  readonly path: string
  readonly sizeBytes: number
  /** What is noted of it; null for an entry that Differ did not make. */
  readonly stamp: Stamp | null
  /** What is wrong with it; null where nothing is. */
  readonly damage: string | null
}

/** Reads every entry through, slowly. One that goes meanwhile is left out. @throws errors of the system for files that cannot be read */
export async function* verifyCache(root: string): AsyncGenerator<Verified, void, void> {
  for await (const item of cacheItems(root)) {
    if (item.role !== 'diff' || !item.entry) continue
    const verified = await verify(item)
    if (verified) yield verified
  }
}

async function verify({ path, entry }: CacheItem): Promise<Verified | null> {
  const { kind, stampPath } = entry!
  const [stats, stamp] = [await ifThere(stat(path)), await readStamp(stampPath)]
  const whole = stats && (await isWhole(kind, path, stats.size, stamp))
  if (!stats || whole === null) return null
  const told = { path, sizeBytes: stats.size, stamp }
  if (stats.size === 0) return { ...told, damage: 'it is empty' }
  if (!whole) {
    const damage = stamp ? `it has ${stats.size} bytes of ${stamp.sizeBytes}` : 'it does not end as it must'
    return { ...told, damage }
  }
  if (kind === 'debdiff') return { ...told, damage: null }
  try {
    await inspectReport(path)
    return { ...told, damage: null }
  } catch (error) {
    if (error instanceof DamagedReportError) return { ...told, damage: error.reason }
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

/** Moves a damaged entry out of the way: the next request makes it again. @throws errors of the system */
export async function setAsideByPath(root: string, path: string): Promise<void> {
  const aside = join(root, 'differ', 'damaged')
  await mkdir(aside, { recursive: true })
  await ifThere(rename(path, join(aside, basename(path))))
}
