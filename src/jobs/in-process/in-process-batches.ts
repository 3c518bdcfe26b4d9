/** The batches of the in-process queue. */
import { randomUUID } from 'node:crypto'
import { type BatchJobStatus, batchHasEnded, type PrecacheBatch } from '../queue.ts'

/** How many batches are remembered, unless more have not ended. */
const MAX_BATCHES = 100

interface Entry {
  batch: PrecacheBatch
  /** By job id, in the order in which the jobs were added. */
  readonly statuses: Map<string, BatchJobStatus>
  /** The ids of `statuses` as a list, so that the cost of a page does not grow with its position. */
  readonly jobIds: string[]
  isStopped: boolean
}

export class InProcessBatches {
  readonly #entries = new Map<string, Entry>()
  /** The batches of each job that has not ended. */
  readonly #entriesOfJob = new Map<string, Set<Entry>>()
  readonly #onChange: (id: string) => void

  constructor(onChange: (id: string) => void) {
    this.#onChange = onChange
  }

  get(id: string): PrecacheBatch | null {
    return this.#entries.get(id)?.batch ?? null
  }

  /** @returns the ids of up to `count` jobs from the index `from` on, and whether more follow */
  jobsOf(id: string, from: number, count: number): { ids: string[]; more: boolean } {
    const jobIds = this.#entries.get(id)?.jobIds ?? []
    return { ids: jobIds.slice(from, from + count), more: jobIds.length > from + count }
  }

  /** All batches, the latest first; those of the same millisecond by id. */
  all(): PrecacheBatch[] {
    const byAge = (one: PrecacheBatch, other: PrecacheBatch) =>
      other.createdAt.getTime() - one.createdAt.getTime() || (one.id < other.id ? 1 : -1)
    return [...this.#entries.values()].map(({ batch }) => batch).sort(byAge)
  }

  /** Those that a job was added to. */
  of(jobId: string): PrecacheBatch[] {
    return [...this.#entries.values()].filter(({ statuses }) => statuses.has(jobId)).map(({ batch }) => batch)
  }

  stop(id: string): void {
    const entry = this.#entries.get(id)
    if (entry) entry.isStopped = true
  }

  isStopped(id: string): boolean {
    return this.#entry(id).isStopped
  }

  create(): PrecacheBatch {
    const counts = { count: 0, queued: 0, running: 0, done: 0, failed: 0, cancelled: 0, skipped: 0 }
    const batch = { id: randomUUID(), ...counts, filled: false, createdAt: new Date() }
    this.#entries.set(batch.id, { batch, statuses: new Map(), jobIds: [], isStopped: false })
    return batch
  }

  skip(id: string): void {
    const entry = this.#entry(id)
    const { count, skipped } = entry.batch
    this.#change(entry, { count: count + 1, skipped: skipped + 1 })
  }

  /** Does not count a job again that the batch already has. */
  add(id: string, jobId: string, status: BatchJobStatus): void {
    const entry = this.#entry(id)
    if (entry.statuses.has(jobId)) return
    entry.statuses.set(jobId, status)
    entry.jobIds.push(jobId)
    const entriesOfJob = this.#entriesOfJob.get(jobId) ?? new Set()
    this.#entriesOfJob.set(jobId, entriesOfJob.add(entry))
    this.#change(entry, { count: entry.batch.count + 1, [status]: entry.batch[status] + 1 })
  }

  /** Sets the status of a job in all its batches. */
  setJobStatus(jobId: string, status: BatchJobStatus): void {
    for (const entry of this.#entriesOfJob.get(jobId) ?? []) {
      const from = entry.statuses.get(jobId)
      entry.statuses.set(jobId, status)
      if (from === undefined || from === status) continue
      this.#change(entry, { [from]: entry.batch[from] - 1, [status]: entry.batch[status] + 1 })
    }
    const hasEnded = status !== 'queued' && status !== 'running'
    if (hasEnded) this.#entriesOfJob.delete(jobId)
  }

  setFilled(id: string): void {
    this.#change(this.#entry(id), { filled: true })
  }

  #entry(id: string): Entry {
    const entry = this.#entries.get(id)
    if (!entry) throw new Error(`Batch ${id} has been forgotten before it ended`)
    return entry
  }

  #change(entry: Entry, change: Partial<PrecacheBatch>): void {
    entry.batch = { ...entry.batch, ...change }
    if (batchHasEnded(entry.batch)) this.#forgetOldest()
    this.#onChange(entry.batch.id)
  }

  #forgetOldest(): void {
    for (const [id, { batch }] of this.#entries) {
      if (this.#entries.size <= MAX_BATCHES) return
      if (batchHasEnded(batch)) this.#entries.delete(id)
    }
  }
}
