/** Keeps a cache within its bounds: what was longest not asked for goes first. Any number of processes may keep the same cache. */
import { statfs, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { type AccessTimes, GRACE_MS } from './access-times.ts'
import { evict } from './evict.ts'
import { type CacheItem, type CachePart, cacheItems } from './scan-cache.ts'
import { sweepStaleIncoming } from './sweep-stale-incoming.ts'
import { type CacheUsage, emptyUsage, totalBytes } from './usage.ts'

export interface Bounds {
  /** Of all files together; null for none. What was used within the last minute stays nevertheless. */
  readonly maxBytes: number | null
  /** Of the disk: where less is free, room is made. */
  readonly minFreeBytes: number
  /** What was not asked for in so long goes in any case; null for none. */
  readonly maxUnusedMs: number | null
}

export interface EvictorOptions {
  readonly root: string
  readonly bounds: Bounds
  readonly marks: AccessTimes
  readonly onEvicted?: (part: CachePart, bytes: number) => void
  /** A sweep has failed as a whole. */
  readonly onFailed?: (error: unknown) => void
}

/** What a sweep found, and took away. */
export interface Sweep {
  /** What is left. */
  readonly usage: CacheUsage
  readonly evictedFiles: number
  readonly evictedBytes: number
  /** On the disk, when it was over. */
  readonly freeBytes: number
}

/** Down to here, so that not every new diff is one too many. */
const LOW = 0.9
const PERIOD_MS = 60_000
/** Least pause between two sweeps, and as a multiple of how long the last one took: looking takes at most a twentieth of the time. */
const LEAST_PAUSE_MS = 1_000
const PAUSE_FACTOR = 20
/** Of what is there, when the disk is full whatever its figures say (a quota, no inodes). */
const AT_LEAST_WHEN_FULL = 0.05
/** Candidates held at a time; where more have to go, the cache is looked through again. */
const HELD = 10_000
const DAMAGED_KEPT_MS = 30 * 86_400_000

export class Evictor {
  readonly #options: EvictorOptions
  #usage: CacheUsage | null = null
  /** Bytes there as far as we know. */
  #estimate = 0
  #sweeping: Promise<Sweep> | null = null
  #timer: NodeJS.Timeout | null = null
  #due = 0
  #pauseMs = LEAST_PAUSE_MS
  #isFull = false
  #closed = false

  constructor(options: EvictorOptions) {
    this.#options = options
  }

  get bounds(): Bounds {
    return this.#options.bounds
  }

  /** As the last sweep found it; the first one is waited for. @throws what that threw */
  async usage(): Promise<CacheUsage> {
    return this.#usage ?? (await this.sweep()).usage
  }

  /** Sweeps from now on, about every minute, and when `wrote` or `full` say so. */
  start(): void {
    this.#sweepIn(0)
  }

  /** Told of each new entry: sweeps soon where it may be one too many. */
  async wrote(bytes: number): Promise<void> {
    const { maxBytes, minFreeBytes } = this.#options.bounds
    this.#estimate += bytes
    const tooMany = maxBytes !== null && this.#estimate > maxBytes
    if (tooMany || (minFreeBytes > 0 && (await this.freeBytes()) < minFreeBytes)) this.#sweepIn(0)
  }

  /** Told that the disk takes no more. */
  full(): void {
    this.#isFull = true
    this.#sweepIn(0)
  }

  /** For others than the superuser. Infinite where nobody knows. */
  async freeBytes(): Promise<number> {
    const stats = await statfs(this.#options.root).catch(() => null)
    return stats ? stats.bavail * stats.bsize : Number.POSITIVE_INFINITY
  }

  /** Sweeps now, or joins one that is under way. @throws nothing that concerns a single file */
  sweep(): Promise<Sweep> {
    this.#sweeping ??= this.#sweep().finally(() => {
      this.#sweeping = null
    })
    return this.#sweeping
  }

  async close(): Promise<void> {
    this.#closed = true
    if (this.#timer) clearTimeout(this.#timer)
    await this.#sweeping?.catch(() => {})
  }

  #sweepIn(ms: number): void {
    if (this.#closed) return
    const now = performance.now()
    const at = Math.max(now + ms, this.#due)
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      const started = performance.now()
      this.sweep()
        .catch((error: unknown) => {
          if (!this.#closed) this.#options.onFailed?.(error)
        })
        .finally(() => {
          this.#pauseMs = Math.max(LEAST_PAUSE_MS, PAUSE_FACTOR * (performance.now() - started))
          this.#due = performance.now() + this.#pauseMs
          this.#sweepIn(PERIOD_MS)
        })
    }, at - now)
    this.#timer.unref()
  }

  async #sweep(): Promise<Sweep> {
    const { root } = this.#options
    await sweepStaleIncoming(join(root, 'differ', 'incoming'))
    let evictedFiles = 0
    let evictedBytes = 0
    for (;;) {
      const { usage, oldest, isAll } = await this.#look()
      const excess = await this.#excess(totalBytes(usage))
      let freed = 0
      for (const item of oldest) {
        if (freed >= excess && !this.#isOver(item)) continue
        if (this.#isInUse(item)) continue
        const fate = await evict(item)
        if (fate === 'kept') continue
        // What another process has taken away makes room as well: together we take no more than one alone.
        freed += item.bytes
        usage[item.part].files -= 1
        usage[item.part].bytes -= item.bytes
        if (fate === 'gone') continue
        evictedFiles += 1
        evictedBytes += item.bytes
        this.#options.onEvicted?.(item.part, item.bytes)
      }
      if (isAll || freed === 0 || freed >= excess) {
        this.#usage = usage
        this.#estimate = totalBytes(usage)
        this.#isFull = false
        return { usage, evictedFiles, evictedBytes, freeBytes: await this.freeBytes() }
      }
    }
  }

  /** Counts everything, takes litter away, and finds what would have to go first. */
  async #look(): Promise<{ usage: CacheUsage; oldest: CacheItem[]; isAll: boolean }> {
    const usage = emptyUsage()
    let oldest: CacheItem[] = []
    let isAll = true
    const sort = () => oldest.sort((a, b) => RANK[a.role] - RANK[b.role] || a.usedMs - b.usedMs)
    for await (const item of cacheItems(this.#options.root)) {
      if (this.#closed) throw new Error('the cache is being closed')
      if (item.role === 'litter' && (await removed(item.path))) continue
      usage[item.part].files += 1
      usage[item.part].bytes += item.bytes
      if (item.role === 'note' || item.role === 'litter') continue
      oldest.push(item)
      if (oldest.length < 2 * HELD) continue
      sort()
      oldest = oldest.slice(0, HELD)
      isAll = false
    }
    sort()
    return { usage, oldest, isAll }
  }

  /** Bytes that are to go. */
  async #excess(total: number): Promise<number> {
    const { maxBytes, minFreeBytes } = this.#options.bounds
    const free = await this.freeBytes()
    return Math.max(
      maxBytes !== null && total > maxBytes ? total - LOW * maxBytes : 0,
      free < minFreeBytes ? minFreeBytes / LOW - free : 0,
      this.#isFull ? total * AT_LEAST_WHEN_FULL : 0,
    )
  }

  #isOver({ role, usedMs }: CacheItem): boolean {
    const maxMs = role === 'damaged' ? DAMAGED_KEPT_MS : this.#options.bounds.maxUnusedMs
    return maxMs !== null && Date.now() - usedMs > maxMs
  }

  /** What seems to be of the future was not used just now: the clock was set back. */
  #isInUse({ role, usedMs, entry }: CacheItem): boolean {
    if (role === 'damaged') return false
    const ageMs = Date.now() - usedMs
    if (ageMs >= 0 && ageMs < GRACE_MS) return true
    return entry !== undefined && this.#options.marks.isFresh(entry.usedPath)
  }
}

/** What goes first, whatever its age. */
const RANK: Readonly<Record<CacheItem['role'], number>> = {
  litter: 0,
  damaged: 0,
  rendering: 1,
  derived: 2,
  diff: 2,
  note: 2,
}

async function removed(path: string): Promise<boolean> {
  return unlink(path).then(
    () => true,
    () => false,
  )
}
