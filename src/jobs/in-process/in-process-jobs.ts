/** The jobs of one process, by where they stand and in order. */
import { UsageError } from '../../errors.ts'
import {
  hasEnded,
  type JobList,
  type JobListRequest,
  KEEP_DONE,
  KEEP_FAILED,
  PRIORITY,
  type PrecacheJob,
} from '../queue.ts'

/** In the order in which they are listed. */
const PLACES = ['running', 'waiting-1', 'waiting-2', 'waiting-3', 'resting', 'failed', 'done'] as const
export type Place = (typeof PLACES)[number]

interface Entry {
  job: PrecacheJob
  place: Place
  /** Grows with every move. */
  sequence: number
}

/** Each place is a map in the order of arrival, so that moving a job costs the same however many there are. */
export class InProcessJobs {
  readonly #entries = new Map<string, Entry>()
  readonly #places = new Map<Place, Map<string, Entry>>(PLACES.map((place) => [place, new Map()]))
  #sequence = 0

  get(id: string): PrecacheJob | null {
    return this.#entries.get(id)?.job ?? null
  }

  count(place: Place): number {
    return this.#at(place).size
  }

  get waiting(): number {
    return this.count('waiting-1') + this.count('waiting-2') + this.count('waiting-3') + this.count('resting')
  }

  /** Takes a job's new state; a new place puts it behind all that are there. */
  set(job: PrecacheJob, place: Place): void {
    const known = this.#entries.get(job.id)
    if (known?.place === place) {
      known.job = job
      return
    }
    if (known) this.#at(known.place).delete(job.id)
    const entry = { job, place, sequence: this.#sequence++ }
    this.#entries.set(job.id, entry)
    this.#at(place).set(job.id, entry)
    if (hasEnded(job)) this.#forget()
  }

  /** Changes a job where it stands. */
  update(id: string, change: Partial<PrecacheJob>): PrecacheJob {
    const entry = this.#entries.get(id)!
    entry.job = { ...entry.job, ...change }
    return entry.job
  }

  /** The job whose turn it is. */
  first(): PrecacheJob | null {
    for (const place of ['waiting-1', 'waiting-2', 'waiting-3'] as const)
      for (const { job } of this.#at(place).values()) return job
    return null
  }

  all(place: Place): PrecacheJob[] {
    return [...this.#at(place).values()].map(({ job }) => job)
  }

  list({ status, first, after }: JobListRequest): JobList {
    const from = after === undefined ? null : positionOf(after)
    const jobs: PrecacheJob[] = []
    for (const [index, place] of PLACES.entries()) {
      if (from && index < from.place) continue
      const latestFirst = place === 'failed' || place === 'done'
      const entries = latestFirst ? [...this.#at(place).values()].reverse() : this.#at(place).values()
      for (const { job, sequence } of entries) {
        const isBehind = latestFirst ? sequence < (from?.sequence ?? 0) : sequence > (from?.sequence ?? 0)
        if (from?.place === index && !isBehind) continue
        if (status && !status.includes(job.status)) continue
        if (jobs.length === first) return { jobs, next: this.#positionAfter(jobs) }
        jobs.push(job)
      }
    }
    return { jobs, next: null }
  }

  #positionAfter(jobs: readonly PrecacheJob[]): string | null {
    const last = jobs.at(-1)
    if (!last) return null
    const { place, sequence } = this.#entries.get(last.id)!
    return `${PLACES.indexOf(place)}.${sequence}`
  }

  #at(place: Place): Map<string, Entry> {
    return this.#places.get(place)!
  }

  #forget(): void {
    for (const [place, { count, ageSeconds }] of [
      ['done', KEEP_DONE],
      ['failed', KEEP_FAILED],
    ] as const) {
      const entries = this.#at(place)
      const oldest = Date.now() - ageSeconds * 1000
      for (const [id, { job }] of entries) {
        if (entries.size <= count && (job.finishedAt?.getTime() ?? 0) >= oldest) break
        entries.delete(id)
        this.#entries.delete(id)
      }
    }
  }
}

/** Where a job waits that is wanted so much. */
export function waitingPlace({ trigger }: PrecacheJob): Place {
  return `waiting-${PRIORITY[trigger]}` as Place
}

function positionOf(after: string): { place: number; sequence: number } {
  const [, place, sequence] = /^(\d)\.(\d{1,15})$/.exec(after) ?? []
  if (place === undefined) throw new UsageError('"after" is not a cursor of this list')
  return { place: Number(place), sequence: Number(sequence) }
}
