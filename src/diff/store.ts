/**
 * The cache on disk. Entries lie at the paths of the service that Differ replaces, so that either can use what the other made:
 *
 *     {root}/debdiff/{old}_{new}             debdiff's standard output as it came
 *     {root}/diffoscope/{old}_{new}.json     the diffoscope report
 *
 * All else is ours, below `{root}/differ/`, and can be deleted at any time: `entries/` (ids that cannot be part of a path),
 * `index/` (what was found in a report), `stamps/` (what a whole entry looked like), `damaged/` (entries set aside), `incoming/`
 * (entries being written).
 *
 * An entry appears by one rename, after its bytes are on the disk: a reader sees all of it or nothing.
 */
import { createHash } from 'node:crypto'
import { mkdir, open, readFile, rename, stat, unlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { DiffKind } from '../model.ts'

/** One cached diff. Nothing but the store makes one. */
export interface CacheEntry {
  readonly kind: DiffKind
  readonly oldId: string
  readonly newId: string
  readonly path: string
  /** Where to keep what is derived from the entry; the directory exists. Add an ending of your own. */
  readonly indexPath: string
  readonly sizeBytes: number
  readonly modifiedMs: number
  /** Differ made this entry and saw all of it; an entry of the old service may have been cut without a sign. */
  readonly verified: boolean
}

interface Stamp {
  readonly sizeBytes: number
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
   */
  async find(kind: DiffKind, oldId: string, newId: string): Promise<CacheEntry | null> {
    const { path, stampPath, indexPath } = this.#paths(kind, oldId, newId)
    const stats = await ifThere(stat(path))
    if (!stats?.isFile()) return null
    const stamp = await readStamp(stampPath)
    const whole =
      stats.size > 0 && (stamp ? stamp.sizeBytes === stats.size : await endsWhole(kind, path, stats.size))
    const entry: CacheEntry = {
      kind,
      oldId,
      newId,
      path,
      indexPath,
      sizeBytes: stats.size,
      modifiedMs: stats.mtimeMs,
      verified: stamp !== null,
    }
    if (!whole) {
      await this.setAside(entry)
      return null
    }
    await this.#made(dirname(indexPath))
    return entry
  }

  /** Takes a finished file (in `incomingDir`) as the entry of a pair: all of it, or nothing. */
  async publish(kind: DiffKind, oldId: string, newId: string, incomingPath: string): Promise<CacheEntry> {
    const { path, stampPath, indexPath } = this.#paths(kind, oldId, newId)
    await Promise.all([path, stampPath, indexPath].map((file) => this.#made(dirname(file))))
    const file = await open(incomingPath, 'r')
    let sizeBytes: number
    let modifiedMs: number
    try {
      await file.datasync()
      ;({ size: sizeBytes, mtimeMs: modifiedMs } = await file.stat())
    } finally {
      await file.close()
    }
    // The stamp of an entry that is being replaced must not judge the new one, in case we die between the two steps.
    await ifThere(unlink(stampPath))
    await rename(incomingPath, path)
    await syncDirectory(dirname(path))
    const stamp: Stamp = { sizeBytes }
    await writeFile(`${stampPath}.new`, JSON.stringify(stamp))
    await rename(`${stampPath}.new`, stampPath)
    return { kind, oldId, newId, path, indexPath, sizeBytes, modifiedMs, verified: true }
  }

  /** Moves a damaged entry out of the way, where a person can look at it: the next request makes it again. */
  async setAside(entry: CacheEntry): Promise<void> {
    const aside = await this.#made(join(this.root, 'differ', 'damaged'))
    const name = `${entry.kind}-${digestOf(entry.oldId, entry.newId).slice(0, 16)}`
    await ifThere(rename(entry.path, join(aside, name)))
    await ifThere(unlink(this.#paths(entry.kind, entry.oldId, entry.newId).stampPath))
  }

  #paths(kind: DiffKind, oldId: string, newId: string) {
    const ending = kind === 'diffoscope' ? '.json' : ''
    const legacy = isLegacySafe(oldId) && isLegacySafe(newId)
    const key = legacy ? `${oldId}_${newId}` : digestOf(oldId, newId)
    const ours = join(this.root, 'differ')
    return {
      path: legacy ? join(this.root, kind, key + ending) : join(ours, 'entries', kind, key + ending),
      stampPath: join(ours, 'stamps', kind, legacy ? key : `+${key}`),
      indexPath: join(ours, 'index', kind, legacy ? key : `+${key}`),
    }
  }

  async #made(dir: string): Promise<string> {
    await mkdir(dir, { recursive: true })
    return dir
  }
}

/**
 * Ids that may stand in a legacy path as they are. Others could climb out (`../x`) or meet another pair's entry (`a_b`,`c` and `a`,`b_c`).
 * Two of them, an underscore and an ending are at most the 255 bytes of a file name.
 */
function isLegacySafe(id: string): boolean {
  return /^[A-Za-z0-9-][A-Za-z0-9.-]{0,119}$/.test(id)
}

function digestOf(oldId: string, newId: string): string {
  return createHash('sha256')
    .update(JSON.stringify([oldId, newId]))
    .digest('hex')
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

async function readStamp(path: string): Promise<Stamp | null> {
  const text = await ifThere(readFile(path, 'utf8'))
  if (!text) return null
  try {
    const { sizeBytes } = JSON.parse(text) as Partial<Stamp>
    return typeof sizeBytes === 'number' ? { sizeBytes } : null
  } catch {
    return null
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

async function ifThere<T>(action: Promise<T>): Promise<T | null> {
  try {
    return await action
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    throw error
  }
}
