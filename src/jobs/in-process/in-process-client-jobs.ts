import { CHECKED_JOBS } from '../client-share.ts'

/** The jobs of each client in this process, as `ClientJobs` describes. */
export class InProcessClientJobs {
  /** By client, the ids of its jobs in the order in which they were requested. */
  readonly #jobs = new Map<string, Set<string>>()
  readonly #hasEnded: (jobId: string) => boolean

  /** @param hasEnded whether a job has ended or is unknown */
  constructor(hasEnded: (jobId: string) => boolean) {
    this.#hasEnded = hasEnded
  }

  count(client: string): number {
    const ids = this.#jobs.get(client)
    if (!ids) return 0
    let checked = 0
    for (const id of ids) {
      if (this.#hasEnded(id)) ids.delete(id)
      if (++checked === CHECKED_JOBS) break
    }
    if (ids.size === 0) this.#jobs.delete(client)
    return ids.size
  }

  add(client: string, jobId: string): void {
    const ids = this.#jobs.get(client)
    if (ids) ids.add(jobId)
    else this.#jobs.set(client, new Set([jobId]))
  }
}
