/** A queue whose jobs the test ends, for the tests of the queue's contract. */
import { pino } from 'pino'
import { expect, onTestFinished } from 'vitest'
import type { JobContext, JobPair, PrecacheJob, PrecacheQueue, QueueOptions } from '../../src/jobs/queue.ts'
import { eventually } from '../fixtures/service.ts'

/** A started job, which the test ends. */
export interface StartedJob extends JobContext {
  readonly pair: JobPair
  end(outcome?: 'made' | 'cached'): void
  fail(error: Error): void
}

export interface QueueKit {
  readonly queue: PrecacheQueue
  /** In the order in which they started. */
  readonly started: StartedJob[]
  /** Waits until `count` jobs have started in all. @returns the last of them */
  next(count: number): Promise<StartedJob>
  readonly ended: PrecacheJob[]
  readonly cached: Set<string>
}

export type OpenQueue = (options: QueueOptions) => Promise<PrecacheQueue>

/** Opens a queue whose jobs the test ends. It is closed after the test. */
export async function queueKit(open: OpenQueue, own: Partial<QueueOptions> = {}): Promise<QueueKit> {
  const started: StartedJob[] = []
  const ended: PrecacheJob[] = []
  const cached = new Set<string>()
  const queue = await open({
    handler: (pair, context) =>
      new Promise((resolve, reject) => {
        context.signal.addEventListener('abort', () => reject(context.signal.reason))
        started.push({ ...context, pair, end: (outcome = 'made') => resolve(outcome), fail: reject })
      }),
    isCached: async (pair) => cached.has(pair.newId),
    concurrency: 1,
    maxWaiting: 10_000,
    onEnd: (job) => ended.push(job),
    log: pino({ level: 'silent' }),
    retryDelayMs: 50,
    ...own,
  })
  onTestFinished(() => queue.close())
  const next = async (count: number) => {
    await eventually(() => expect(started.length).toBeGreaterThanOrEqual(count))
    return started[count - 1] as StartedJob
  }
  return { queue, started, next, ended, cached }
}

export const pairOf = (name: string): JobPair => ({ oldId: `${name}-old`, newId: `${name}-new` })
export const pairsOf = (...names: string[]) => names.map(pairOf)
export const many = (count: number) => Array.from({ length: count }, (_, n) => pairOf(`n${n}`))

/** Reads a stream of states to its end. */
export async function collect<T>(states: AsyncIterable<T>): Promise<T[]> {
  const seen: T[] = []
  for await (const state of states) seen.push(state)
  return seen
}

/** Waits until a job has ended. @returns its last state */
export async function untilEnded(queue: PrecacheQueue, id: string): Promise<PrecacheJob> {
  return lastOf(await collect(queue.watchJob(id)))
}

export function lastOf<T>(states: readonly T[]): T {
  const last = states.at(-1)
  if (last === undefined) throw new Error('the stream had no states')
  return last
}
