/** What the service and its threads of summaries send to each other. */
import type { SerializedError } from '../../serialize-error.ts'
import type { SummaryJob, SummaryOutcome } from './summary-job.ts'

/** What a thread gets: a job, or the number of one that nobody needs any more. */
export type WorkerRequest = { readonly id: number; readonly job: SummaryJob } | { readonly cancel: number }
/** What it answers, when a job has ended. */
export type WorkerResponse =
  | { readonly id: number; readonly outcome: SummaryOutcome }
  | { readonly id: number; readonly error: SerializedError }
