/** Runs jobs in a thread, as `job-threads.ts` sends them. */
import type { MessagePort } from 'node:worker_threads'
import { lowerPriority } from '../../lower-priority.ts'
import { serializeError } from '../../serialize-error.ts'
import type { JobKind, JobRequest, JobResponse } from './job-messages.ts'

/** Returns the outcome of a job, as plain data. */
type JobProgram = (job: never, signal: AbortSignal) => Promise<unknown>

export function serveJobs(port: MessagePort, programs: Readonly<Record<JobKind, JobProgram>>): void {
  lowerPriority(0)
  const running = new Map<number, AbortController>()
  port.on('message', (request: JobRequest) => {
    if ('cancel' in request) {
      running.get(request.cancel)?.abort(new Error('The job was cancelled'))
      return
    }
    const { id, kind, job } = request
    const abort = new AbortController()
    running.set(id, abort)
    const respond = (response: JobResponse) => {
      running.delete(id)
      port.postMessage(response)
    }
    programs[kind](job as never, abort.signal).then(
      (outcome) => respond({ id, outcome }),
      (error: unknown) => respond({ id, error: serializeError(error) }),
    )
  })
}
