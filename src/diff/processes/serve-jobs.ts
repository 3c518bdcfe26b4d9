/** Runs jobs in a process, as `job-processes.ts` sends them. */
import { lowerOwnPriority } from '../../lower-priority.ts'
import { serializeError } from '../../serialize-error.ts'
import type { JobKind, JobRequest, JobResponse } from './job-messages.ts'

/** Returns the outcome of a job, as plain data. */
type JobProgram = (job: never, signal: AbortSignal) => Promise<unknown>

/** Never returns: the process ends with its parent. */
export function serveJobs(programs: Readonly<Record<JobKind, JobProgram>>): void {
  lowerOwnPriority()
  // The system may send them to all processes of a service. It decides itself when its jobs end.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {})
  process.on('disconnect', () => process.exit())
  const running = new Map<number, AbortController>()
  process.on('message', (request: JobRequest) => {
    if ('cancel' in request) {
      running.get(request.cancel)?.abort(new Error('The job was cancelled'))
      return
    }
    const { id, kind, job } = request
    const abort = new AbortController()
    running.set(id, abort)
    const respond = (response: JobResponse) => process.send?.(response)
    respond({ taken: id })
    programs[kind](job as never, abort.signal)
      .then(
        (outcome) => respond({ id, outcome }),
        (error: unknown) => respond({ id, error: serializeError(error) }),
      )
      .finally(() => running.delete(id))
  })
}
