/** The thread that makes summaries: each message is a job, or cancels one. */
import { parentPort } from 'node:worker_threads'
import { serveSummaryJobs } from './summary-worker-host.ts'

if (parentPort) serveSummaryJobs(parentPort)
