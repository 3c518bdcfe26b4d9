/** A process that makes summaries and reports of single files, and searches reports: each message is a job, or cancels one. */
import { setFlagsFromString } from 'node:v8'
import { runFileJob } from './file/file-job.ts'
import { runPictureJob } from './file/picture-job.ts'
import { KnownPackages } from './package/known-packages.ts'
import { serveJobs } from './processes/serve-jobs.ts'
import { runSearchJob } from './search/search-job.ts'
import { runSummaryJob } from './summary/summary-job.ts'

// Bytecode that a function runs before V8 may optimize it, instead of 66 KB. With that, it optimized thirty functions for each of the first summaries,
// on a processor that unpacks packages: libc6's takes 3 % longer. Versions of V8 without this setting only say so.
setFlagsFromString('--interrupt-budget=600000')

const known = new KnownPackages()
serveJobs({
  summary: (job, signal) => runSummaryJob(job, signal, known),
  file: (job, signal) => runFileJob(job, signal, known),
  picture: (job, signal) => runPictureJob(job, signal, known),
  search: runSearchJob,
})
