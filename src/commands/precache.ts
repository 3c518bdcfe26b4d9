/** `differ precache`: has a running service make diffs ahead of time. */
import { UsageError } from '../errors.ts'
import {
  BATCH,
  BATCH_FIELDS,
  type Batch,
  describeBatch,
  describeJob,
  hasEnded,
  JOB,
  type Job,
  pairOf,
  visible,
} from './client/job-operations.ts'
import { Board } from './client/progress-board.ts'
import type { ServiceClient, Typed } from './client/service-client.ts'

export interface PrecacheRequest {
  /** One pair; else many. */
  readonly pair: { readonly old: string; readonly new: string } | null
  /** Many: only of runs that finished at or after; all where null. */
  readonly since: Date | null
  /** To the end, with what goes on. */
  readonly follow: boolean
}

/** A date, or a time of ISO 8601. @throws UsageError */
export function parseSince(text: string): Date {
  const since = new Date(text)
  if (!/^\d{4}-\d\d-\d\d/.test(text) || Number.isNaN(since.getTime()))
    throw new UsageError(`"${visible(text)}" is not a date such as 2026-11-24 or 2026-11-24T08:00Z`)
  return since
}

/**
 * @returns whether nothing failed; true where it was not followed
 * @throws UsageError for what the service refuses
 */
export async function precache(
  client: ServiceClient,
  { pair, since, follow }: PrecacheRequest,
): Promise<boolean> {
  if (pair) {
    const job = await client.ask<Job>(
      `mutation ($old: String!, $new: String!) { precache(old: $old, new: $new) { ${JOB} } }`,
      pair,
    )
    if (follow) return followJob(client, job.jobId)
    console.log(`job ${job.jobId}: ${describeJob(job)}`)
    return true
  }
  const { count, batch } = await client.ask<Typed & { count: number; batch: Batch | null }>(
    `mutation ($since: DateTime) { precacheAll(since: $since) { __typename ... on PrecacheAllPayload { count batch { __typename ${BATCH_FIELDS} } } ... on Error { message } } }`,
    { since: since?.toISOString() ?? null },
  )
  if (!batch) {
    console.log('There is nothing to precache.')
    return true
  }
  if (follow) return followBatch(client, batch.batchId)
  console.log(`batch ${batch.batchId}: ${count} pairs are being queued`)
  return true
}

async function followJob(client: ServiceClient, id: string): Promise<boolean> {
  const board = new Board()
  let last: Job | null = null
  let told = ''
  try {
    for await (const job of client.watch<Job>(
      `subscription ($id: String!) { precacheJob(jobId: $id) { ${JOB} } }`,
      { id },
    )) {
      last = job
      if (hasEnded(job)) continue
      board.running(id, job.progress, describeJob(job))
      const step = describeJob(job)
      if (!process.stderr.isTTY && step !== told) process.stderr.write(`${step}\n`)
      told = step
    }
  } finally {
    board.close()
  }
  if (!last) throw new UsageError(`The service told nothing of job ${id}`)
  console.log(describeJob(last))
  return last.status === 'DONE'
}

async function followBatch(client: ServiceClient, id: string): Promise<boolean> {
  const board = new Board()
  const jobs = showJobs(client, board)
  let last: Batch | null = null
  try {
    for await (const batch of client.watch<Batch>(
      `subscription ($id: String!) { precacheBatch(batchId: $id) { ${BATCH} } }`,
      { id },
    )) {
      last = batch
      const ended = batch.count - batch.queued - batch.running
      board.total(batch.count > 0 ? ended / batch.count : 0, describeBatch(batch))
    }
  } finally {
    jobs.stop()
    board.close()
  }
  if (!last) throw new UsageError(`The service told nothing of batch ${id}`)
  console.log(describeBatch(last))
  return last.failed === 0
}

/** A bar for each job that runs, whoever wanted it; a line for each that failed. */
function showJobs(client: ServiceClient, board: Board): { stop(): void } {
  const watching = client.watch<Job>(`subscription { precacheJobs { ${JOB} } }`, {})
  let stopped = false
  const shown = (async () => {
    for await (const job of watching) {
      if (stopped) return
      if (job.status === 'FAILED') board.ended(job.jobId, describeJob(job))
      else if (hasEnded(job) || job.status === 'QUEUED') board.ended(job.jobId)
      else board.running(job.jobId, job.progress, `${pairOf(job)}  ${visible(job.step ?? '')}`)
    }
  })()
  // The totals are what counts: that they cannot be watched is told by those who watch them.
  shown.catch(() => {})
  return {
    stop() {
      stopped = true
      void watching.return()
    },
  }
}
