/** `differ jobs`: the queue of a running service. */
import { CANCEL_JOB, describeJob, type Job, LIST_JOBS } from '../client/job-operations.ts'
import type { ServiceClient, Typed } from '../client/service-client.ts'
import { printable } from '../printable.ts'

export interface JobsRequest {
  /** Only jobs with these statuses; all jobs if empty. */
  readonly status: readonly string[]
  /** How many jobs at most. */
  readonly limit: number
  readonly json: boolean
}

const PAGE_SIZE = 100
const RUNNING = ['RETRIEVING', 'DEBDIFF', 'DIFFOSCOPE']

interface JobPage extends Typed {
  readonly nodes: readonly Job[]
  readonly pageInfo: { readonly endCursor: string | null; readonly hasNextPage: boolean }
}

/** Prints jobs in the order of the service. @throws UsageError with the message of the service's error */
export async function listJobs(client: ServiceClient, { status, limit, json }: JobsRequest): Promise<void> {
  const statuses = status.flatMap((name) => (name === 'RUNNING' ? RUNNING : [name]))
  const jobs: Job[] = []
  for (let after: string | null = null; jobs.length < limit; ) {
    const page: JobPage = await client.request(LIST_JOBS, {
      status: statuses.length > 0 ? statuses : null,
      first: Math.min(PAGE_SIZE, limit - jobs.length),
      after,
    })
    jobs.push(...page.nodes)
    if (!page.pageInfo.hasNextPage) break
    after = page.pageInfo.endCursor
  }
  if (json) return console.log(JSON.stringify(jobs, null, 2))
  if (jobs.length === 0) return console.log('There are no jobs.')
  for (const job of jobs) console.log(`${job.jobId}  ${percentage(job)}  ${describeJob(job)}`)
}

/** Cancels a job on whichever machine it runs. @throws UsageError if it does not exist */
export async function cancelJob(client: ServiceClient, id: string): Promise<void> {
  const job = await client.request<Job>(CANCEL_JOB, { id })
  const hasResult = job.status === 'DONE' || job.status === 'FAILED'
  console.log(hasResult ? `${describeJob(job)}; nothing to cancel` : `${printable(id)}: cancelling`)
}

function percentage({ progress, attempts }: Job): string {
  return `${String(Math.floor(progress * 100)).padStart(3)} %${attempts > 1 ? `, attempt ${attempts}` : ''}`
}
