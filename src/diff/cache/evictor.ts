/**
 * Keeps a cache within its bounds: removes the least recently used files first. Any number of processes may
 * do this for the same cache.
 */
import { statfs, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { type AccessTimes, GRACE_MS } from './access-times.ts'
import { evict } from './evict.ts'
import { type CacheFile, type CachePart, type FileRole, scanCache } from './scan-cache.ts'
import { sweepStaleIncoming } from './sweep-stale-incoming.ts'
import { type CacheUsage, emptyUsage, totalBytes } from './usage.ts'

export interface Bounds {
  /** Limit for all files together, or null. What was used within the last minute is kept even beyond it. */
  readonly maxBytes: number | null
  /** Evict if less is free on the disk. */
  readonly minFreeBytes: number
  /** Evict what was not used for longer, or null. */
  readonly maxUnusedMs: number | null
}

export interface EvictorOptions {
  readonly root: string
  readonly bounds: Bounds
  readonly accessTimes: AccessTimes
  readonly onEvicted?: (part: CachePart, bytes: number) => void
  /** Called when a whole sweep has failed. */
  readonly onFailed?: (error: unknown) => void
}

/** The result of a sweep. */
export interface Sweep {
  /** What is left. */
  readonly usage: CacheUsage
  readonly evictedFiles: number
  readonly evictedBytes: number
  /** On the disk, after the sweep. */
  readonly freeBytes: number
}

/** Evict down to 90 % of the limit, to avoid a sweep for every new entry. */
const LOW = 0.9
const PERIOD_MS = 60_000
/**
 * Shortest pause between two sweeps, in milliseconds and as a multiple of the last sweep's duration: scans
 * take at most a twentieth of the time.
 */
const MIN_PAUSE_MS = 1_000
const PAUSE_FACTOR = 20
/** Share of the cache to evict when the disk is full although space seems to be free (a quota, no inodes). */
const SHARE_WHEN_FULL = 0.05
/** Candidates for eviction in memory; if more must go, the cache is scanned again. */
const MAX_CANDIDATES = 10_000
const MAX_DAMAGED_MS = 30 * 86_400_000
/** For uncompressed data archives: after their last use, and all together. */
const MAX_UNPACKED_MS = 3_600_000
/** Smaller ones stay longer, because thousands of them fit: most packages have less. */
const MIN_EXPIRING_BYTES = 1 << 20
const MAX_UNPACKED_BYTES = 2e9
/** For the parts of reports, all together. They are in the reports, too. */
const MAX_PARTS_BYTES = 2e9
/** A sweep begins soon after so much was written, so that archives do not exceed their limit by much. */
const MAX_UNSWEPT_BYTES = 1e9

export class Evictor {
  readonly #options: EvictorOptions
  #usage: CacheUsage | null = null
  /** Bytes in the cache: the result of the last sweep and what this process has written since. */
  #estimatedBytes = 0
  /** What this process has written since the last sweep. */
  #unsweptBytes = 0
  #sweeping: Promise<Sweep> | null = null
  #timer: NodeJS.Timeout | null = null
  /** Earliest time of the next sweep, on the clock of `performance.now`. */
  #due = 0
  #isDiskFull = false
  #closed = false

  constructor(options: EvictorOptions) {
    this.#options = options
  }

  get bounds(): Bounds {
    return this.#options.bounds
  }

  /** The result of the last sweep; waits for the first one. @throws what that threw */
  async usage(): Promise<CacheUsage> {
    return this.#usage ?? (await this.sweep()).usage
  }

  /** Sweeps now, about every minute, and soon after `entryWritten` or `diskFull` if necessary. */
  start(): void {
    this.#scheduleSweep(0)
  }

  /** To be called for each new entry: sweeps soon if the cache may be over its limits. */
  async entryWritten(bytes: number): Promise<void> {
    const { maxBytes, minFreeBytes } = this.#options.bounds
    this.#estimatedBytes += bytes
    this.#unsweptBytes += bytes
    const isOver =
      (maxBytes !== null && this.#estimatedBytes > maxBytes) || this.#unsweptBytes > MAX_UNSWEPT_BYTES
    if (isOver || (minFreeBytes > 0 && (await this.freeBytes()) < minFreeBytes)) this.#scheduleSweep(0)
  }

  /** To be called when a write has failed because the disk is full. */
  diskFull(): void {
    this.#isDiskFull = true
    this.#scheduleSweep(0)
  }

  /** Free space for users other than root, or infinity if the system does not say. */
  async freeBytes(): Promise<number> {
    const stats = await statfs(this.#options.root).catch(() => null)
    return stats ? stats.bavail * stats.bsize : Number.POSITIVE_INFINITY
  }

  /** Sweeps now, or joins a running sweep. @throws errors of a whole sweep, not those of a single file */
  sweep(): Promise<Sweep> {
    this.#sweeping ??= this.#sweep().finally(() => {
      this.#sweeping = null
    })
    return this.#sweeping
  }

  async close(): Promise<void> {
    this.#closed = true
    if (this.#timer) clearTimeout(this.#timer)
    // Its caller handles its error; here only its end matters.
    await this.#sweeping?.catch(() => {})
  }

  #scheduleSweep(delayMs: number): void {
    if (this.#closed) return
    const now = performance.now()
    const at = Math.max(now + delayMs, this.#due)
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#scheduledSweep(), at - now)
    this.#timer.unref()
  }

  async #scheduledSweep(): Promise<void> {
    const started = performance.now()
    try {
      await this.sweep()
    } catch (error) {
      if (!this.#closed) this.#options.onFailed?.(error)
    } finally {
      const ended = performance.now()
      this.#due = ended + Math.max(MIN_PAUSE_MS, PAUSE_FACTOR * (ended - started))
      this.#scheduleSweep(PERIOD_MS)
    }
  }

  async #sweep(): Promise<Sweep> {
    const { root } = this.#options
    await sweepStaleIncoming(join(root, 'differ', 'incoming'))
    this.#unsweptBytes = 0
    let evictedFiles = 0
    let evictedBytes = 0
    for (;;) {
      const { usage, candidates, isComplete } = await this.#scan()
      const excess = await this.#excessBytes(totalBytes(usage))
      let freed = 0
      for (const file of candidates) {
        if (freed >= excess && !this.#isExpired(file, usage)) continue
        if (this.#isInUse(file)) continue
        const outcome = await evict(file)
        if (outcome === 'kept') continue
        // A file that another process removed also frees space: concurrent sweeps must not evict more than
        // one alone.
        freed += file.bytes
        usage[file.part].files -= 1
        usage[file.part].bytes -= file.bytes
        if (outcome === 'gone') continue
        evictedFiles += 1
        evictedBytes += file.bytes
        this.#options.onEvicted?.(file.part, file.bytes)
      }
      if (isComplete || freed === 0 || freed >= excess) {
        this.#usage = usage
        this.#estimatedBytes = totalBytes(usage)
        this.#isDiskFull = false
        return { usage, evictedFiles, evictedBytes, freeBytes: await this.freeBytes() }
      }
    }
  }

  /**
   * Counts all files, removes orphans, and finds the first candidates for eviction (if complete: all of
   * them).
   */
  async #scan(): Promise<{ usage: CacheUsage; candidates: CacheFile[]; isComplete: boolean }> {
    const usage = emptyUsage()
    let candidates: CacheFile[] = []
    let isComplete = true
    const sort = () => candidates.sort((a, b) => RANK[a.role] - RANK[b.role] || a.accessedMs - b.accessedMs)
    for await (const file of scanCache(this.#options.root)) {
      if (this.#closed) throw new Error('the cache is being closed')
      if (file.role === 'orphan' && (await remove(file.path))) continue
      usage[file.part].files += 1
      usage[file.part].bytes += file.bytes
      if (file.role === 'note' || file.role === 'orphan') continue
      candidates.push(file)
      if (candidates.length < 2 * MAX_CANDIDATES) continue
      sort()
      candidates = candidates.slice(0, MAX_CANDIDATES)
      isComplete = false
    }
    sort()
    return { usage, candidates, isComplete }
  }

  /** How many bytes must be evicted. */
  async #excessBytes(total: number): Promise<number> {
    const { maxBytes, minFreeBytes } = this.#options.bounds
    const free = await this.freeBytes()
    return Math.max(
      maxBytes !== null && total > maxBytes ? total - LOW * maxBytes : 0,
      free < minFreeBytes ? minFreeBytes / LOW - free : 0,
      this.#isDiskFull ? total * SHARE_WHEN_FULL : 0,
    )
  }

  #isExpired({ role, bytes, accessedMs }: CacheFile, usage: CacheUsage): boolean {
    if (role === 'unpacked' && usage.unpacked.bytes > MAX_UNPACKED_BYTES) return true
    if (role === 'part' && usage.part.bytes > MAX_PARTS_BYTES) return true
    const isSmallArchive = role === 'unpacked' && bytes < MIN_EXPIRING_BYTES
    const maxMs = (isSmallArchive ? null : MAX_AGE_MS[role]) ?? this.#options.bounds.maxUnusedMs
    return maxMs !== null && Date.now() - accessedMs > maxMs
  }

  /** A time in the future does not count as recent use: the clock was set back. */
  #isInUse({ role, accessedMs, entry }: CacheFile): boolean {
    // A reader of an archive has it open, and unpacks one that is missing.
    if (role === 'damaged' || role === 'unpacked') return false
    const ageMs = Date.now() - accessedMs
    if (ageMs >= 0 && ageMs < GRACE_MS) return true
    return entry !== undefined && this.#options.accessTimes.isRecent(entry.accessTimePath)
  }
}

const MAX_AGE_MS: Partial<Readonly<Record<FileRole, number>>> = {
  damaged: MAX_DAMAGED_MS,
  unpacked: MAX_UNPACKED_MS,
}

/** Lower ranks are evicted first, whatever their access times. */
const RANK: Readonly<Record<FileRole, number>> = {
  orphan: 0,
  damaged: 0,
  rendering: 1,
  unpacked: 1,
  part: 1,
  contents: 2,
  derived: 2,
  diff: 2,
  note: 2,
}

/** @returns whether it is removed; if not, the next sweep tries again */
async function remove(path: string): Promise<boolean> {
  return unlink(path).then(
    () => true,
    () => false,
  )
}
