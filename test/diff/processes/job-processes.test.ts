import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { JobProcesses } from '../../../src/diff/processes/job-processes.ts'
import { removeTree } from '../../../src/diff/tools/remove-tree.ts'
import { DiffCommandError, DiffCommandMemoryError, InvalidPackageError } from '../../../src/errors.ts'
import { type BundledScript, bundleScript } from '../../fixtures/bundle-script.ts'

const NEVER = new AbortController().signal
const source = (name: string) => join(import.meta.dirname, name)

let program: BundledScript
let dir: string

beforeAll(async () => {
  program = await bundleScript(source('program.mjs'))
  dir = await mkdtemp(join(tmpdir(), 'differ-job-processes-'))
})
afterAll(async () => {
  await program.remove()
  await removeTree(dir)
})

function startProcesses(): JobProcesses {
  const processes = new JobProcesses(pathToFileURL(program.path))
  onTestFinished(() => processes.close())
  return processes
}

interface Echo {
  readonly word: unknown
  readonly pid: number
}

/** True until its parent has noticed its end. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Whether a process has ended, also if its new parent never notices that. */
function hasEnded(pid: number): boolean {
  return !isRunning(pid) || /\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
}

/** Whether this process has started a process with a program. */
function isChildWith(path: string, pid: string): boolean {
  try {
    const parent = /\) . (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1]
    return Number(parent) === process.pid && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(path)
  } catch {
    return false
  }
}

describe('job processes', () => {
  it('run jobs one after the other in one process, and concurrent ones in several', async () => {
    const processes = startProcesses()
    const echo = (word: unknown) => processes.run<Echo>('file', { what: 'echo', word }, NEVER)
    const first = await echo('one')
    const word = { bytes: Buffer.from('two'), map: new Map([[1, 2n]]) }
    expect(await echo(word)).toEqual({ word, pid: first.pid })
    const [one, other] = await Promise.all([echo(1), echo(2)])
    expect([one.word, other.word]).toEqual([1, 2])
    expect(new Set([first.pid, one.pid, other.pid]).size).toBe(2)
    expect(first.pid).not.toBe(process.pid)
  })

  it('are prepared once, and run the next job', async () => {
    const processes = startProcesses()
    const prepared = () =>
      readdirSync('/proc')
        .filter((name) => /^\d+$/.test(name) && isChildWith(program.path, name))
        .map(Number)
    const before = prepared()
    processes.prepare()
    processes.prepare()
    const started = prepared().filter((pid) => !before.includes(pid))
    expect(started).toHaveLength(1)
    expect(await processes.run<Echo>('file', { what: 'echo' }, NEVER)).toMatchObject({ pid: started[0] })
    processes.prepare()
    expect(prepared().filter((pid) => !before.includes(pid))).toEqual(started)
  })

  it('throw what a job throws, with its class', async () => {
    const processes = startProcesses()
    await expect(processes.run('summary', { what: 'refuse' }, NEVER)).rejects.toThrow(InvalidPackageError)
  })

  it('cancel a job with the reason of its signal, and go on', async () => {
    const processes = startProcesses()
    const abort = new AbortController()
    const startedPath = join(dir, 'cancelled')
    const { pid } = await processes.run<Echo>('summary', { what: 'echo' }, NEVER)
    const job = processes.run('summary', { what: 'wait', startedPath }, abort.signal)
    await expect.poll(() => existsSync(startedPath)).toBe(true)
    abort.abort(new Error('no longer wanted'))
    await expect(job).rejects.toThrow('no longer wanted')
    expect(await processes.run<Echo>('summary', { what: 'echo' }, NEVER)).toMatchObject({ pid })
  })

  it.each([
    ['needs too much memory', { what: 'fill' }, DiffCommandMemoryError],
    ['ends its process', { what: 'exit' }, 'its process ended (3)'],
  ])('fail a job that %s, and no other', async (_, job, error) => {
    const processes = startProcesses()
    const failing = expect(processes.run('summary', job, NEVER)).rejects.toThrow(error)
    expect(await processes.run<Echo>('summary', { what: 'echo', word: 1 }, NEVER)).toMatchObject({ word: 1 })
    await failing
    expect(await processes.run<Echo>('summary', { what: 'echo', word: 2 }, NEVER)).toMatchObject({ word: 2 })
  })

  it('fail a job whose process is killed, and replace an idle process that was', async () => {
    const processes = startProcesses()
    const { pid } = await processes.run<Echo>('summary', { what: 'echo' }, NEVER)
    const startedPath = join(dir, 'killed')
    const job = processes.run('summary', { what: 'wait', startedPath }, NEVER)
    await expect.poll(() => existsSync(startedPath)).toBe(true)
    process.kill(pid, 'SIGKILL')
    await expect(job).rejects.toMatchObject({
      constructor: DiffCommandError,
      retryable: true,
      message: 'summary stopped, because its process ended (SIGKILL)',
    })
    const next = await processes.run<Echo>('summary', { what: 'echo' }, NEVER)
    process.kill(next.pid, 'SIGKILL')
    await expect.poll(() => isRunning(next.pid)).toBe(false)
    expect(await processes.run<Echo>('summary', { what: 'echo', word: 'x' }, NEVER)).toMatchObject({
      word: 'x',
    })
  })

  it('give a job to another process if an idle one has ended unnoticed', async () => {
    const processes = startProcesses()
    const echo = (word: number) => processes.run<Echo>('summary', { what: 'echo', word }, NEVER)
    const idle = await Promise.all([echo(1), echo(2)])
    for (const { pid } of idle) process.kill(pid, 'SIGKILL')
    // In the same turn of the event loop: their ends have not been noticed.
    const { pid, word } = await echo(3)
    expect(word).toBe(3)
    expect(idle.map((one) => one.pid)).not.toContain(pid)
  })

  it('are left alone by signals for all processes of a service', async () => {
    const processes = startProcesses()
    const { pid } = await processes.run<Echo>('summary', { what: 'echo' }, NEVER)
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.kill(pid, signal)
    expect(await processes.run<Echo>('summary', { what: 'echo' }, NEVER)).toMatchObject({ pid })
  })

  it('end when they are closed, in the middle of a job too', async () => {
    const processes = new JobProcesses(pathToFileURL(program.path))
    const { pid } = await processes.run<Echo>('summary', { what: 'echo' }, NEVER)
    const startedPath = join(dir, 'closed')
    const job = expect(processes.run('summary', { what: 'wait', startedPath }, NEVER)).rejects.toThrow(
      'its process ended',
    )
    await expect.poll(() => existsSync(startedPath)).toBe(true)
    await processes.close()
    expect(isRunning(pid)).toBe(false)
    await job
  })

  it('end with a parent that is killed', async () => {
    const parent = await bundleScript(source('parent.ts'), [])
    onTestFinished(() => parent.remove())
    const startedPath = join(dir, 'orphaned')
    const child = spawn(process.execPath, [parent.path, program.path, startedPath], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = (await once(child.stdout, 'data')) as [Buffer]
    await expect.poll(() => existsSync(startedPath)).toBe(true)
    expect(isRunning(Number(line))).toBe(true)
    child.kill('SIGKILL')
    await expect.poll(() => hasEnded(Number(line))).toBe(true)
  })
})
