/** How short of memory the process itself is. Tools have limits of their own. */
import { totalmem } from 'node:os'
import { getHeapStatistics } from 'node:v8'
import { OverloadedError } from '../../errors.ts'
import { untilAborted } from '../../until-aborted.ts'

/** `pause`: work that nobody waits for rests. `refuse`: so does what a request would begin; what is cached is served. */
export type PressureLevel = 'none' | 'pause' | 'refuse'

/** Of resident memory, in bytes. */
export interface MemoryThresholds {
  readonly pauseBytes: number
  readonly refuseBytes: number
}

export interface PressureOptions {
  readonly thresholds: MemoryThresholds
  readonly onChange?: (level: PressureLevel, residentBytes: number) => void
}

const SAMPLE_MS = 500
/** Of what the heap may grow to, where the engine of JavaScript ends the process. */
const HEAP_PAUSE = 0.75
const HEAP_REFUSE = 0.9
/** What has been reached counts until memory is this far below it again. */
const RELIEF = 0.95
const RETRY_AFTER_MS = 15_000

/** What a machine, or a container's limit, makes of thresholds that are not configured. */
export function defaultThresholds(): MemoryThresholds {
  // Without a limit it is 0, or a number beyond any machine.
  const limit = process.constrainedMemory() || Number.POSITIVE_INFINITY
  const memory = Math.min(totalmem(), limit)
  return { pauseBytes: 0.6 * memory, refuseBytes: 0.8 * memory }
}

/** Watches this process's resident memory and heap, twice a second. */
export class MemoryPressure {
  readonly #options: PressureOptions
  readonly #timer: NodeJS.Timeout
  #level: PressureLevel = 'none'
  #residentBytes = 0
  readonly #resting = new Set<() => void>()

  constructor(options: PressureOptions) {
    this.#options = options
    this.#timer = setInterval(() => this.#sample(), SAMPLE_MS)
    this.#timer.unref()
    this.#sample()
  }

  get level(): PressureLevel {
    return this.#level
  }

  /** @throws OverloadedError where no new work may begin */
  assertCapacity(): void {
    if (this.#level !== 'refuse') return
    throw new OverloadedError(RETRY_AFTER_MS, 'The service is short of memory; try again later')
  }

  /** Resolves when work that nobody waits for may go on. @throws `signal.reason` when it aborts */
  async waitUntilRelieved(signal: AbortSignal): Promise<void> {
    while (this.#level !== 'none') {
      let go = () => {}
      const change = new Promise<void>((resolve) => {
        go = resolve
      })
      this.#resting.add(go)
      await untilAborted(change, signal).finally(() => this.#resting.delete(go))
    }
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #sample(): void {
    const resident = this.#lookAtResident()
    const { used_heap_size: heap, heap_size_limit: heapLimit } = getHeapStatistics()
    const { pauseBytes, refuseBytes } = this.#options.thresholds
    const over = (level: PressureLevel, memory: number, share: number) => {
      const factor = RANK[this.#level] >= RANK[level] ? RELIEF : 1
      return resident > memory * factor || heap > heapLimit * share * factor
    }
    const level = over('refuse', refuseBytes, HEAP_REFUSE)
      ? 'refuse'
      : over('pause', pauseBytes, HEAP_PAUSE)
        ? 'pause'
        : 'none'
    if (level === this.#level) return
    this.#level = level
    this.#options.onChange?.(level, resident)
    if (level === 'none') for (const go of this.#resting) go()
  }

  /** It takes a descriptor to look; where there is none left, the last look counts. */
  #lookAtResident(): number {
    try {
      this.#residentBytes = process.memoryUsage.rss()
    } catch {}
    return this.#residentBytes
  }
}

const RANK: Readonly<Record<PressureLevel, number>> = { none: 0, pause: 1, refuse: 2 }
