/** Watches what a running job uses of memory and of its temporary directory, beyond what the kernel limits by itself. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Limits } from '../../model.ts'
import { findProcesses, proportionalBytes, residentBytes, type Seen } from './process-table.ts'
import { allocatedBytes } from './temp-usage.ts'

const FIRST_LOOK_MS = 50
const PERIOD_MS = 200
const SECOND_LOOK_MS = 20
/** A look at a directory full of files takes long; it may take this part of the time. */
const TEMP_DUTY = 0.1

/** What to watch: `marker` names the job's processes (see `findProcesses`), `tempDir` is absolute. */
export interface WatchedJob {
  readonly marker: string
  readonly tempDir: string
  readonly limits: Limits
}

export interface UsageWatch {
  /** The most resident memory seen so far, of all processes together; 0 before the first look (50 ms). */
  peakResidentBytes(): number
  /** Ends the watch; call it when the job has ended. */
  end(): void
}

/** Starts watching; `onExceeded` is called at most once for each limit. */
export function watchUsage(job: WatchedJob, onExceeded: (what: 'memory' | 'temp') => void): UsageWatch {
  const end = new AbortController()
  let peak = 0
  // A pause that is cut short rejects, which ends its loop.
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
  const seen: Seen = new Map()
  for (let pauseMs = FIRST_LOOK_MS; ; pauseMs = Math.min(pauseMs * 2, PERIOD_MS)) {
    await pause(pauseMs, signal)
    const bytes = await lookAtMemory(job, seen, signal)
    if (signal.aborted) return
    if (bytes === null) continue
    onBytes(bytes)
    if (bytes > limit) return
  }
}

/** Null where there is no descriptor to look with: the next look tells. */
async function lookAtMemory(job: WatchedJob, seen: Seen, signal: AbortSignal): Promise<number | null> {
  try {
    const bytes = residentBytes(await findProcesses(job.marker, seen))
    if (bytes <= job.limits.memoryBytes) return bytes
    // Between fork and exec a program counts twice: only what is still too much a moment later, and exactly counted, is.
    await pause(SECOND_LOOK_MS, signal)
    return proportionalBytes(await findProcesses(job.marker, seen))
  } catch {
    return null
  }
}

async function watchTemp(job: WatchedJob, signal: AbortSignal, onFull: () => void): Promise<void> {
  for (let pauseMs = PERIOD_MS; ; ) {
    await pause(pauseMs, signal)
    const started = performance.now()
    const bytes = await allocatedBytes(job.tempDir, job.limits.tempBytes, signal)
    if (signal.aborted) return
    if (bytes > job.limits.tempBytes) return onFull()
    pauseMs = Math.max(PERIOD_MS, (performance.now() - started) / TEMP_DUTY)
  }
}

/** Does not keep the service alive by itself. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return sleep(ms, undefined, { signal, ref: false })
}
