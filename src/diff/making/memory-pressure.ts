/** Measures how short of memory this process is. Tools have separate limits. */
import { totalmem } from 'node:os'
import { getHeapStatistics } from 'node:v8'
import { OverloadedError } from '../../errors.ts'
import { untilAborted } from '../../until-aborted.ts'

/**
 * `pause`: background jobs wait. `refuse`: requests for new diffs fail too; cached diffs are still served.
 * `stop`: requests for cached diffs and other data fail too, because the process would soon be ended.
 */
export type PressureLevel = 'none' | 'pause' | 'refuse' | 'stop'

/** Resident memory above which each level begins. */
export interface MemoryThresholds {
  readonly pauseBytes: number
  readonly refuseBytes: number
  /** Default: never. */
  readonly stopBytes?: number
}

export interface PressureOptions {
  readonly thresholds: MemoryThresholds
  readonly onChange?: (level: PressureLevel, residentBytes: number) => void
}

const SAMPLE_MS = 500
/** Before something is read, the last sample may be this old: a flood of requests fills the heap in a second. */
const FRESH_MS = 20
/** Thresholds of the heap, as parts of its limit. V8 ends the process at the limit. */
const HEAP_PAUSE = 0.75
const HEAP_REFUSE = 0.85
const HEAP_STOP = 0.92
/** Default thresholds of resident memory, as parts of the memory of the machine or container. */
const RESIDENT_PAUSE = 0.6
const RESIDENT_REFUSE = 0.8
const RESIDENT_STOP = 0.9
/** A level ends when memory falls below its threshold times this, so that levels do not alternate quickly. */
const RELIEF = 0.95
const RETRY_AFTER_MS = 15_000

/** Thresholds for the memory of this machine or container. */
export function defaultThresholds(): Required<MemoryThresholds> {
  // Without a limit it is 0, or a number larger than any memory.
  const limit = process.constrainedMemory() || Number.POSITIVE_INFINITY
  const memory = Math.min(totalmem(), limit)
  return {
    pauseBytes: RESIDENT_PAUSE * memory,
    refuseBytes: RESIDENT_REFUSE * memory,
    stopBytes: RESIDENT_STOP * memory,
  }
}

/** Samples this process's resident memory and heap twice a second. */
export class MemoryPressure {
  readonly #options: PressureOptions
  readonly #timer: NodeJS.Timeout
  #level: PressureLevel = 'none'
  #residentBytes = 0
  #sampledAt = 0
  readonly #waiting = new Set<() => void>()

  constructor(options: PressureOptions) {
    this.#options = options
    this.#timer = setInterval(() => this.#sample(), SAMPLE_MS)
    this.#timer.unref()
    this.#sample()
  }

  get level(): PressureLevel {
    return this.#level
  }

  /** @throws OverloadedError if new diffs must not be started */
  assertCapacity(): void {
    if (this.#level === 'refuse' || this.#level === 'stop') throw shortOfMemory()
  }

  /** @throws OverloadedError if nothing must be read for a response */
  assertReadable(): void {
    if (performance.now() - this.#sampledAt > FRESH_MS) this.#sample()
    if (this.#level === 'stop') throw shortOfMemory()
  }

  /** Resolves when background work may continue. @throws `signal.reason` when it aborts */
  async waitUntilRelieved(signal: AbortSignal): Promise<void> {
    while (this.#level !== 'none') {
      let wake = () => {}
      const change = new Promise<void>((resolve) => {
        wake = resolve
      })
      this.#waiting.add(wake)
      await untilAborted(change, signal).finally(() => this.#waiting.delete(wake))
    }
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #sample(): void {
    this.#sampledAt = performance.now()
    const resident = this.#measureResident()
    const { used_heap_size: heap, heap_size_limit: heapLimit } = getHeapStatistics()
    const { pauseBytes, refuseBytes, stopBytes = Number.POSITIVE_INFINITY } = this.#options.thresholds
    const over = (level: PressureLevel, threshold: number, heapShare: number) => {
      const factor = RANK[this.#level] >= RANK[level] ? RELIEF : 1
      return resident > threshold * factor || heap > heapLimit * heapShare * factor
    }
    let level: PressureLevel = 'none'
    if (over('stop', stopBytes, HEAP_STOP)) level = 'stop'
    else if (over('refuse', refuseBytes, HEAP_REFUSE)) level = 'refuse'
    else if (over('pause', pauseBytes, HEAP_PAUSE)) level = 'pause'
    if (level === this.#level) return
    this.#level = level
    this.#options.onChange?.(level, resident)
    if (level === 'none') for (const wake of this.#waiting) wake()
  }

  /** The last value if no file descriptor is free to read a new one. */
  #measureResident(): number {
    try {
      this.#residentBytes = process.memoryUsage.rss()
    } catch {}
    return this.#residentBytes
  }
}

const RANK: Readonly<Record<PressureLevel, number>> = { none: 0, pause: 1, refuse: 2, stop: 3 }

function shortOfMemory(): OverloadedError {
  return new OverloadedError(RETRY_AFTER_MS, 'The service is short of memory; try again later')
}
