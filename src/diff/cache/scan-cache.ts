/** Every file of a cache, what it is and when it was last of use: for its figures, its bounds and its check. */
import type { Stats } from 'node:fs'
import { opendir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { DiffKind } from '../../model.ts'
import { type EntryPaths, KINDS, keyOfDerived, pathsOfEntry, pathsOfKey } from './layout.ts'

/** The diffs of both kinds; renderings that are kept; what is derived from diffs, or noted of them; damaged ones set aside. */
export type CachePart = DiffKind | 'renderings' | 'derived' | 'damaged'

/**
 * - `diff`: an entry; its notes go with it
 * - `derived`: made from an entry, as old as that; can be made again
 * - `note`: a stamp or mark of an entry that is there
 * - `rendering`: can be made again at any time
 * - `damaged`: set aside
 * - `litter`: belongs to nothing any more
 */
export type ItemRole = 'diff' | 'derived' | 'note' | 'rendering' | 'damaged' | 'litter'

export interface CacheItem {
  readonly part: CachePart
  readonly role: ItemRole
  readonly path: string
  readonly bytes: number
  /** Milliseconds since 1970: when it was last asked for, or made. */
  readonly usedMs: number
  /** Of the diff that it is, or belongs to. */
  readonly entry?: EntryPaths & { readonly kind: DiffKind }
}

/** A large cache is looked through slowly, so that requests do not notice: this many files, then a pause. */
const FILES_AT_A_TIME = 200
const PAUSE_MS = 5
/** Younger files that belong to nothing are being written, or what they belong to is. */
const LITTER_MS = 3_600_000

/** What is being written (`incoming`) is left out. Takes about 30 µs of processor time for each file. */
export async function* cacheItems(root: string): AsyncGenerator<CacheItem, void, void> {
  const ours = join(root, 'differ')
  let seen = 0
  const pause = async () => {
    if (++seen % FILES_AT_A_TIME === 0) await sleep(PAUSE_MS)
  }
  for (const kind of KINDS)
    for (const dir of [join(root, kind), join(ours, 'entries', kind)])
      for await (const [path, stats] of filesBelow(dir, pause)) {
        const entry = { kind, ...pathsOfEntry(root, kind, path) }
        yield {
          part: kind,
          role: 'diff',
          path,
          bytes: stats.size,
          usedMs: await lastUse(entry, stats),
          entry,
        }
      }
  for (const kind of KINDS)
    for (const place of ['index', 'stamps', 'used'])
      for await (const [path, stats] of filesBelow(join(ours, place, kind), pause)) {
        const name = basename(path)
        const entry = { kind, ...pathsOfKey(root, kind, place === 'index' ? keyOfDerived(name) : name) }
        const owner = await statIfThere(entry.path)
        const usedMs = owner ? await lastUse(entry, owner) : stats.mtimeMs
        const isLitter = !owner && Date.now() - stats.mtimeMs > LITTER_MS
        const role = isLitter ? 'litter' : place === 'index' && owner ? 'derived' : 'note'
        yield { part: 'derived', role, path, bytes: stats.size, usedMs, entry }
      }
  for (const [dir, part, role] of [
    ['renderings', 'renderings', 'rendering'],
    ['damaged', 'damaged', 'damaged'],
  ] as const)
    for await (const [path, { size, mtimeMs }] of filesBelow(join(ours, dir), pause))
      yield { part, role, path, bytes: size, usedMs: mtimeMs }
}

/** When an entry was last asked for, or made. */
export async function lastUse({ usedPath }: EntryPaths, stats: Stats): Promise<number> {
  const mark = await statIfThere(usedPath)
  return Math.max(stats.mtimeMs, mark?.mtimeMs ?? 0)
}

/** Null for one that went while we looked. */
async function statIfThere(path: string): Promise<Stats | null> {
  return stat(path).catch(() => null)
}

async function* filesBelow(dir: string, pause: () => Promise<void>): AsyncGenerator<[string, Stats]> {
  const entries = await opendir(dir).catch(() => null)
  if (!entries) return
  for await (const entry of entries) {
    const path = join(dir, entry.name)
    if (entry.isDirectory()) yield* filesBelow(path, pause)
    else if (entry.isFile()) {
      const stats = await statIfThere(path)
      await pause()
      if (stats) yield [path, stats]
    }
  }
}
