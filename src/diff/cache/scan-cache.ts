/**
 * Scans all files of a cache and says what each one is and when it was last used: for usage, eviction and
 * checks.
 */
import type { Stats } from 'node:fs'
import { opendir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { EntryKind } from '../../model.ts'
import { type EntryPaths, KINDS, keyOfDerived, pathsOfEntry, pathsOfKey } from './layout.ts'

/**
 * `debdiff`, `diffoscope`, `summary`, `file`, `partial` and `part`: the entries of that kind; `renderings`: cached renderings; `contents`
 * and `unpacked`: what packages hold, and their uncompressed data archives; `derived`: indexes, filtered
 * reports, stamps and access times; `damaged`: entries set aside.
 */
export type CachePart = EntryKind | 'renderings' | 'contents' | 'unpacked' | 'derived' | 'damaged'

/** A file of the cache. */
export type CacheFile = EntryFile | OtherFile

/** An entry. Its stamp and access time are removed with it. */
export interface EntryFile extends Facts {
  /** `part`: of a report; what is lost of it is made again */
  readonly role: 'diff' | 'part'
  readonly entry: EntryPaths & { readonly kind: EntryKind }
}

export interface OtherFile extends Facts {
  /**
   * - `derived`: made from an entry, whose access time it has; can be made again
   * - `note`: stamp or access time of an existing entry, or too young to be an orphan
   * - `rendering`: can be made again
   * - `contents`: what a package holds; can be read again
   * - `unpacked`: a package's uncompressed data archive, kept for a while
   * - `damaged`: an entry set aside
   * - `orphan`: its entry is gone
   */
  readonly role: 'derived' | 'note' | 'rendering' | 'contents' | 'unpacked' | 'damaged' | 'orphan'
  /** The entry that the file belongs to, if any. */
  readonly entry?: EntryPaths & { readonly kind: EntryKind }
}

interface Facts {
  readonly part: CachePart
  readonly path: string
  readonly bytes: number
  /** When it was last used, or else made, in milliseconds since 1970. */
  readonly accessedMs: number
}

export type FileRole = CacheFile['role']

/** A pause after so many files keeps a scan of a large cache from slowing requests down. */
const FILES_PER_PAUSE = 200
const PAUSE_MS = 5
/** A younger file without an entry is not an orphan: it, or its entry, may just be being written. */
const ORPHAN_MS = 3_600_000

/** All files except those being written (`incoming`). Takes about 30 µs of processor time for each file. */
export async function* scanCache(root: string): AsyncGenerator<CacheFile, void, void> {
  let seen = 0
  const pause = async () => {
    if (++seen % FILES_PER_PAUSE === 0) await sleep(PAUSE_MS)
  }
  yield* scanEntries(root, pause)
  yield* scanDerived(root, pause)
  for (const [dir, role] of [
    ['renderings', 'rendering'],
    ['contents', 'contents'],
    ['unpacked', 'unpacked'],
    ['damaged', 'damaged'],
  ] as const)
    for await (const [path, { size, mtimeMs }] of filesBelow(join(root, 'differ', dir), pause))
      yield { part: dir, role, path, bytes: size, accessedMs: mtimeMs }
}

async function* scanEntries(root: string, pause: () => Promise<void>): AsyncGenerator<EntryFile> {
  for (const kind of KINDS)
    for (const dir of [join(root, kind), join(root, 'differ', 'entries', kind)])
      for await (const [path, stats] of filesBelow(dir, pause)) {
        const entry = { kind, ...pathsOfEntry(root, kind, path) }
        const accessedMs = await lastAccess(entry, stats)
        const role = kind === 'part' ? 'part' : 'diff'
        yield { part: kind, role, path, bytes: stats.size, accessedMs, entry }
      }
}

async function* scanDerived(root: string, pause: () => Promise<void>): AsyncGenerator<OtherFile> {
  for (const kind of KINDS)
    for (const dir of ['index', 'stamps', 'used'])
      for await (const [path, stats] of filesBelow(join(root, 'differ', dir, kind), pause)) {
        const name = basename(path)
        const isIndex = dir === 'index'
        const entry = { kind, ...pathsOfKey(root, kind, isIndex ? keyOfDerived(name) : name) }
        const entryStats = await statOrNull(entry.path)
        const accessedMs = entryStats ? await lastAccess(entry, entryStats) : stats.mtimeMs
        let role: OtherFile['role'] = isIndex && entryStats ? 'derived' : 'note'
        if (!entryStats && Date.now() - stats.mtimeMs > ORPHAN_MS) role = 'orphan'
        // Blocks lie in a file with holes, which has more bytes than it takes of the disk.
        const bytes = name.endsWith('.blocks') ? Math.min(stats.size, stats.blocks * 512) : stats.size
        yield { part: 'derived', role, path, bytes, accessedMs, entry }
      }
}

/**
 * When an entry was last used, or else made, in milliseconds since 1970.
 * @param stats of the entry's file
 */
export async function lastAccess({ accessTimePath }: EntryPaths, stats: Stats): Promise<number> {
  const accessed = await statOrNull(accessTimePath)
  return Math.max(stats.mtimeMs, accessed?.mtimeMs ?? 0)
}

/** Null for a file that cannot be read or was removed during the scan. */
async function statOrNull(path: string): Promise<Stats | null> {
  return stat(path).catch(() => null)
}

async function* filesBelow(dir: string, pause: () => Promise<void>): AsyncGenerator<[string, Stats]> {
  const entries = await opendir(dir).catch(() => null)
  if (!entries) return
  for await (const entry of entries) {
    const path = join(dir, entry.name)
    if (entry.isDirectory()) yield* filesBelow(path, pause)
    else if (entry.isFile()) {
      const stats = await statOrNull(path)
      await pause()
      if (stats) yield [path, stats]
    }
  }
}
