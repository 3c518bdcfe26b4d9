/**
 * The cache on disk: where `cache/layout.ts` says. An entry appears by one rename, after its bytes are on the disk: a reader sees all of it or nothing.
 */

import type { Stats } from 'node:fs'
import { mkdir, open, readFile, rename, rm, stat, unlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { LRUCache } from 'lru-cache'
import type { DiffKind } from '../../model.ts'
import type { Provenance } from '../tools/provenance.ts'
import { ifThere } from './if-there.ts'
import { digestOf, pathsOfPair } from './layout.ts'

/** One cached diff. Nothing but the store makes one; as long as the file stays the same, `find` may give the same one again. */
export interface CacheEntry {
  readonly kind: DiffKind
  readonly oldId: string
  readonly newId: string
  readonly path: string
  /** Where to keep what is derived from the entry. Add an ending of your own. */
  readonly indexPath: string
  /** Where renderings are kept. The directory may be absent. */
  readonly renderingsDir: string
  /** The same for a disk that takes nothing; null where there is no such place. */
  readonly spareIndexPath: string | null
  readonly sizeBytes: number
  readonly modifiedMs: number
  /** Differ made this entry and saw all of it; an entry of the old service may have been cut without a sign. */
  readonly verified: boolean
}

/** What is noted of an entry that Differ made. */
export interface Stamp {
  readonly sizeBytes: number
  readonly madeBy?: Provenance
}

/** Entries that are remembered, at about a kilobyte. */
const MAX_SEEN = 2_000

export class EntryStore {
  readonly root: string
  readonly #spareRoot: string | null
  /** What was found, by its path: as long as the file is the same, there is nothing to be looked at again. */
  readonly #seen = new LRUCache<string, { readonly stats: Stats; readonly entry: CacheEntry }>({
    max: MAX_SEEN,
  })

  /** @param spareRoot where what is derived from entries is kept while the disk of the cache takes nothing */
  constructor(root: string, spareRoot: string | null = null) {
    this.root = root
    this.#spareRoot = spareRoot
  }

  /** The directory for entries being written: on the same file system as the entries. Made if absent. */
  async incomingDir(): Promise<string> {
    return this.#made(join(this.root, 'differ', 'incoming'))
  }

  /**
   * The entry of a pair, or null where there is none. An entry that is empty, or cut since it was written, or does not end as its kind
   * ends, is set aside first, and then there is none.
   * @throws errors of the system for a cache that cannot be read
   */
  async find(kind: DiffKind, oldId: string, newId: string): Promise<CacheEntry | null> {
    const { path, stampPath } = pathsOfPair(this.root, kind, oldId, newId)
    const stats = await ifThere(stat(path))
    if (!stats?.isFile()) return null
    const seen = this.#seen.get(path)
    if (seen && isSameFile(seen.stats, stats)) return seen.entry
    const stamp = await readStamp(stampPath)
    const whole = await isWhole(kind, path, stats.size, stamp)
    if (whole === null) return null
    const found = { sizeBytes: stats.size, modifiedMs: stats.mtimeMs, verified: stamp !== null }
    const entry = this.#entry(kind, oldId, newId, found)
    if (whole) {
      this.#seen.set(path, { stats, entry })
      return entry
    }
    // Another process may have put a whole one in its place since we looked.
    const now = await ifThere(stat(path))
    if (now && isSameFile(stats, now)) await this.setAside(entry)
    return null
  }

  /**
   * Takes a finished file as the entry of a pair: all of it, or nothing. It is on the file system of the cache.
   * @throws errors of the system; then there is no entry, and the file is where it was
   */
  async publish(
    kind: DiffKind,
    oldId: string,
    newId: string,
    incomingPath: string,
    madeBy?: Provenance,
  ): Promise<CacheEntry> {
    const { path, stampPath, indexPath } = pathsOfPair(this.root, kind, oldId, newId)
    await Promise.all([path, stampPath, indexPath].map((file) => this.#made(dirname(file))))
    const { sizeBytes, modifiedMs } = await synced(incomingPath)
    // The stamp of an entry that is being replaced must not judge the new one, in case we die between the two steps.
    await ifThere(unlink(stampPath))
    await rename(incomingPath, path)
    // It is there, whatever else goes wrong.
    await syncDirectory(dirname(path)).catch(() => {})
    const verified = await writeStamp(stampPath, { sizeBytes, ...(madeBy && { madeBy }) })
    return this.#entry(kind, oldId, newId, { sizeBytes, modifiedMs, verified })
  }

  /** Moves a damaged entry out of the way, where a person can look at it: the next request makes it again. Where there is no room for it, it is removed. */
  async setAside({ kind, oldId, newId, path }: CacheEntry): Promise<void> {
    try {
      const aside = await this.#made(join(this.root, 'differ', 'damaged'))
      await ifThere(rename(path, join(aside, `${kind}-${digestOf(oldId, newId).slice(0, 16)}`)))
    } catch {
      await ifThere(unlink(path))
    }
    await ifThere(unlink(pathsOfPair(this.root, kind, oldId, newId).stampPath))
  }

  #entry(
    kind: DiffKind,
    oldId: string,
    newId: string,
    found: Pick<CacheEntry, 'sizeBytes' | 'modifiedMs' | 'verified'>,
  ): CacheEntry {
    const { path, indexPath, renderingsDir } = pathsOfPair(this.root, kind, oldId, newId)
    const spareIndexPath =
      this.#spareRoot === null ? null : pathsOfPair(this.#spareRoot, kind, oldId, newId).indexPath
    return { kind, oldId, newId, path, indexPath, renderingsDir, spareIndexPath, ...found }
  }

  async #made(dir: string): Promise<string> {
    await mkdir(dir, { recursive: true })
    return dir
  }
}

