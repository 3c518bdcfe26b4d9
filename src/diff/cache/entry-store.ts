/**
 * Entries on disk, at the paths of `layout.ts`, compressed if that makes them smaller. An entry is published by one rename after its bytes have been
 * flushed to the disk, so a reader sees a complete entry or none. Kinds that may be lost are not flushed: what a
 * power failure leaves of them is found damaged, and made again.
 */
import type { Stats } from 'node:fs'
import { link, mkdir, rename, stat, unlink, utimes } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { LRUCache } from 'lru-cache'
import type { EntryKind } from '../../model.ts'
import { withDirectory } from '../../with-directory.ts'
import { compressIfLarge } from '../content/compress-file.ts'
import { flush, syncDirectory } from './flush.ts'
import { isComplete } from './is-complete.ts'
import { digestOf, type EntryPaths, pathsOfKey, placesOfPair } from './layout.ts'
import { nullIfMissing } from './null-if-missing.ts'
import type { Origin } from './origin.ts'
import { readStamp, type Stamp, writeStamp } from './stamp.ts'

/**
 * One cached diff. Only the store creates these objects; `find` may return the same object while the file is
 * unchanged.
 */
export interface CacheEntry extends EntryPaths {
  readonly kind: EntryKind
  readonly oldId: string
  readonly newId: string
  /** Replaces `indexPath` while the cache's disk cannot be written. Null if there is no fallback. */
  readonly fallbackIndexPath: string | null
  /** Of the file, which may be compressed. */
  readonly sizeBytes: number
  readonly modifiedMs: number
  /**
   * Whether Differ made this entry completely. An entry of the old service may be truncated without a sign.
   */
  readonly verified: boolean
  readonly origin: Origin
  /** The version of the object in the bucket that holds the same; null if none is known to. */
  readonly sharedVersion: string | null
}

/** An entry that was found before. */
interface Remembered {
  readonly stats: Stats
  readonly entry: CacheEntry
  /** False if its stamp may still follow. */
  readonly isSettled: boolean
}

/** A stamp is written a moment after its entry is published. */
const STAMP_DELAY_MS = 10_000
/** Kinds whose entries are reports. The others are small, or read from places that the old service knows. */
export const COMPRESSED_KINDS: ReadonlySet<EntryKind> = new Set(['diffoscope', 'partial', 'file', 'part'])
/** Takes about a kilobyte for each entry. */
const MAX_REMEMBERED = 2_000

/**
 * How diffoscope reports are stored. `compressed`: those of more than a few disk blocks compressed, in Differ's own
 * place. `legacy`: all of them uncompressed, where the old service finds them. Reports in either form are found.
 */
export type CacheFormat = 'compressed' | 'legacy'

export interface EntryStoreOptions {
  /** For derived files while the cache's disk cannot be written. */
  readonly fallbackRoot?: string | null
  readonly format?: CacheFormat
  /** Of the bucket that the entries are shared by; null if there is none. */
  readonly location?: string | null
}

/** A file as it was found. */
export interface FoundFile {
  readonly path: string
  readonly stats: Stats
}

/** What the bucket says of an entry. */
export interface SharedFacts {
  readonly modifiedS: number
  readonly origin: Origin
  readonly version: string
  readonly isStub: boolean
}

/** A newer report of the pair was published, or it was removed, while this one was converted. */
export class ReplacedMeanwhileError extends Error {}

export class EntryStore {
  readonly root: string
  readonly #fallbackRoot: string | null
  readonly #format: CacheFormat
  readonly #location: string | null
  /** Entries found earlier, by path. While a file is unchanged, it need not be checked again. */
  readonly #remembered = new LRUCache<string, Remembered>({ max: MAX_REMEMBERED })

  constructor(
    root: string,
    { fallbackRoot = null, format = 'compressed', location = null }: EntryStoreOptions = {},
  ) {
    this.root = root
    this.#fallbackRoot = fallbackRoot
    this.#format = format
    this.#location = location
  }

  /** The directory for entries being written, on the same file system as the entries. Created if missing. */
  async incomingDir(): Promise<string> {
    return createDir(join(this.root, 'differ', 'incoming'))
  }

  /**
   * The entry of a pair, or null. An entry that is empty, has another size than its stamp says, or does not
   * end like a diff of its kind is set aside, and the result is null.
   * @throws errors of the system if the cache cannot be read
   */
  async find(kind: EntryKind, oldId: string, newId: string): Promise<CacheEntry | null> {
    const { own, legacy } = placesOfPair(this.root, kind, oldId, newId)
    const found = await this.#findAt(own, kind, oldId, newId)
    return found || !legacy || legacy.path === own.path ? found : this.#findAt(legacy, kind, oldId, newId)
  }

