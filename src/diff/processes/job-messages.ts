/** What the service and its job processes send to each other. */
import type { SerializedError } from '../../serialize-error.ts'

/** Which program runs the job: each makes one kind of result. */
export type JobKind = 'summary' | 'file' | 'picture' | 'search'

/** What a process gets: a job, as plain data, or the number of a job to stop. */
export type JobRequest =
  | { readonly id: number; readonly kind: JobKind; readonly job: object }
  | { readonly cancel: number }
/** What it answers: once it has a job, and when the job has ended. */
export type JobResponse =
  | { readonly taken: number }
  | { readonly id: number; readonly outcome: unknown }
  | { readonly id: number; readonly error: SerializedError }
