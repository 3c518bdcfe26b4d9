/** A thread that makes summaries and reports of single files, and searches reports: each message is a job, or cancels one. */
import { parentPort } from 'node:worker_threads'
import { runFileJob } from './file/file-job.ts'
import { runPictureJob } from './file/picture-job.ts'
import { runSearchJob } from './search/search-job.ts'
import { runSummaryJob } from './summary/summary-job.ts'
import { serveJobs } from './threads/serve-jobs.ts'

if (parentPort)
  serveJobs(parentPort, {
    summary: runSummaryJob,
    file: runFileJob,
    picture: runPictureJob,
    search: runSearchJob,
  })
