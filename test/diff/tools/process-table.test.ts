/** Which processes belong to a job. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { findProcesses, killProcesses } from '../../../src/diff/tools/process-table.ts'

const ENTRY = `DIFFER_JOB=test-${process.pid}`
/** The highest id that Linux gives is below. */
const NEVER_AN_ID = 2 ** 30

let child: ChildProcess
let pid: number
beforeAll(async () => {
  child = spawn('sleep', ['1000'], { env: { ...process.env, DIFFER_JOB: `test-${process.pid}` } })
  await once(child, 'spawn')
  pid = child.pid as number
})
afterAll(() => child.kill('SIGKILL'))

it('finds the processes that have inherited the entry of a job', async () => {
  expect(await findProcesses(ENTRY, new Set())).toEqual([pid])
  expect(await findProcesses(`${ENTRY}0`, new Set())).toEqual([])
})

it('passes over older processes, and forgets those that have ended, as their ids are used again', async () => {
  const older = new Set([process.pid, pid, NEVER_AN_ID])
  expect(await findProcesses(ENTRY, older)).toEqual([])
  expect([...older]).toEqual([process.pid, pid])
})

it('kills the processes of a job, but not older ones', async () => {
  await killProcesses(ENTRY, new Set([pid]))
  expect(child.signalCode).toBeNull()
  const ended = once(child, 'exit')
  await killProcesses(ENTRY, new Set([process.pid]))
  expect((await ended)[1]).toBe('SIGKILL')
})
