/** Tells a receiver of each comparison that becomes ready, by jobs of a queue of their own. */
import { type JobHandler, type JobPair, jobId, type PrecacheJob, type PrecacheQueue } from '../jobs/queue.ts'
import type { Logger } from '../log.ts'
import { type ComparisonFacts, findComparison } from '../state/comparison-facts.ts'
import type { State } from '../state/state.ts'
import type { SummaryRecord } from '../state/summary-record.ts'
import { postWebhook, type WebhookTarget } from './post-webhook.ts'

/** Before the second attempt; doubles with each of the five, so that a receiver may be away for a quarter of an hour. */
export const WEBHOOK_RETRY_MS = 60_000
/** Requests at once, of one process. */
export const WEBHOOK_CONCURRENCY = 4
/** Webhooks that wait. Further ones are dropped: the receiver has been away for long, and finds them in the feed. */
const MAX_WAITING = 100_000

/** Makes the handler that sends webhooks. @param baseUrl URL of the service, or null if it is not known here */
export function createWebhookHandler(
  state: State,
  target: WebhookTarget,
  baseUrl: string | null,
): JobHandler {
  return async (job, { signal }) => {
    const { oldId, newId } = job
    const facts = await state.query('background', 'webhooks', (db) => findComparison(db, oldId, newId))
    // A campaign that was deleted meanwhile.
    if (facts?.verdict != null)
      await postWebhook(target, { id: jobId(job), body: webhookBody(facts, baseUrl) }, signal)
    return 'made'
  }
}

/** The body of a webhook: docs/campaigns.md has its fields. */
export function webhookBody(facts: ComparisonFacts, baseUrl: string | null): string {
  const { oldId, newId, recordedMs, signature, ...rest } = facts
  const pair = `${encodeURIComponent(oldId)}/${encodeURIComponent(newId)}`
  return JSON.stringify({
    type: 'comparison.ready',
    timestamp: new Date(recordedMs).toISOString(),
    data: {
      oldRunId: oldId,
      newRunId: newId,
      ...rest,
      cluster: signature,
      ...(baseUrl !== null && { url: `${baseUrl}/compare/${pair}` }),
    },
  })
}

/** Queues a webhook for each record. It closes the queue. */
export class Webhooks {
  readonly #queue: PrecacheQueue
  readonly #log: Logger
  #queuing: Promise<void> = Promise.resolve()

  constructor(queue: PrecacheQueue, log: Logger) {
    this.#queue = queue
    this.#log = log
  }

  /** Returns at once. What cannot be queued is lost, and logged. */
  announce(records: readonly SummaryRecord[]): void {
    const jobs = records.filter(({ verdict }) => verdict !== null).map(toJob)
    if (jobs.length === 0) return
    this.#queuing = this.#queuing
      .then(() => this.#enqueue(jobs))
      .catch((err: unknown) => this.#log.warn({ err, webhooks: jobs.length }, 'cannot queue webhooks'))
  }

  /** Queues what was announced, and stops. */
  async close(): Promise<void> {
    await this.#queuing
    await this.#queue.close()
  }

  async #enqueue(jobs: readonly JobPair[]): Promise<void> {
    if ((await this.#queue.counts()).queued >= MAX_WAITING)
      throw new Error(`${MAX_WAITING} webhooks wait already: the receiver does not take them`)
    await Promise.all(jobs.map((job) => this.#queue.enqueue(job, 'RUN_FINISHED')))
  }
}

/** Each version of what a summary says has a webhook of its own. */
function toJob({ oldId, newId, madeMs, rulesVersion, rulesFile }: SummaryRecord): JobPair {
  return { oldId, newId, webhook: `${rulesVersion} ${rulesFile} ${madeMs}` }
}

/** Logs webhooks that were not delivered. */
export function logWebhookEnd({ oldId, newId, status, error, attempts }: PrecacheJob, log: Logger): void {
  const pair = { old: oldId, new: newId }
  if (status === 'FAILED') log.warn({ ...pair, err: error, attempts }, 'a webhook was not delivered')
  else log.debug(pair, 'a webhook was delivered')
}
