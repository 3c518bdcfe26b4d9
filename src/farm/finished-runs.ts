/** Decides which pairs are precached for a finished run, and queues them. */
import { isControlRun } from '../control-runs.ts'
import type { Queries } from '../db/database.ts'
import { findBaselines } from '../db/pairs.ts'
import type { RunCursor } from '../db/run-order.ts'
import { controlRunTargets } from '../db/runs.ts'
import { type JobPair, type JobTrigger, jobId, type PrecacheQueue } from '../jobs/queue.ts'
import type { Run } from '../model.ts'
import { SUCCESS } from '../run-pair.ts'
import type { QueuedPairs } from './watermark.ts'

/** Which changes are precached. An empty list of `campaigns` or `codebases` allows all of them. */
export interface RunRules {
  readonly campaigns: readonly string[]
  readonly skipCampaigns: readonly string[]
  readonly codebases: readonly string[]
  readonly skipCodebases: readonly string[]
}

export interface FinishedRunsOptions {
  readonly database: Queries
  readonly queue: PrecacheQueue
  readonly isCached: (pair: JobPair) => Promise<boolean>
  readonly queuedPairs: QueuedPairs
  readonly rules: RunRules
}

const PAGE_SIZE = 500

export class FinishedRuns {
  readonly #options: FinishedRunsOptions

  constructor(options: FinishedRunsOptions) {
    this.#options = options
  }

  /**
   * Queues the pairs of the runs that succeeded. Skips pairs that are cached, and pairs that any process has
   * queued through this method within the last hours.
   * @returns how many pairs were queued
   * @throws DatabaseUnavailableError, QueueUnavailableError, OverloadedError; call again to queue the rest
   */
  async precache(runs: readonly Run[], trigger: JobTrigger): Promise<number> {
    let count = 0
    for await (const pairs of this.#pairsOf(runs.filter(({ resultCode }) => resultCode === SUCCESS)))
      count += await this.#enqueue(pairs, trigger)
    return count
  }

  /**
   * Pairs a change with its control run, and a control run with all changes based on it, as the old service
   * did.
   */
  async *#pairsOf(runs: readonly Run[]): AsyncGenerator<JobPair[]> {
    const { database } = this.#options
    const changes = runs.filter((run) => !isControlRun(run) && this.#isAllowed(run))
    const baselines = await findBaselines(database, changes)
    yield changes.flatMap(({ id }, index) => {
      const baseline = baselines[index]
      return baseline ? [{ oldId: baseline.id, newId: id }] : []
    })
    for (const control of runs.filter(isControlRun)) {
      let after: RunCursor | undefined
      do {
        const page = await controlRunTargets(database, control, { limit: PAGE_SIZE, after })
        yield page.items
          .filter(({ run }) => this.#isAllowed(run))
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
      const pair = byId.get(id)
      if (pair && !(await isCached(pair))) {
        await queue.enqueue(pair, trigger)
        count += 1
      }
      // After queueing. If the process dies in between, the pair is queued again, which is harmless; in the
      // other order it would be lost.
      await queuedPairs.add(id)
    }
    return count
  }

  #isAllowed({ campaign, codebase }: Run): boolean {
    const { campaigns, skipCampaigns, codebases, skipCodebases } = this.#options.rules
    return (
      (campaigns.length === 0 || campaigns.includes(campaign)) &&
      (codebases.length === 0 || codebases.includes(codebase)) &&
      !skipCampaigns.includes(campaign) &&
      !skipCodebases.includes(codebase)
    )
  }
}
