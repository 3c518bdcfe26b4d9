/**
 * Watches the memory and the temporary directory of a running job, which the kernel does not limit as a
 * whole, and its CPU time.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Limits } from '../../model.ts'
import {
  findProcesses,
  type KnownProcesses,
  type OlderProcesses,
  processorSecondsOf,
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
  /** CPU time of all processes together, as of the last sample. */
  processorSeconds(): number
  /** Ends the watch. */
  end(): void
}

/** Starts watching. Calls `onExceeded` at most once for each limit. */
export function watchUsage(job: WatchedJob, onExceeded: (what: 'memory' | 'temp') => void): UsageWatch {
  const end = new AbortController()
  let peak = 0
  let processorSeconds = 0
  // `end` interrupts a pause, which then rejects and so ends its loop.
  const ignore = () => undefined
  const onSample = ({ bytes, seconds }: Sample) => {
    peak = Math.max(peak, bytes)
    processorSeconds = Math.max(processorSeconds, seconds)
    if (bytes > job.limits.memoryBytes) onExceeded('memory')
  }
  watchProcesses(job, end.signal, onSample).catch(ignore)
  watchTemp(job, end.signal, () => onExceeded('temp')).catch(ignore)
  return {
    peakResidentBytes: () => peak,
    processorSeconds: () => processorSeconds,
    end: () => end.abort(),
  }
}

/** Of all processes of a job together. */
interface Sample {
  /** Resident memory. */
  readonly bytes: number
  /** CPU time. */
  readonly seconds: number
}

async function watchProcesses(
  job: WatchedJob,
  signal: AbortSignal,
  onSample: (sample: Sample) => void,
): Promise<void> {
  const limit = job.limits.memoryBytes
  const known: KnownProcesses = new Map()
  for (let pauseMs = FIRST_SAMPLE_MS; ; pauseMs = Math.min(pauseMs * 2, PERIOD_MS)) {
    await pause(pauseMs, signal)
    const sample = await sampleProcesses(job, known, signal)
    if (signal.aborted) return
    if (sample === null) continue
    onSample(sample)
    if (sample.bytes > limit) return
  }
}

/** Null if no file descriptor is free, or the watch has ended. */
async function sampleProcesses(
  job: WatchedJob,
  known: KnownProcesses,
  signal: AbortSignal,
): Promise<Sample | null> {
  try {
    const find = async () => job.findAll() ?? (await findProcesses(job.marker, job.older, known))
    const processes = await find()
    const sample = { bytes: residentBytes(processes), seconds: processorSecondsOf(processes) }
    if (sample.bytes <= job.limits.memoryBytes) return sample
    // Between fork and exec, a program is counted twice. So an excess must last, and be counted exactly.
    await pause(SECOND_SAMPLE_MS, signal)
    return { ...sample, bytes: proportionalBytes(await find()) }
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
