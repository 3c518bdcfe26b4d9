/** What is precached for a run that has finished. */
import { isControlRun } from '../control-runs.ts'
import type { Database } from '../db/database.ts'
import { findBaselines } from '../db/pairs.ts'
import { controlRunTargets, type RunCursor } from '../db/runs.ts'
import { type JobPair, type JobTrigger, jobId, type PrecacheQueue } from '../jobs/queue.ts'
import type { Run } from '../model.ts'
import { SUCCESS } from '../run-pair.ts'
import type { QueuedPairs } from './watermark.ts'

/** Which changes are precached. An empty list of those to take takes all. */
export interface RunRules {
  readonly campaigns: readonly string[]
  readonly skipCampaigns: readonly string[]
  readonly codebases: readonly string[]
  readonly skipCodebases: readonly string[]
}

export interface FinishedRunsOptions {
  readonly database: Database
  readonly queue: PrecacheQueue
  readonly isCached: (pair: JobPair) => Promise<boolean>
  readonly queuedPairs: QueuedPairs
  readonly rules: RunRules
}

const PAGE = 500

export class FinishedRuns {
  readonly #options: FinishedRunsOptions

  constructor(options: FinishedRunsOptions) {
    this.#options = options
  }

  /**
   * Queues the pairs that runs make which have finished successfully; other runs are passed over. No pair is queued that has been queued by this in the last hours, by whichever process, or is cached.
   * @returns how many were queued
   * @throws DatabaseUnavailableError, QueueUnavailableError, OverloadedError; then what has not been queued may be asked for again
   */
  async precache(runs: readonly Run[], trigger: JobTrigger): Promise<number> {
    let count = 0
    for await (const pairs of this.#pairsOf(runs.filter(({ resultCode }) => resultCode === SUCCESS)))
      count += await this.#enqueue(pairs, trigger)
    return count
  }

  /** A change with the control run that it was made upon; a control run with all changes upon it. The old service's rule. */
  async *#pairsOf(runs: readonly Run[]): AsyncGenerator<JobPair[]> {
    const { database } = this.#options
    const changes = runs.filter((run) => !isControlRun(run) && this.#admits(run))
    const baselines = await findBaselines(database, changes)
    yield changes.flatMap(({ id }, at) => {
      const baseline = baselines[at]
      return baseline ? [{ oldId: baseline.id, newId: id }] : []
    })
    for (const control of runs.filter(isControlRun)) {
      let after: RunCursor | undefined
      do {
        const page = await controlRunTargets(database, control, { limit: PAGE, after })
        yield page.items
          .filter(({ run }) => this.#admits(run))
          .map(({ run }) => ({ oldId: control.id, newId: run.id }))
        after = page.next ?? undefined
      } while (after)
    }
  }

  async #enqueue(pairs: readonly JobPair[], trigger: JobTrigger): Promise<number> {
    const { queue, isCached, queuedPairs } = this.#options
    const byId = new Map(pairs.map((pair) => [jobId(pair), pair]))
    let count = 0
    for (const id of await queuedPairs.unqueued([...byId.keys()])) {
      const pair = byId.get(id) as JobPair
      if (!(await isCached(pair))) {
        await queue.enqueue(pair, trigger)
        count++
      }
      // Behind the queue: whoever dies in between has the pair queued again, which is one job, and not forgotten.
      await queuedPairs.add(id)
    }
    return count
  }

  #admits({ campaign, codebase }: Run): boolean {
    const { campaigns, skipCampaigns, codebases, skipCodebases } = this.#options.rules
    return (
      (campaigns.length === 0 || campaigns.includes(campaign)) &&
      (codebases.length === 0 || codebases.includes(codebase)) &&
      !skipCampaigns.includes(campaign) &&
      !skipCodebases.includes(codebase)
    )
  }
}
