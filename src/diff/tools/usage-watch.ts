/**
 * Watches the memory and the temporary directory of a running job, which the kernel does not limit as a
 * whole.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Limits } from '../../model.ts'
import {
  findProcesses,
  type KnownProcesses,
  type OlderProcesses,
  proportionalBytes,
  residentBytes,
} from './process-table.ts'
import { allocatedBytes } from './temp-usage.ts'

const FIRST_SAMPLE_MS = 50
const PERIOD_MS = 200
const SECOND_SAMPLE_MS = 20
/** The largest part of the time that measuring a large temporary directory may take. */
const TEMP_DUTY = 0.1

export interface WatchedJob {
  /** The environment entry of the job's processes: see `findProcesses`. */
  readonly marker: string
  /** See `findProcesses`. */
  readonly older: OlderProcesses
  /** Finds them without reading the table of all processes; null where that is not possible. */
  readonly findAll: () => readonly number[] | null
  /** Absolute. */
  readonly tempDir: string
  readonly limits: Limits
}

export interface UsageWatch {
  /** The highest resident memory of all processes together so far; 0 before the first sample (50 ms). */
  peakResidentBytes(): number
  /** Ends the watch. */
  end(): void
}

/** Starts watching. Calls `onExceeded` at most once for each limit. */
export function watchUsage(job: WatchedJob, onExceeded: (what: 'memory' | 'temp') => void): UsageWatch {
  const end = new AbortController()
  let peak = 0
  // `end` interrupts a pause, which then rejects and so ends its loop.
  const ignore = () => undefined
  watchMemory(job, end.signal, (bytes) => {
    peak = Math.max(peak, bytes)
    if (bytes > job.limits.memoryBytes) onExceeded('memory')
  }).catch(ignore)
  watchTemp(job, end.signal, () => onExceeded('temp')).catch(ignore)
  return { peakResidentBytes: () => peak, end: () => end.abort() }
}

async function watchMemory(
  job: WatchedJob,
  signal: AbortSignal,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const limit = job.limits.memoryBytes
  const known: KnownProcesses = new Map()
  for (let pauseMs = FIRST_SAMPLE_MS; ; pauseMs = Math.min(pauseMs * 2, PERIOD_MS)) {
    await pause(pauseMs, signal)
    const bytes = await sampleMemory(job, known, signal)
    if (signal.aborted) return
    if (bytes === null) continue
    onBytes(bytes)
    if (bytes > limit) return
  }
}

/** Resident bytes of the job; null if no file descriptor is free, or the watch has ended. */
async function sampleMemory(
  job: WatchedJob,
  known: KnownProcesses,
  signal: AbortSignal,
): Promise<number | null> {
  try {
    const find = async () => job.findAll() ?? (await findProcesses(job.marker, job.older, known))
    const bytes = residentBytes(await find())
    if (bytes <= job.limits.memoryBytes) return bytes
    // Between fork and exec, a program is counted twice. So an excess must last, and be counted exactly.
    await pause(SECOND_SAMPLE_MS, signal)
    return proportionalBytes(await find())
  } catch {
    return null
  }
}

async function watchTemp(job: WatchedJob, signal: AbortSignal, onFull: () => void): Promise<void> {
  for (let pauseMs = PERIOD_MS; ; ) {
    await pause(pauseMs, signal)
    const startedAt = performance.now()
    const bytes = await allocatedBytes(job.tempDir, job.limits.tempBytes, signal)
    if (signal.aborted) return
    if (bytes > job.limits.tempBytes) return onFull()
    pauseMs = Math.max(PERIOD_MS, (performance.now() - startedAt) / TEMP_DUTY)
  }
}

/** Does not keep the process alive. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return sleep(ms, undefined, { signal, ref: false })
}
