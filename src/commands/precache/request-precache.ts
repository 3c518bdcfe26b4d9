/** `differ precache`: lets a running service make diffs in the background. */
import { UsageError } from '../../errors.ts'
import type { FileAddress } from '../../model.ts'
import {
  type Batch,
  describeBatch,
  describeJob,
  describePair,
  hasEnded,
  type Job,
  MAKE_DIFFS,
  type MadeDiffs,
  PRECACHE_ALL,
  WATCH_BATCH,
  WATCH_JOB,
  WATCH_JOBS,
} from '../client/job-operations.ts'
import { ProgressBoard } from '../client/progress-board.ts'
import type { ServiceClient, Typed } from '../client/service-client.ts'
import { printable } from '../printable.ts'

export interface PrecacheRequest {
  /** One pair; null for every run with each of its control runs. */
  readonly pair: { readonly old: string; readonly new: string } | null
  /** Only the report of this file of the pair. */
  readonly file: FileAddress | null
  /** Only runs that finished at or after this time; null for all. */
  readonly since: Date | null
  /** Only runs of this campaign; null for all. */
  readonly campaign: string | null
  /** Only summaries. */
  readonly summaryOnly: boolean
  /** Wait for the end and show progress. */
  readonly follow: boolean
}

/** Parses a date, or a date and time of ISO 8601. @throws UsageError */
export function parseSince(text: string): Date {
  const since = new Date(text)
  if (!/^\d{4}-\d\d-\d\d/.test(text) || Number.isNaN(since.getTime()))
    throw new UsageError(
      `--since must be a date such as 2026-11-24 or 2026-11-24T08:00Z, not "${printable(text)}"`,
    )
  return since
}

/**
 * @returns whether no job failed; true if the jobs were not followed
 * @throws UsageError with the message of the service's error
 */
export async function precache(
  client: ServiceClient,
  { pair, file, since, campaign, summaryOnly, follow }: PrecacheRequest,
): Promise<boolean> {
  if (pair) {
    const job = await enqueue(client, pair, file)
    if (!job) {
      console.log(file ? 'The report of the file is cached already.' : 'The diffs are cached already.')
      return true
    }
    if (follow) return followJob(client, job.jobId)
    console.log(`job ${job.jobId}: ${describeJob(job)}`)
    return true
  }
  const { count, batch } = await client.request<Typed & { count: number; batch: Batch | null }>(
    PRECACHE_ALL,
    { input: { since: since?.toISOString() ?? null, campaign, summaryOnly } },
  )
  if (!batch) {
    console.log('There is nothing to precache.')
    return true
  }
  if (follow) return followBatch(client, batch.batchId)
  console.log(`batch ${batch.batchId}: ${count} pairs are being queued`)
  return true
}

/** @returns null if everything is cached already @throws UsageError */
async function enqueue(
  client: ServiceClient,
  runs: { readonly old: string; readonly new: string },
  file: FileAddress | null,
): Promise<Job | null> {
  const input = { comparison: { runs }, make: file && { file } }
  const { job, report } = await client.request<MadeDiffs>(MAKE_DIFFS, { input })
  if (job === null && report !== null && report.__typename !== 'FileReport')
    throw new UsageError(report.message ?? report.__typename)
  return job
}

async function followJob(client: ServiceClient, id: string): Promise<boolean> {
  const board = new ProgressBoard()
  let last: Job | null = null
  let printed = ''
  try {
    for await (const job of client.subscribe<Job>(WATCH_JOB, { id })) {
      last = job
      if (hasEnded(job)) continue
      const text = describeJob(job)
      board.showJob(id, job.progress, text)
      if (!process.stderr.isTTY && text !== printed) process.stderr.write(`${text}\n`)
      printed = text
    }
  } finally {
    board.close()
  }
  if (!last) throw new UsageError(`The service sent no state of job ${id}`)
  console.log(describeJob(last))
  return last.status === 'DONE'
}

async function followBatch(client: ServiceClient, id: string): Promise<boolean> {
  const board = new ProgressBoard()
  const jobs = showJobs(client, board)
  let last: Batch | null = null
  try {
    for await (const batch of client.subscribe<Batch>(WATCH_BATCH, { id })) {
      last = batch
      const ended = batch.count - batch.queued - batch.running
      board.showTotal(batch.count > 0 ? ended / batch.count : 0, describeBatch(batch))
    }
  } finally {
    jobs.stop()
    board.close()
  }
  if (!last) throw new UsageError(`The service sent no state of batch ${id}`)
  console.log(describeBatch(last))
  return last.failed === 0
}

/** Shows a bar for each running job of the service, also of other batches, and a line for each failed one. */
function showJobs(client: ServiceClient, board: ProgressBoard): { stop(): void } {
  const states = client.subscribe<Job>(WATCH_JOBS, {})
  let stopped = false
  const shown = (async () => {
    for await (const job of states) {
      if (stopped) return
      if (job.status === 'FAILED') board.removeJob(job.jobId, describeJob(job))
      else if (hasEnded(job) || job.status === 'QUEUED') board.removeJob(job.jobId)
      else board.showJob(job.jobId, job.progress, `${describePair(job)}  ${printable(job.step ?? '')}`)
    }
  })()
  // The bars are a convenience. The subscription to the batch fails in the same way and reports it.
  shown.catch(() => {})
  return {
    stop() {
      stopped = true
      void states.return()
    },
  }
}
