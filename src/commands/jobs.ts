/** `differ jobs`: the queue of a running service. */
import { describeJob, JOB, type Job, visible } from './client/job-operations.ts'
import type { ServiceClient, Typed } from './client/service-client.ts'

export interface JobsRequest {
  /** Only these; all where empty. */
  readonly status: readonly string[]
  /** How many at most. */
  readonly limit: number
  readonly json: boolean
}

const PAGE = 100
const RUNNING = ['RETRIEVING', 'SUMMARY', 'DEBDIFF', 'DIFFOSCOPE']

/** Prints jobs: running ones first, then those that wait in their order, then ended ones, latest first. @throws UsageError for what the service refuses */
export async function listJobs(client: ServiceClient, { status, limit, json }: JobsRequest): Promise<void> {
  const wanted = status.flatMap((name) => (name === 'RUNNING' ? RUNNING : [name]))
  const jobs: Job[] = []
  for (let after: string | null = null; jobs.length < limit; ) {
    const page: Typed & { nodes: Job[]; pageInfo: { endCursor: string | null; hasNextPage: boolean } } =
      await client.ask(
        `query ($status: [PrecacheJobStatus!], $first: Int!, $after: String) { precacheJobs(status: $status, first: $first, after: $after) {
          __typename ... on PrecacheJobConnection { nodes { ${JOB.replace(/\.\.\. on Error.*$/, '')} } pageInfo { endCursor hasNextPage } } ... on Error { message }
        } }`,
        { status: wanted.length > 0 ? wanted : null, first: Math.min(PAGE, limit - jobs.length), after },
      )
    jobs.push(...page.nodes)
    if (!page.pageInfo.hasNextPage) break
    after = page.pageInfo.endCursor
  }
  if (json) return console.log(JSON.stringify(jobs, null, 2))
  if (jobs.length === 0) return console.log('There are no jobs.')
  for (const job of jobs) console.log(`${job.jobId}  ${bar(job)}  ${describeJob(job)}`)
}

/** Stops a job, wherever it runs. @throws UsageError for one that is not there */
export async function cancelJob(client: ServiceClient, id: string): Promise<void> {
  const job = await client.ask<Job>(`mutation ($id: String!) { cancelPrecache(jobId: $id) { ${JOB} } }`, {
    id,
  })
  const ended = job.status === 'DONE' || job.status === 'FAILED'
  console.log(ended ? `${describeJob(job)}: there was nothing to stop` : `${visible(id)}: is being stopped`)
}

function bar({ progress, attempts }: Job): string {
  return `${String(Math.floor(progress * 100)).padStart(3)} %${attempts > 1 ? `, attempt ${attempts}` : ''}`
}
