/** What the queue does to jobs. Each returns why it was not done, or null. */
import { request } from '../api/request.ts'
import {
  CancelBatchDocument,
  CancelJobDocument,
  type PrecacheJobStatus,
  QueuePageDocument,
  RetryJobDocument,
} from '../generated/graphql.ts'
import type { FailureFacts } from '../ui/failure.tsx'

/** @throws as `request` */
export async function retryJob(jobId: string): Promise<FailureFacts | null> {
  const { retryPrecacheJob: job } = await request(RetryJobDocument, { jobId })
  return job.__typename === 'PrecacheJob' ? null : job
}

/** @throws as `request` */
export async function cancelJob(jobId: string): Promise<FailureFacts | null> {
  const { cancelPrecacheJob: job } = await request(CancelJobDocument, { jobId })
  return job.__typename === 'PrecacheJob' ? null : job
}

/** @throws as `request` */
export async function cancelBatch(batchId: string): Promise<FailureFacts | null> {
  const { cancelPrecacheBatch: batch } = await request(CancelBatchDocument, { batchId })
  return batch.__typename === 'PrecacheBatch' ? null : batch
}

/** Jobs per request. */
const PAGE = 100

/** The ids of all jobs with these statuses. @throws as `request` */
export async function jobsWith(status: PrecacheJobStatus[]): Promise<readonly string[]> {
  const ids = new Set<string>()
  let after: string | null = null
  do {
    const {
      precacheJobs: page,
    }: {
      precacheJobs: {
        nodes: readonly { jobId: string }[]
        pageInfo: { hasNextPage: boolean; endCursor: string | null }
      }
    } = await request(QueuePageDocument, { first: PAGE, after, status })
    for (const { jobId } of page.nodes) ids.add(jobId)
    after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null
  } while (after !== null)
  return [...ids]
}
