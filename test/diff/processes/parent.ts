/** Runs a job that never ends, and prints the process identifier of the job's process before. */
import { pathToFileURL } from 'node:url'
import { JobProcesses } from '../../../src/diff/processes/job-processes.ts'

const [program = '', startedPath = ''] = process.argv.slice(2)
const processes = new JobProcesses(pathToFileURL(program))
const { signal } = new AbortController()
const { pid } = await processes.run<{ pid: number }>('summary', { what: 'echo' }, signal)
console.log(pid)
await processes.run('summary', { what: 'wait', startedPath }, signal)
