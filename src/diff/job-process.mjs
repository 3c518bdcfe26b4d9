/** A process that makes summaries and reports of single files, and searches reports: each message is a job, or cancels one. */
import { runFileJob } from './file/file-job.ts'
import { runPictureJob } from './file/picture-job.ts'
import { KnownPackages } from './package/known-packages.ts'
import { serveJobs } from './processes/serve-jobs.ts'
import { runSearchJob } from './search/search-job.ts'
import { runSummaryJob } from './summary/summary-job.ts'

const known = new KnownPackages()
serveJobs({
  summary: (job, signal) => runSummaryJob(job, signal, known),
  file: (job, signal) => runFileJob(job, signal, known),
  picture: (job, signal) => runPictureJob(job, signal, known),
  search: runSearchJob,
})
