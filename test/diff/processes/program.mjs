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
    for (;;) kept.push(Array.from({ length: 100_000 }, (_, index) => ({ index })))
  },
  exit: async () => process.exit(3),
}

const run = (job, signal) => JOBS[job.what](job, signal)
serveJobs({ summary: run, file: run, picture: run, search: run })