  async #findAt(
    paths: EntryPaths,
    kind: EntryKind,
    oldId: string,
    newId: string,
  ): Promise<CacheEntry | null> {
    const { path, stampPath } = paths
    const stats = await nullIfMissing(stat(path))
    if (!stats?.isFile()) return null
    const known = this.#remembered.get(path)
    const isKnown = known && isSameFile(known.stats, stats)
    if (isKnown && known.isSettled) return known.entry
    const stamp = await readStamp(stampPath)
    if (isKnown && !stamp) return known.entry
    // The cache has another bucket now, or none.
    if (stamp?.shared?.isStub && stamp.shared.location !== this.#location) return null
    const complete = await isComplete(kind, path, stats.size, stamp)
    if (complete === null) return null
    const found = { sizeBytes: stats.size, modifiedMs: stats.mtimeMs, ...this.#factsOf(stamp) }
    const entry = this.#entry(paths, kind, oldId, newId, found)
    if (complete) {
      const isSettled = stamp !== null || Date.now() - stats.ctimeMs > STAMP_DELAY_MS
      this.#remembered.set(path, { stats, entry, isSettled })
      return entry
    }
    // Another process may have published a complete entry since the check.
    const now = await nullIfMissing(stat(path))
    if (now && isSameFile(stats, now)) await this.setAside(entry)
    return null
  }

  /**
   * Publishes a finished file as the entry of a pair, in place of an older one.
   * @param incomingPath on the file system of the cache, in a directory that the caller removes; the file may be
   *   moved
   * @param origin null if it is not known whether the file is complete
   * @param converted the same entry in another form, before it was converted: a newer entry is not replaced
   * @throws errors of the system, or ReplacedMeanwhileError; then nothing was published
   */
  async publish(
    kind: EntryKind,
    oldId: string,
    newId: string,
    incomingPath: string,
    origin: Origin | null = {},
    converted: FoundFile | null = null,
  ): Promise<CacheEntry> {
    const { own, legacy } = placesOfPair(this.root, kind, oldId, newId)
    const mayCompress = COMPRESSED_KINDS.has(kind) && (legacy === null || this.#format === 'compressed')
    const readyPath = mayCompress ? await compressIfLarge(incomingPath) : incomingPath
    const isCompressed = readyPath !== incomingPath
    const paths = isCompressed ? own : (legacy ?? own)
    const { path, stampPath } = paths
    // Each use of a part checks its contents. Most reports of files are made again in less time than a flush
    // takes, and what a power failure leaves of one is no valid report.
    const mayBeLost = kind === 'part' || kind === 'file'
    if (this.#location !== null) await setWholeMs(readyPath)
    const { sizeBytes, modifiedMs } = await flush(readyPath, mayBeLost)
    if (converted) await checkUnchanged(converted)
    // Readers look there first, and would find the older entry if the process died after the rename.
    if (path !== own.path) await removeEntry(own)
    if (converted) await checkNotNewer(path, converted)
    // If the process dies after the rename, the new entry must not be checked against the stamp of the old
    // one.
    await nullIfMissing(unlink(stampPath))
    await withDirectory(dirname(path), () =>
      converted ? renameUnlessNewer(readyPath, path, converted) : rename(readyPath, path),
    )
    // The entry is published. If the rename cannot be flushed, a power failure may lose it; then it is made
    // again.
    if (!mayBeLost) await syncDirectory(dirname(path)).catch(() => {})
    const stamp = origin && { sizeBytes, ...origin }
    const isStamped = stamp && (await writeStamp(stampPath, stamp))
    if (converted && path === own.path && converted.path !== path)
      await checkUnchanged(converted).catch(async (error: unknown) => {
        // The newer entry is at the other place, where readers look only if there is none here.
        await removeEntry(own)
        throw error
      })
    if (legacy && path !== legacy.path) await removeEntry(legacy)
    return this.#entry(paths, kind, oldId, newId, {
      sizeBytes,
      modifiedMs,
      ...this.#factsOf(isStamped ? stamp : null),
    })
  }

  /**
   * Publishes what the bucket has of a pair: a copy of the file, or a stub for it.
   * @param incomingPath as in `publish`
   * @throws errors of the system; then nothing was published
   */
  async adopt(
    kind: EntryKind,
    oldId: string,
    newId: string,
    incomingPath: string,
    { modifiedS, origin, version, isStub }: SharedFacts,
  ): Promise<void> {
    const { own, legacy } = placesOfPair(this.root, kind, oldId, newId)
    await Promise.all([own.path, own.stampPath].map((file) => createDir(dirname(file))))
    await utimes(incomingPath, modifiedS, modifiedS)
    const { size } = await stat(incomingPath)
    // A stub without its stamp would be taken for an entry of the old service.
    await writeStamp(own.stampPath, { sizeBytes: size, ...origin, shared: this.#sharedAs(version, isStub) })
    await rename(incomingPath, own.path)
    if (legacy && own.path !== legacy.path) await removeEntry(legacy)
  }

  /** The version of the object in the bucket that the entry of a pair was, or that it was uploaded as. */
  async sharedVersion(kind: EntryKind, oldId: string, newId: string): Promise<string | null> {
    const { own, legacy } = placesOfPair(this.root, kind, oldId, newId)
    const stamp = (await readStamp(own.stampPath)) ?? (legacy && (await readStamp(legacy.stampPath)))
    return this.#factsOf(stamp).sharedVersion
  }

  /**
   * Records that the bucket has an entry. One that another machine made differently is removed here, so that the next
   * lookup finds that of the bucket; but not for the old service, which would make it again.
   * @throws errors of the system
   */
  async setShared(
    entry: CacheEntry,
    { version, isOurs }: { version: string; isOurs: boolean },
  ): Promise<void> {
    const { path, stampPath, modifiedMs, sizeBytes } = entry
    const [stats, stamp] = [await nullIfMissing(stat(path)), await readStamp(stampPath)]
    if (!stats || !stamp || stats.mtimeMs !== modifiedMs || stats.size !== sizeBytes) return
    if (isOurs || this.#format === 'legacy')
      await writeStamp(stampPath, { ...stamp, shared: this.#sharedAs(version, false) })
    else await removeEntry(entry)
    this.#remembered.delete(path)
  }

  #sharedAs(version: string, isStub: boolean): NonNullable<Stamp['shared']> {
    return { location: this.#location ?? '', version, isStub }
  }

  /**
   * Moves a damaged entry to `differ/damaged/`, where it can be examined; the next request makes the diff
   * again. If the entry cannot be moved, removes it.
   * @throws errors of the system if it cannot be removed either
   */
  async setAside({ kind, oldId, newId, path, stampPath }: CacheEntry): Promise<void> {
    try {
      const aside = await createDir(join(this.root, 'differ', 'damaged'))
      await nullIfMissing(rename(path, join(aside, `${kind}-${digestOf(oldId, newId).slice(0, 16)}`)))
    } catch {
      await nullIfMissing(unlink(path))
    }
    await nullIfMissing(unlink(stampPath))
  }

  /** What an entry shows of its stamp. */
  #factsOf(stamp: Stamp | null): Pick<CacheEntry, 'verified' | 'origin' | 'sharedVersion'> {
    const { sizeBytes: _, shared, ...origin }: Stamp = stamp ?? { sizeBytes: 0 }
    const sharedVersion = shared?.location === this.#location ? (shared?.version ?? null) : null
    return { verified: stamp !== null, origin, sharedVersion }
  }

  #entry(
    paths: EntryPaths,
    kind: EntryKind,
    oldId: string,
    newId: string,
    found: Pick<CacheEntry, 'sizeBytes' | 'modifiedMs' | 'verified' | 'origin' | 'sharedVersion'>,
  ): CacheEntry {
    const fallbackIndexPath =
      this.#fallbackRoot === null ? null : pathsOfKey(this.#fallbackRoot, kind, paths.key).indexPath
    return { kind, oldId, newId, ...paths, fallbackIndexPath, ...found }
  }
}

/** @throws ReplacedMeanwhileError if the file has been replaced or removed */
async function checkUnchanged({ path, stats }: FoundFile): Promise<void> {
  const now = await nullIfMissing(stat(path))
  // A hard link to the file changes its `ctime`.
  if (now?.ino !== stats.ino || now.size !== stats.size || now.mtimeMs !== stats.mtimeMs)
    throw new ReplacedMeanwhileError(`${path} was replaced while it was converted`)
}

/** @throws ReplacedMeanwhileError if there is a newer file at `path` */
async function checkNotNewer(path: string, { stats }: FoundFile): Promise<void> {
  const there = await nullIfMissing(stat(path))
  // What an interrupted conversion has left is not newer: its time is rounded to milliseconds.
  if (there && there.mtimeMs > stats.mtimeMs + 1)
    throw new ReplacedMeanwhileError(`${path} was published while an older report was converted`)
}

/** @throws ReplacedMeanwhileError if there is a newer file at `to` */
async function renameUnlessNewer(from: string, to: string, converted: FoundFile): Promise<void> {
  try {
    // Unlike `rename`, this fails if another process has just published an entry there.
    return await link(from, to)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  await checkNotNewer(to, converted)
  await rename(from, to)
}

/** Other machines can set such a time; an index belongs to a report of one time. */
async function setWholeMs(path: string): Promise<void> {
  const { mtimeMs } = await stat(path)
  await utimes(path, Math.round(mtimeMs) / 1000, Math.round(mtimeMs) / 1000)
}

/** The entry goes first: a crash in between leaves only a stamp, which a sweep removes. */
async function removeEntry({ path, stampPath, accessTimePath }: EntryPaths): Promise<void> {
  for (const file of [path, stampPath, accessTimePath]) await nullIfMissing(unlink(file))
}

async function createDir(dir: string): Promise<string> {
  await mkdir(dir, { recursive: true })
  return dir
}

/** Whether a file is neither modified nor replaced. */
function isSameFile(then: Stats, now: Stats): boolean {
  return (
    then.ino === now.ino &&
    then.size === now.size &&
    then.mtimeMs === now.mtimeMs &&
    then.ctimeMs === now.ctimeMs
  )
}
