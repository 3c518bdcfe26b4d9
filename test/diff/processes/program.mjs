/** Jobs that do what is hard on a process; each gets the words that it needs. */
import { writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { serveJobs } from '../../../src/diff/processes/serve-jobs.ts'
import { InvalidPackageError } from '../../../src/errors.ts'

const JOBS = {
  echo: async ({ word }) => ({ word, pid: process.pid }),
  refuse: async () => {
    throw new InvalidPackageError('a_1_all.deb', 'it is a test')
  },
  wait: async ({ startedPath }, signal) => {
    await writeFile(startedPath, '')
    await sleep(600_000, undefined, { signal })
  },
  fill: async () => {
    const kept = []
    // Few large objects: with many small ones, V8 looks for garbage for seconds before it gives up.
    for (;;) kept.push(new Array(2_000_000).fill(0.5))
  },
  exit: async () => process.exit(3),
}

const run = (job, signal) => JOBS[job.what](job, signal)
serveJobs({ summary: run, file: run, picture: run, search: run })
