/** Jobs that make diffs ahead of time: the contract of every queue. A job makes both kinds for one pair. */
import type { RunPair } from '../model.ts'

export type JobStatus = 'QUEUED' | 'RUNNING' | 'DONE' | 'FAILED' | 'CANCELLED'

/** Who wanted it. */
export type JobTrigger = 'REQUEST' | 'BATCH'

export interface PrecacheJob {
  /** The same for the same pair: asking twice is one job. */
  readonly id: string
  readonly pair: RunPair
  readonly status: JobStatus
  readonly trigger: JobTrigger
  /** What it is at, for people; null unless it runs. */
  readonly step: string | null
  /** 0..1, never falling. */
  readonly progress: number
  /** Why it failed; null otherwise. */
  readonly error: Error | null
  readonly createdAt: Date
  readonly startedAt: Date | null
  readonly finishedAt: Date | null
}

export interface PrecacheQueue {
  /**
   * Queues a pair. One that waits or runs is left as it is; one that has ended starts again (what is cached by then is not made again).
   * @throws OverloadedError where too many wait
   */
  enqueue(pair: RunPair, trigger: JobTrigger): Promise<PrecacheJob>
  /** Null for a job that never was, or is long over. */
  get(id: string): Promise<PrecacheJob | null>
  /** The job of a pair, if there is one. */
  find(oldId: string, newId: string): Promise<PrecacheJob | null>
  /** Jobs that wait and that run. */
  counts(): Promise<{ queued: number; running: number }>
  /** Stops what runs; what waited is dropped. */
  close(): Promise<void>
}
