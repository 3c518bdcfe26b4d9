/** Work on files of two packages that needs nothing but their bytes, so that two threads can share it. */
import { createHash } from 'node:crypto'
import { type MemberPlace, Scratch } from '../package/member-place.ts'
import { compareContent } from './content/compare-content.ts'
import { type ContentDifference, type FileContext, withFirstOfEach } from './content/content.ts'

export type Task =
  | { readonly old: MemberPlace; readonly new: MemberPlace; readonly file: FileContext }
  | { readonly md5Of: MemberPlace }

export interface Batch {
  /** Each thread takes the first one that is left. */
  readonly tasks: readonly Task[]
  /** How many have been taken: one number, in memory that both threads share. */
  readonly taken: Int32Array
}

/** What differs, or the MD5 in hexadecimal; null where the archive is damaged or could not be read. */
export type Outcome = ContentDifference | string | null

export interface TaskResult {
  readonly index: number
  readonly outcome: Outcome
}

/** Of all that one thread finds: a thread that has found more takes no further task. */
const MAX_CHARACTERS = 8_000_000

/** Does the tasks that the other thread does not take. */
export function* resultsOf({ tasks, taken }: Batch): Generator<TaskResult, void, void> {
  const scratch = { old: new Scratch(), new: new Scratch() }
  let characters = 0
  while (characters <= MAX_CHARACTERS) {
    const index = Atomics.add(taken, 0, 1)
    const task = tasks[index]
    if (!task) return
    const outcome = outcomeOf(task, scratch)
    yield { index, outcome }
    if (outcome === null || typeof outcome === 'string') continue
    for (const { old, new: newer } of outcome.changes) characters += old.length + newer.length
  }
}

/** Stops both threads after the tasks that they are doing. */
export function takeAll({ tasks, taken }: Batch): void {
  Atomics.store(taken, 0, tasks.length)
}

function outcomeOf(task: Task, scratch: Readonly<Record<'old' | 'new', Scratch>>): Outcome {
  try {
    if ('md5Of' in task) {
      const content = scratch.new.read(task.md5Of)
      return content && createHash('md5').update(content).digest('hex')
    }
    const [old, newer] = [scratch.old.read(task.old), scratch.new.read(task.new)]
    if (!old || !newer) return null
    const { noise, changes } = compareContent(old, newer, task.file)
    return { noise, changes: withFirstOfEach(changes) }
  } catch {
    // The file is compared again in its turn, which reports what it meets.
    return null
  }
}
