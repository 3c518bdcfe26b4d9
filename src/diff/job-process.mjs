/** A process that makes summaries and reports of single files, and searches reports: each message is a job, or cancels one. */
import { runFileJob } from './file/file-job.ts'
import { runPictureJob } from './file/picture-job.ts'
import { serveJobs } from './processes/serve-jobs.ts'
import { runSearchJob } from './search/search-job.ts'
import { runSummaryJob } from './summary/summary-job.ts'

serveJobs({
  summary: runSummaryJob,
  file: runFileJob,
  picture: runPictureJob,
  search: runSearchJob,
})
