/**
 * Threads that make summaries and reports of single files, and search reports. Comparing two large files takes long stretches of processor time, which must not hold up the
 * service's answers, and what a hostile package makes of it is bounded by the thread.
 */
import type { Worker } from 'node:worker_threads'
import { DiffCommandMemoryError } from '../../errors.ts'
import { deserializeError } from '../../serialize-error.ts'
import { startThread } from '../../start-thread.ts'
import type { JobKind, JobRequest, JobResponse } from './job-messages.ts'

/** Of JavaScript objects, in megabytes: file contents are outside of this. A job that needs more ends its thread, not the service. */
const MAX_HEAP_MB = 512
/** Idle threads are ended after this time. A new one takes a third of a second, and is slow at first. */
const IDLE_MS = 600_000

interface Thread {
  readonly worker: Worker
  idle: NodeJS.Timeout | null
}

export class JobThreads {
  readonly #program: URL
  readonly #idle: Thread[] = []
  readonly #busy = new Set<Thread>()
  #isClosed = false
  #lastId = 0

  /** @param program an `.mjs` module that calls `serveJobs` */
  constructor(program: URL) {
    this.#program = program
  }

  /**
   * Runs a job on an idle thread, or on a new one; the caller bounds how many run concurrently.
   * @returns what the program of this kind returns
   * @throws as that program; DiffCommandMemoryError where the thread has too many objects; Error where it has ended otherwise
   */
  async run<Outcome>(kind: JobKind, job: object, signal: AbortSignal): Promise<Outcome> {
    signal.throwIfAborted()
    const thread = this.#idle.pop() ?? start(this.#program)
    if (thread.idle) clearTimeout(thread.idle)
    this.#busy.add(thread)
    let isAlive = true
    try {
      return (await this.#ask(thread.worker, kind, job, signal)) as Outcome
    } catch (error) {
      isAlive = !(error instanceof ThreadEndedError)
      if (signal.aborted) throw signal.reason
      // What the job compares has more parts than fit: larger limits would not help, another attempt neither.
      if (error instanceof ThreadEndedError && isOutOfMemory(error.cause))
        throw new DiffCommandMemoryError('summary', MAX_HEAP_MB << 20)
      throw error
    } finally {
      this.#busy.delete(thread)
      if (isAlive && !this.#isClosed) this.#rest(thread)
      else await thread.worker.terminate()
    }
  }

  /** Ends all threads. Jobs that are running fail; their tools must have been stopped by their signals before. */
  async close(): Promise<void> {
    this.#isClosed = true
    const threads = [...this.#idle.splice(0), ...this.#busy]
    for (const { idle } of threads) if (idle) clearTimeout(idle)
    await Promise.all(threads.map(({ worker }) => worker.terminate()))
  }

  #rest(thread: Thread): void {
    thread.worker.unref()
    thread.idle = setTimeout(() => {
      this.#idle.splice(this.#idle.indexOf(thread), 1)
      void thread.worker.terminate()
    }, IDLE_MS).unref()
    this.#idle.push(thread)
  }

  #ask(worker: Worker, kind: JobKind, job: object, signal: AbortSignal): Promise<unknown> {
    this.#lastId += 1
    const id = this.#lastId
    worker.ref()
    return new Promise((resolve, reject) => {
      const onMessage = (response: JobResponse) => {
        if (response.id !== id) return
        settle()
        if ('error' in response) reject(deserializeError(response.error))
        else resolve(response.outcome)
      }
      const onEnd = (cause: unknown) => {
        settle()
        reject(new ThreadEndedError(cause))
      }
      const onAbort = () => worker.postMessage({ cancel: id } satisfies JobRequest)
      const settle = () => {
        worker.off('message', onMessage).off('error', onEnd).off('exit', onEnd)
        signal.removeEventListener('abort', onAbort)
      }
      worker.on('message', onMessage).on('error', onEnd).on('exit', onEnd)
      signal.addEventListener('abort', onAbort, { once: true })
      worker.postMessage({ id, kind, job } satisfies JobRequest)
    })
  }
}

function isOutOfMemory(cause: unknown): boolean {
  return (cause as NodeJS.ErrnoException | undefined)?.code === 'ERR_WORKER_OUT_OF_MEMORY'
}

class ThreadEndedError extends Error {
  constructor(cause: unknown) {
    super('The thread of the job has ended', { cause })
  }
}

function start(program: URL): Thread {
  const worker = startThread(program, { maxOldGenerationSizeMb: MAX_HEAP_MB })
  // A listener must be there even while no job is; the next job gets another thread.
  worker.on('error', () => {})
  return { worker, idle: null }
}
