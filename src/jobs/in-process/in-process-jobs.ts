/** The jobs of the in-process queue, in the order in which they run and are listed. */
import {
  hasEnded,
  invalidCursor,
  type JobList,
  type JobListRequest,
  KEEP_DONE,
  KEEP_FAILED,
  PRIORITY,
  type PrecacheJob,
} from '../queue.ts'

/** The lists that a job can be in, in the order in which `list` returns them. Number 1 runs first. */
const LISTS = [
  'running',
  'waiting-1',
  'waiting-2',
  'waiting-3',
  'waiting-4',
  'delayed',
  'failed',
  'done',
] as const
export type ListName = (typeof LISTS)[number]
const WAITING: readonly ListName[] = ['waiting-1', 'waiting-2', 'waiting-3', 'waiting-4']

interface Entry {
  job: PrecacheJob
  readonly list: ListName
  /** Increases with every move to another list. */
  readonly sequence: number
}

/** Each list is a map in the order of arrival, so that moving a job takes constant time. */
export class InProcessJobs {
  readonly #entries = new Map<string, Entry>()
  readonly #lists: Readonly<Record<ListName, Map<string, Entry>>> = {
    running: new Map(),
    'waiting-1': new Map(),
    'waiting-2': new Map(),
    'waiting-3': new Map(),
    'waiting-4': new Map(),
    delayed: new Map(),
    failed: new Map(),
    done: new Map(),
  }
  #sequence = 0

  get(id: string): PrecacheJob | null {
    return this.#entries.get(id)?.job ?? null
  }

  /** @throws Error for an unknown job */
  require(id: string): PrecacheJob {
    return this.#entry(id).job
  }

  count(list: ListName): number {
    return this.#lists[list].size
  }

  /** How many jobs have not ended and do not run. */
  get waiting(): number {
    return WAITING.reduce((sum, list) => sum + this.count(list), this.count('delayed'))
  }

  /** Stores a job's new state. In another list than before, it becomes the last one. */
  set(job: PrecacheJob, list: ListName): void {
    const known = this.#entries.get(job.id)
    if (known?.list === list) {
      known.job = job
      return
    }
    if (known) this.#lists[known.list].delete(job.id)
    const entry = { job, list, sequence: this.#sequence++ }
    this.#entries.set(job.id, entry)
    this.#lists[list].set(job.id, entry)
    if (hasEnded(job)) this.#forgetOldest()
  }

  /** Changes a job without moving it. @throws Error for an unknown job */
  update(id: string, change: Partial<PrecacheJob>): PrecacheJob {
    const entry = this.#entry(id)
    entry.job = { ...entry.job, ...change }
    return entry.job
  }

  /** @returns the job to run next; null if none waits */
  first(): PrecacheJob | null {
    for (const list of WAITING) for (const { job } of this.#lists[list].values()) return job
    return null
  }

  all(list: ListName): PrecacheJob[] {
    return [...this.#lists[list].values()].map(({ job }) => job)
  }

  /** @throws UsageError for an invalid `after` */
  list({ status, first, after }: JobListRequest): JobList {
    const from = after === undefined ? null : parseCursor(after)
    const jobs: PrecacheJob[] = []
    const cursors: string[] = []
    for (const [index, name] of LISTS.entries()) {
      if (from && index < from.listIndex) continue
      const latestFirst = name === 'failed' || name === 'done'
      const stored = this.#lists[name].values()
      const entries = latestFirst ? [...stored].reverse() : stored
      for (const { job, sequence } of entries) {
        if (from?.listIndex === index) {
          const isAfter = latestFirst ? sequence < from.sequence : sequence > from.sequence
          if (!isAfter) continue
        }
        if (status && !status.includes(job.status)) continue
        if (jobs.length === first) return { jobs, cursors, next: cursors.at(-1) ?? null }
        jobs.push(job)
        cursors.push(`${index}.${sequence}`)
      }
    }
    return { jobs, cursors, next: null }
  }

  #entry(id: string): Entry {
    const entry = this.#entries.get(id)
    if (!entry) throw new Error(`The queue has no job ${id}`)
    return entry
  }

  #forgetOldest(): void {
    for (const [list, { count, ageSeconds }] of [
      ['done', KEEP_DONE],
      ['failed', KEEP_FAILED],
    ] as const) {
      const entries = this.#lists[list]
      const forgetBefore = Date.now() - ageSeconds * 1000
      for (const [id, { job }] of entries) {
        if (entries.size <= count && (job.finishedAt?.getTime() ?? 0) >= forgetBefore) break
        entries.delete(id)
        this.#entries.delete(id)
      }
    }
  }
}

/** The list in which a job of this urgency waits. */
export function waitingList({ trigger }: PrecacheJob): ListName {
  return `waiting-${PRIORITY[trigger]}` as ListName
}

function parseCursor(after: string): { listIndex: number; sequence: number } {
  const [, index, sequence] = /^(\d)\.(\d{1,15})$/.exec(after) ?? []
  if (index === undefined) throw invalidCursor()
  return { listIndex: Number(index), sequence: Number(sequence) }
}
