/** Checks cached diffs for damage. */
import { mkdir, rename, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { DamagedReportError } from '../../errors.ts'
import { inspectReport } from '../report/scan/inspect.ts'
import { isComplete } from './is-complete.ts'
import { nullIfMissing } from './null-if-missing.ts'
import { type EntryFile, scanCache } from './scan-cache.ts'
import { readStamp, type Stamp } from './stamp.ts'

export interface VerifiedEntry {
  readonly path: string
  readonly sizeBytes: number
  /** Null for an entry that Differ did not make. */
  readonly stamp: Stamp | null
  /** What is wrong with the entry, or null. */
  readonly damage: string | null
}

/**
 * Reads every entry completely. Entries that are evicted meanwhile are left out.
 * @throws errors of the system for files that cannot be read
 */
export async function* verifyCache(root: string): AsyncGenerator<VerifiedEntry, void, void> {
  for await (const file of scanCache(root)) {
    if (file.role !== 'diff' && file.role !== 'part') continue
    const verified = await verify(file)
    if (verified) yield verified
  }
}

async function verify({ path, entry }: EntryFile): Promise<VerifiedEntry | null> {
  const { kind, stampPath } = entry
  const [stats, stamp] = [await nullIfMissing(stat(path)), await readStamp(stampPath)]
  const complete = stats && (await isComplete(kind, path, stats.size, stamp))
  if (!stats || complete === null) return null
  const facts = { path, sizeBytes: stats.size, stamp }
  if (stats.size === 0) return { ...facts, damage: 'it is empty' }
  if (!complete) {
    const cut = `it does not end like the output of ${kind}`
    return { ...facts, damage: stamp ? `it has ${stats.size} bytes, not ${stamp.sizeBytes}` : cut }
  }
  if (kind === 'debdiff') return { ...facts, damage: null }
  try {
    await inspectReport(path)
    return { ...facts, damage: null }
  } catch (error) {
    if (error instanceof DamagedReportError) return { ...facts, damage: error.reason }
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

/**
 * Moves a damaged entry to `differ/damaged/`, so that the next request makes it again. @throws errors of the
 * system
 */
export async function setAsideByPath(root: string, path: string): Promise<void> {
  const aside = join(root, 'differ', 'damaged')
  await mkdir(aside, { recursive: true })
  await nullIfMissing(rename(path, join(aside, basename(path))))
}