/** Whether nobody has written to a file, or put another in its place. */
function isSameFile(then: Stats, now: Stats): boolean {
  return (
    then.ino === now.ino &&
    then.size === now.size &&
    then.mtimeMs === now.mtimeMs &&
    then.ctimeMs === now.ctimeMs
  )
}

async function synced(path: string): Promise<{ sizeBytes: number; modifiedMs: number }> {
  const file = await open(path, 'r')
  try {
    await file.datasync()
    const { size, mtimeMs } = await file.stat()
    return { sizeBytes: size, modifiedMs: mtimeMs }
  } finally {
    await file.close()
  }
}

/** Null where it has gone meanwhile. */
export async function isWhole(
  kind: DiffKind,
  path: string,
  sizeBytes: number,
  stamp: Stamp | null,
): Promise<boolean | null> {
  if (sizeBytes === 0) return false
  return stamp ? stamp.sizeBytes === sizeBytes : ifThere(endsWhole(kind, path, sizeBytes))
}

/** Both kinds have a last byte that a cut one is unlikely to have: a line's end, an object's. */
async function endsWhole(kind: DiffKind, path: string, sizeBytes: number): Promise<boolean> {
  const file = await open(path, 'r')
  try {
    const tail = Buffer.alloc(Math.min(16, sizeBytes))
    await file.read(tail, 0, tail.length, sizeBytes - tail.length)
    return kind === 'debdiff' ? tail.at(-1) === 0x0a : tail.toString('latin1').trimEnd().endsWith('}')
  } finally {
    await file.close()
  }
}

/** What is noted of an entry; null where nothing is, or nothing that can be read. */
export async function readStamp(path: string): Promise<Stamp | null> {
  const text = await ifThere(readFile(path, 'utf8'))
  if (!text) return null
  try {
    const stamp = JSON.parse(text) as Partial<Stamp> | null
    return typeof stamp?.sizeBytes === 'number' ? (stamp as Stamp) : null
  } catch {
    return null
  }
}

/** @returns whether it could be written: an entry without one is as good, but nobody vouches for it */
async function writeStamp(path: string, stamp: Stamp): Promise<boolean> {
  const aside = `${path}.new`
  try {
    await writeFile(aside, JSON.stringify(stamp))
    await rename(aside, path)
    return true
  } catch {
    await rm(aside, { force: true }).catch(() => {})
    return false
  }
}

async function syncDirectory(path: string): Promise<void> {
  const dir = await open(path, 'r')
  try {
    await dir.sync()
  } finally {
    await dir.close()
  }
}
