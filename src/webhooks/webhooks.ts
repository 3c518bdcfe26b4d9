/** Tells a receiver of each comparison that becomes ready, by jobs of a queue of their own. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Db } from '../db/database.ts'
import { DifferError } from '../errors.ts'
import { type JobHandler, type JobPair, jobId, type PrecacheJob, type PrecacheQueue } from '../jobs/queue.ts'
import type { Logger } from '../log.ts'
import { type ComparisonFacts, findComparison } from '../state/comparison-facts.ts'
import {
  type DueWebhook,
  isDue,
  type ListedWebhook,
  listDue,
  settleDue,
  webhooksOf,
} from '../state/due-webhooks.ts'
import type { State } from '../state/state.ts'
import type { SummaryRecord } from '../state/summary-record.ts'
import { postWebhook, type WebhookTarget } from './post-webhook.ts'

/** Before the second attempt; doubles with each of the five, so that a receiver may be away for a quarter of an hour. */
export const WEBHOOK_RETRY_MS = 60_000
/** Requests at once, of one process. */
export const WEBHOOK_CONCURRENCY = 4
/** Webhooks that wait in the queue. Further ones wait in the state. */
const MAX_WAITING = 100_000
/** Between two looks for webhooks that are due and not queued, because a process was killed or the queue was away. */
const PASS_MS = 60_000
const PAGE_SIZE = 1_000

/** Makes the handler that sends webhooks. @param baseUrl URL of the service, or null if it is not known here */
export function createWebhookHandler(
  state: State,
  target: WebhookTarget,
  baseUrl: string | null,
): JobHandler {
  return async (job, { signal }) => {
    const due = dueOf(job)
    const query = <T>(work: (db: Db) => Promise<T>) => state.query('background', 'webhooks', work)
    const facts = await query(async (db) =>
      (await isDue(db, due)) ? findComparison(db, due.oldId, due.newId) : null,
    )
    // It was delivered, says something newer by now, or its campaign was deleted.
    if (facts?.verdict == null) return 'made'
    await postWebhook(target, { id: jobId(job), body: webhookBody(facts, baseUrl) }, signal)
    await query((db) => settleDue(db, due))
    return 'made'
  }
}

/** The body of a webhook: docs/webhooks.md has its fields. */
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

export interface WebhooksOptions {
  readonly state: State
  /** `Webhooks` closes it. */
  readonly queue: PrecacheQueue
  readonly log: Logger
  /** Between two looks for webhooks that are due, in milliseconds. */
  readonly passMs?: number
}

/** Queues the webhooks that the state says are due: at once if they are announced, and otherwise soon. */
export class Webhooks {
  readonly #options: WebhooksOptions
  readonly #closing = new AbortController()
  readonly #passes: Promise<void>
  /** What `close` waits for. */
  #pending: Promise<unknown> = Promise.resolve()

  constructor(options: WebhooksOptions) {
    this.#options = options
    this.#passes = this.#pass()
  }

  /** Queues webhooks that have just become due. Returns at once. */
  announce(records: readonly SummaryRecord[]): void {
    this.#track(this.#enqueue(webhooksOf(records)), 'cannot queue webhooks; they are queued later')
  }

  /** To be called when a job of the queue has ended. */
  settle(job: PrecacheJob): void {
    const { state, log } = this.#options
    logWebhookEnd(job, log)
    // The handler has settled what it has delivered.
    if (job.status === 'DONE') return
    const settled = state.query('background', 'webhooks', (db) => settleDue(db, dueOf(job)))
    this.#track(settled, 'cannot give a webhook up; it is sent again')
  }

  /** Queues what was announced, and stops. */
  async close(): Promise<void> {
    this.#closing.abort()
    await this.#passes
    await this.#pending
    await this.#options.queue.close()
    await this.#pending
  }

  async #pass(): Promise<void> {
    const { passMs = PASS_MS, log } = this.#options
    const { signal } = this.#closing
    while (!signal.aborted) {
      // What is unavailable is logged elsewhere; the next pass finds the same webhooks.
      await this.#enqueueDue().catch((err: unknown) => {
        if (!(err instanceof DifferError)) log.error({ err }, 'cannot look for webhooks that are due')
      })
      // Rejects only because the service stops, which ends the loop.
      await sleep(passMs, undefined, { signal, ref: false }).catch(() => {})
    }
  }

  async #enqueueDue(): Promise<void> {
    let page: readonly ListedWebhook[]
    let after = 0
    do {
      page = await this.#options.state.query('background', 'webhooks', (db) =>
        listDue(db, { limit: PAGE_SIZE, after }),
      )
      after = page.at(-1)?.id ?? after
    } while ((await this.#enqueue(page)) && page.length === PAGE_SIZE && !this.#closing.signal.aborted)
  }

  /** Queues webhooks that are not queued yet. @returns false if the receiver is so slow that too many are waiting */
  async #enqueue(webhooks: readonly DueWebhook[]): Promise<boolean> {
    const { queue } = this.#options
    if (webhooks.length === 0) return true
    if ((await queue.counts()).queued >= MAX_WAITING) return false
    await Promise.all(webhooks.map((webhook) => queue.enqueue(jobOf(webhook), 'RUN_FINISHED')))
    return true
  }

  #track(work: Promise<unknown>, failure: string): void {
    const { log } = this.#options
    const ended = work.catch((err: unknown) => log.warn({ err }, failure))
    this.#pending = this.#pending.then(() => ended)
  }
}

/** Each version of what a summary says has a webhook of its own. */
function jobOf({ oldId, newId, version }: DueWebhook): JobPair {
  return { oldId, newId, webhook: version }
}

function dueOf({ oldId, newId, webhook = '' }: JobPair): DueWebhook {
  return { oldId, newId, version: webhook }
}

function logWebhookEnd({ oldId, newId, status, error, attempts }: PrecacheJob, log: Logger): void {
  const pair = { old: oldId, new: newId }
  if (status === 'FAILED') log.warn({ ...pair, err: error, attempts }, 'a webhook was not delivered')
  else if (status === 'DONE') log.debug(pair, 'a webhook was delivered, or replaced by a later one')
}
