/** A second thread that compares files of packages. While these are unpacked, all processors work; one thread alone would then leave them idle. */
import type { Worker } from 'node:worker_threads'
import { startThread } from '../../start-program.ts'
import { type Batch, resultsOf, type Task, type TaskResult, takeAll } from './compare-tasks.ts'

const PROGRAM = new URL('./compare-worker.mjs', import.meta.url)
/** In megabytes, of JavaScript objects. A thread that needs more ends; then the summary's own thread does its tasks. */
const YOUNG_GENERATION_MB = 6
const OLD_GENERATION_MB = 256

export class CompareThread {
  readonly #worker: Worker
  #state: 'starting' | 'idle' | 'busy' | 'ended' = 'starting'
  #onAnswer = (_results: readonly TaskResult[]) => {}
  /** When it takes tasks, or has ended. */
  readonly started: Promise<void>

  constructor() {
    this.#worker = startThread(PROGRAM, {
      resourceLimits: {
        maxYoungGenerationSizeMb: YOUNG_GENERATION_MB,
        maxOldGenerationSizeMb: OLD_GENERATION_MB,
      },
    })
    this.#worker.unref()
    // The first answer says that it has started.
    this.#worker.on('message', (results: TaskResult[]) => this.#answer('idle', results))
    // Its end follows.
    this.#worker.on('error', () => {})
    this.#worker.once('exit', () => this.#answer('ended', []))
    this.started = this.#answered().then(() => {})
  }

  get isIdle(): boolean {
    return this.#state === 'idle'
  }

  get hasEnded(): boolean {
    return this.#state === 'ended'
  }

  /** Does tasks of a batch; only for an idle one. @returns what it found, which is nothing if it ends meanwhile */
  run(batch: Batch): Promise<readonly TaskResult[]> {
    this.#state = 'busy'
    this.#worker.ref()
    this.#worker.postMessage(batch)
    return this.#answered()
  }

  async stop(): Promise<void> {
    await this.#worker.terminate()
  }

  #answered(): Promise<readonly TaskResult[]> {
    return new Promise((resolve) => {
      this.#onAnswer = resolve
    })
  }

  #answer(state: 'idle' | 'ended', results: readonly TaskResult[]): void {
    this.#state = state
    this.#worker.unref()
    this.#onAnswer(results)
  }
}

/** One for the process, from the first packages on that are worth it. */
let processThread: CompareThread | null = null

/** Null while it starts, and while it is in use. */
export function idleCompareThread(): CompareThread | null {
  if (processThread === null || processThread.hasEnded) processThread = new CompareThread()
  return processThread.isIdle ? processThread : null
}

/**
 * Does tasks in this thread and in another one, each the next one that is left.
 * @param giveWay lets other work of this thread have its turn
 * @returns what was found; nothing for a task that was left
 * @throws what `giveWay` throws, once the other thread reads nothing more
 */
export async function runInBothThreads(
  tasks: readonly Task[],
  thread: CompareThread,
  giveWay: () => Promise<void>,
): Promise<readonly TaskResult[]> {
  const taken = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  const batch: Batch = { tasks, taken }
  const elsewhere = thread.run(batch)
  const results: TaskResult[] = []
  try {
    await giveWay()
    for (const result of resultsOf(batch)) {
      results.push(result)
      await giveWay()
    }
  } catch (error) {
    takeAll(batch)
    throw error
  } finally {
    results.push(...(await elsewhere))
  }
  return results
}
