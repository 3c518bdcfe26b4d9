/** A second thread that compares files of packages. While these are unpacked, all processors work; one thread alone would then leave them idle. */
import { AnsweringThread } from '../../answering-thread.ts'
import { type Batch, resultsOf, type Task, type TaskResult, takeAll } from './compare-tasks.ts'

const PROGRAM = new URL('./compare-worker.mjs', import.meta.url)
/** In megabytes, of JavaScript objects. A thread that needs more ends; then the summary's own thread does its tasks. */
const YOUNG_GENERATION_MB = 6
const OLD_GENERATION_MB = 256

export class CompareThread extends AnsweringThread<Batch, readonly TaskResult[]> {
  constructor() {
    super(PROGRAM, {
      resourceLimits: {
        maxYoungGenerationSizeMb: YOUNG_GENERATION_MB,
        maxOldGenerationSizeMb: OLD_GENERATION_MB,
      },
    })
  }

  /** Does tasks of a batch; only for an idle one. @returns what it found, which is nothing if it ends meanwhile */
  async run(batch: Batch): Promise<readonly TaskResult[]> {
    return (await this.ask(batch)) ?? []
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
