/**
 * Job processes that the engines of one test process share, one after the other. Hundreds of tests have an engine of
 * their own, and a new process takes a quarter of a second of processor time until its code is fast.
 */
import type { ChildProcess } from 'node:child_process'
import { EventEmitter } from 'node:events'

/** More are rarely idle at the same time. */
const MAX_IDLE = 3
const EVENTS = ['message', 'error', 'exit', 'close'] as const

interface Idle {
  readonly key: string
  readonly child: ChildProcess
}

const idle: Idle[] = []

/**
 * @param what it is started from; a process is lent again only for the same, and with the same environment
 * @returns a process that an engine uses as if it had started it
 */
export function lend(what: readonly unknown[], start: () => ChildProcess): ChildProcess {
  // The number of the test file, which job processes do not read.
  const key = JSON.stringify([what, { ...process.env, VITEST_WORKER_ID: undefined }])
  const at = idle.findIndex((one) => one.key === key)
  const child = at < 0 ? keep(start()) : (idle.splice(at, 1)[0] as Idle).child
  return new LentProcess(child, key) as unknown as ChildProcess
}

/** For tests that change how processes are started. */
export function endIdleProcesses(): void {
  for (const { child } of idle.splice(0)) child.kill('SIGKILL')
}

/** Forgets it when it ends. */
function keep(child: ChildProcess): ChildProcess {
  return child
    .on('error', () => {})
    .on('exit', () => {
      const at = idle.findIndex((one) => one.child === child)
      if (at >= 0) idle.splice(at, 1)
    })
}

/** What `JobProcesses` uses of a `ChildProcess`. Killing it while it has no job gives it back. */
class LentProcess extends EventEmitter {
  readonly #child: ChildProcess
  readonly #key: string
  readonly #forwards = new Map<string, (...values: unknown[]) => void>()
  /** Numbers of jobs that it has not answered. */
  readonly #jobs = new Set<number>()
  #isBack = false

  constructor(child: ChildProcess, key: string) {
    super()
    this.#child = child
    this.#key = key
    for (const event of EVENTS) {
      const forward = (...values: unknown[]) => {
        if (event === 'message') this.#jobs.delete((values[0] as { id: number }).id)
        this.emit(event, ...values)
      }
      this.#forwards.set(event, forward)
      child.on(event, forward)
    }
  }

  get pid() {
    return this.#child.pid
  }
  get stderr() {
    return this.#child.stderr
  }
  get channel() {
    return this.#child.channel
  }
  get exitCode() {
    return this.#child.exitCode
  }
  get signalCode() {
    return this.#isBack ? 'SIGKILL' : this.#child.signalCode
  }

  ref(): void {
    this.#child.ref()
  }
  unref(): void {
    this.#child.unref()
  }

  send(request: { id?: number }, sent: (error: Error | null) => void): boolean {
    if (request.id !== undefined) this.#jobs.add(request.id)
    return this.#child.send(request, sent)
  }

  kill(signal: NodeJS.Signals): boolean {
    const child = this.#child
    const isUsable = this.#jobs.size === 0 && child.connected && child.exitCode === null
    if (!isUsable) return child.kill(signal)
    this.#isBack = true
    for (const [event, forward] of this.#forwards) child.off(event, forward)
    child.stderr?.removeAllListeners('data')
    for (const part of [child, child.channel, child.stderr as unknown as Pick<ChildProcess, 'unref'> | null])
      part?.unref()
    idle.push({ key: this.#key, child })
    // The oldest ends, not this one: a test file may be the last one that uses its environment.
    if (idle.length > MAX_IDLE) idle.shift()?.child.kill('SIGKILL')
    setImmediate(() => {
      for (const event of ['exit', 'close']) this.emit(event, null, signal)
    })
    return true
  }
}
