/**
 * The cache on disk: where `cache/layout.ts` says. An entry appears by one rename, after its bytes are on the disk: a reader sees all of it or nothing.
 */
import { mkdir, open, readFile, rename, rm, stat, unlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { DiffKind } from '../model.ts'
import { ifThere } from './cache/if-there.ts'
import { digestOf, pathsOfPair } from './cache/layout.ts'

/** One cached diff. Nothing but the store makes one. */
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

/** What a diff was made with. */
export interface MadeBy {
  /** Version of Differ. */
  readonly differ: string
  /** Version of the tool, as it says itself; null where it did not. */
  readonly tool: string | null
  /** What the tool was told beside the packages. */
  readonly options: readonly string[]
  /** Programs that diffoscope would have used and did not find. */
  readonly missing?: readonly string[]
}

/** What is noted of an entry that Differ made. */
export interface Stamp {
  readonly sizeBytes: number
  readonly madeBy?: MadeBy
}

export class DiffStore {
  readonly root: string

  constructor(root: string) {
    this.root = root
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
    const { path, stampPath, indexPath, renderingsDir } = pathsOfPair(this.root, kind, oldId, newId)
    const stats = await ifThere(stat(path))
    if (!stats?.isFile()) return null
    const stamp = await readStamp(stampPath)
    const whole = await isWhole(kind, path, stats.size, stamp)
    if (whole === null) return null
    const entry: CacheEntry = {
      kind,
      oldId,
      newId,
      path,
      indexPath,
      renderingsDir,
      spareIndexPath: null,
      sizeBytes: stats.size,
      modifiedMs: stats.mtimeMs,
      verified: stamp !== null,
    }
    if (whole) return entry
    // Another process may have put a whole one in its place since we looked.
    const now = await ifThere(stat(path))
    if (now && now.ino === stats.ino && now.mtimeMs === stats.mtimeMs) await this.setAside(entry)
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
    madeBy?: MadeBy,
  ): Promise<CacheEntry> {
    const { path, stampPath, indexPath, renderingsDir } = pathsOfPair(this.root, kind, oldId, newId)
    await Promise.all([path, stampPath, indexPath].map((file) => this.#made(dirname(file))))
    const { sizeBytes, modifiedMs } = await synced(incomingPath)
    // The stamp of an entry that is being replaced must not judge the new one, in case we die between the two steps.
    await ifThere(unlink(stampPath))
    await rename(incomingPath, path)
    // It is there, whatever else goes wrong.
    await syncDirectory(dirname(path)).catch(() => {})
    const entry = {
      kind,
      oldId,
      newId,
      path,
      indexPath,
      renderingsDir,
      spareIndexPath: null,
      sizeBytes,
      modifiedMs,
    }
    return { ...entry, verified: await writeStamp(stampPath, { sizeBytes, ...(madeBy && { madeBy }) }) }
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

  async #made(dir: string): Promise<string> {
    await mkdir(dir, { recursive: true })
    return dir
  }
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
