/** Runs jobs in the thread of summaries, as `summary-workers.ts` sends them. */
import type { MessagePort } from 'node:worker_threads'
import { serializeError } from '../../serialize-error.ts'
import { runSummaryJob } from './summary-job.ts'
import type { WorkerRequest, WorkerResponse } from './summary-messages.ts'

export function serveSummaryJobs(port: MessagePort): void {
  const running = new Map<number, AbortController>()
  port.on('message', (request: WorkerRequest) => {
    if ('cancel' in request) {
      running.get(request.cancel)?.abort(new Error('The job was cancelled'))
      return
    }
    const { id, job } = request
    const abort = new AbortController()
    running.set(id, abort)
    const respond = (response: WorkerResponse) => {
      running.delete(id)
      port.postMessage(response)
    }
    runSummaryJob(job, abort.signal).then(
      (outcome) => respond({ id, outcome }),
      (error: unknown) => respond({ id, error: serializeError(error) }),
    )
  })
}
