import { createHash } from 'node:crypto'
import PQueue from 'p-queue'
import type { DiffEngine, MakeOptions } from '../diff/engine.ts'
import { OverloadedError } from '../errors.ts'
import type { DiffKind, RunPair } from '../model.ts'
import type { JobTrigger, PrecacheJob, PrecacheQueue } from './queue.ts'

export interface InProcessQueueOptions {
  readonly engine: DiffEngine
  readonly makeOptions: Pick<MakeOptions, 'limits' | 'retrievalTimeoutMs'>
  /** Jobs at a time. */
  readonly concurrency: number
  /** Jobs that may wait. */
  readonly maxWaiting: number
  /** Called when a job has failed. */
  readonly onFailure: (job: PrecacheJob) => void
}

/** Ended jobs that are remembered. */
const REMEMBERED = 1000
/** What each kind counts in a job's progress: diffoscope is the long one. */
const SHARES: readonly (readonly [DiffKind, number])[] = [
  ['debdiff', 0.1],
  ['diffoscope', 0.9],
]

/** A queue for one machine and one process: what waits is lost with the process, and asked for again. */
export function openInProcessQueue(options: InProcessQueueOptions): PrecacheQueue {
  const { engine, makeOptions, concurrency, maxWaiting, onFailure } = options
  const queue = new PQueue({ concurrency })
  const stop = new AbortController()
  /** In the order of their last change, oldest first. */
  const jobs = new Map<string, PrecacheJob>()

  function update(id: string, change: Partial<PrecacheJob>): PrecacheJob {
    const job = { ...jobs.get(id)!, ...change }
    jobs.delete(id)
    jobs.set(id, job)
    return job
  }

  function forgetOldest(): void {
    for (const [id, job] of jobs) {
      if (jobs.size <= REMEMBERED + maxWaiting) return
      if (job.finishedAt) jobs.delete(id)
    }
  }

  async function run(id: string, pair: RunPair): Promise<void> {
    if (stop.signal.aborted) return
    update(id, { status: 'RUNNING', startedAt: new Date() })
    try {
      let before = 0
      for (const [kind, share] of SHARES) {
        await engine.make(kind, pair, {
          ...makeOptions,
          urgency: 'background',
          signal: stop.signal,
          onProgress: ({ step, fraction }) => {
            const progress = Math.max(jobs.get(id)!.progress, before + fraction * share)
            update(id, { step, progress })
          },
        })
        before += share
      }
      update(id, { status: 'DONE', step: null, progress: 1, finishedAt: new Date() })
    } catch (error) {
      const cancelled = stop.signal.aborted
      const job = update(id, {
        status: cancelled ? 'CANCELLED' : 'FAILED',
        step: null,
        error: cancelled ? null : (error as Error),
        finishedAt: new Date(),
      })
      if (!cancelled) onFailure(job)
    }
  }

  return {
    async enqueue(pair, trigger: JobTrigger) {
      const id = jobId(pair.old.id, pair.new.id)
      const known = jobs.get(id)
      if (known && known.status !== 'FAILED' && known.status !== 'CANCELLED' && known.status !== 'DONE')
        return known
      if (queue.size >= maxWaiting) throw new OverloadedError(30_000)
      const job: PrecacheJob = {
        id,
        pair,
        status: 'QUEUED',
        trigger,
        step: null,
        progress: 0,
        error: null,
        createdAt: new Date(),
        startedAt: null,
        finishedAt: null,
      }
      jobs.set(id, job)
      forgetOldest()
      void queue.add(() => run(id, pair), { priority: trigger === 'REQUEST' ? 1 : 0 })
      return job
    },
    get: async (id) => jobs.get(id) ?? null,
    find: async (oldId, newId) => jobs.get(jobId(oldId, newId)) ?? null,
    counts: async () => ({ queued: queue.size, running: queue.pending }),
    async close() {
      stop.abort(new Error('The service is stopping'))
      queue.clear()
      await queue.onIdle()
    },
  }
}

function jobId(oldId: string, newId: string): string {
  return createHash('sha256')
    .update(JSON.stringify([oldId, newId]))
    .digest('base64url')
    .slice(0, 22)
}
