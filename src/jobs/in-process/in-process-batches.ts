/** The batches of one process. */
import { randomUUID } from 'node:crypto'
import { type BatchJobStatus, batchHasEnded, type PrecacheBatch } from '../queue.ts'

/** Ended batches that are remembered. */
const REMEMBERED = 100

export class InProcessBatches {
  readonly #batches = new Map<string, PrecacheBatch>()
  /** Where each job stands, by batch. */
  readonly #places = new Map<string, Map<string, BatchJobStatus>>()
  /** Its jobs as they were added, by batch: a page of them is found at once. */
  readonly #order = new Map<string, string[]>()
  /** The batches of a job that has not ended. */
  readonly #ofJob = new Map<string, Set<string>>()
  readonly #onChange: (id: string) => void

  constructor(onChange: (id: string) => void) {
    this.#onChange = onChange
  }

  get(id: string): PrecacheBatch | null {
    return this.#batches.get(id) ?? null
  }

  /** Ids of its jobs from a place on, and whether there are more. */
  jobsOf(id: string, from: number, count: number): { ids: string[]; more: boolean } {
    const order = this.#order.get(id) ?? []
    return { ids: order.slice(from, from + count), more: order.length > from + count }
  }

  create(): PrecacheBatch {
    const none = { count: 0, queued: 0, running: 0, done: 0, failed: 0, cancelled: 0, skipped: 0 }
    const batch = { id: randomUUID(), ...none, filled: false, createdAt: new Date() }
    this.#batches.set(batch.id, batch)
    this.#places.set(batch.id, new Map())
    this.#order.set(batch.id, [])
    return batch
  }

  skip(id: string): void {
    const { count, skipped } = this.#batches.get(id)!
    this.#change(id, { count: count + 1, skipped: skipped + 1 })
  }

  /** A job that a batch already has is not counted again. */
  add(id: string, jobId: string, place: BatchJobStatus): void {
    const places = this.#places.get(id)!
    if (places.has(jobId)) return
    places.set(jobId, place)
    this.#order.get(id)!.push(jobId)
    const batches = this.#ofJob.get(jobId) ?? new Set()
    this.#ofJob.set(jobId, batches.add(id))
    const batch = this.#batches.get(id)!
    this.#change(id, { count: batch.count + 1, [place]: batch[place] + 1 })
  }

  move(jobId: string, to: BatchJobStatus): void {
    const ends = to !== 'queued' && to !== 'running'
    for (const id of this.#ofJob.get(jobId) ?? []) {
      const places = this.#places.get(id)!
      const from = places.get(jobId)!
      places.set(jobId, to)
      if (from === to) continue
      const batch = this.#batches.get(id)!
      this.#change(id, { [from]: batch[from] - 1, [to]: batch[to] + 1 })
    }
    if (ends) this.#ofJob.delete(jobId)
  }

  filled(id: string): void {
    this.#change(id, { filled: true })
  }

  #change(id: string, change: Partial<PrecacheBatch>): void {
    const batch = { ...this.#batches.get(id)!, ...change }
    this.#batches.set(id, batch)
    if (batchHasEnded(batch)) this.#forget()
    this.#onChange(id)
  }

  #forget(): void {
    for (const [id, batch] of this.#batches) {
      if (this.#batches.size <= REMEMBERED) return
      if (!batchHasEnded(batch)) continue
      this.#batches.delete(id)
      this.#places.delete(id)
      this.#order.delete(id)
    }
  }
}
