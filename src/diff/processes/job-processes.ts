/**
 * Processes that make summaries and reports of single files, and search reports. Comparing two large files takes long stretches of processor time,
 * which must not hold up the service's answers, and what a hostile package makes of it is bounded by the process. They are no threads of the
 * service, because a program starts ten times as fast from a small process as from a large one, whose page tables the kernel copies; and because
 * all threads wait for each other whenever one gets or returns memory.
 */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { DiffCommandError, DiffCommandMemoryError, type DifferError } from '../../errors.ts'
import { lowerSessionPriority } from '../../lower-priority.ts'
import { deserializeError } from '../../serialize-error.ts'
import { startProcess } from '../../start-program.ts'
import { assertFreeDescriptors } from '../tools/check-free-descriptors.ts'
import type { JobKind, JobRequest, JobResponse } from './job-messages.ts'

/** Of JavaScript objects, in megabytes: file contents are outside of this. A job that needs more ends its process, not the service. */
const MAX_HEAP_MB = 512
/** Idle processes are ended after this time. A new one takes a tenth of a second, and is slow at first. */
const IDLE_MS = 600_000
/** What a job of each kind does, as the subject of a message. Only summaries are a `ResultKind` of their own. */
const WORK: Readonly<Record<JobKind, string>> = {
  summary: 'summary',
  file: 'comparison of a file',
  picture: 'reading of a picture',
  search: 'search',
}
/** Of the end of standard error, which says why V8 has ended a process. */
const MAX_STDERR_CHARACTERS = 4_000

interface JobProcess {
  readonly child: ChildProcess
  idle: NodeJS.Timeout | null
  stderr: string
}

export class JobProcesses {
  readonly #program: URL
  readonly #idle: JobProcess[] = []
  readonly #busy = new Set<JobProcess>()
  #isClosed = false
  #lastId = 0

  /** @param program an `.mjs` module that calls `serveJobs` */
  constructor(program: URL) {
    this.#program = program
  }

  /**
   * Runs a job in an idle process, or in a new one; the caller bounds how many run concurrently.
   * @returns what the program of this kind returns
   * @throws as that program; DiffCommandMemoryError where the process has too many objects; DiffCommandError where it has ended otherwise; errors of the
   *   system if it could not start
   */
  async run<Outcome>(kind: JobKind, job: object, signal: AbortSignal): Promise<Outcome> {
    signal.throwIfAborted()
    for (;;) {
      const idle = this.#idle.pop()
      try {
        return (await this.#runIn(idle ?? this.#start(), kind, job, signal)) as Outcome
      } catch (error) {
        if (signal.aborted) throw signal.reason
        if (!(error instanceof ProcessEndedError)) throw error
        // An idle process may have ended before this one noticed it: then another one takes the job.
        if (!idle || error.hadJob || this.#isClosed) throw typedError(error, kind)
      }
    }
  }

  async #runIn(process: JobProcess, kind: JobKind, job: object, signal: AbortSignal): Promise<unknown> {
    if (process.idle) clearTimeout(process.idle)
    this.#busy.add(process)
    let isAlive = true
    try {
      return await this.#ask(process, kind, job, signal)
    } catch (error) {
      isAlive = !(error instanceof ProcessEndedError)
      throw error
    } finally {
      this.#busy.delete(process)
      if (isAlive && !this.#isClosed) this.#rest(process)
      else await end(process)
    }
  }

  /** Starts a process unless there is one: a job that comes soon need not wait for its start. */
  prepare(): void {
    if (this.#isClosed || this.#idle.length + this.#busy.size > 0) return
    try {
      this.#rest(this.#start())
    } catch {
      // The job reports that no process can be started.
    }
  }

  /** Ends all processes. Jobs that are running fail; their tools must have been stopped by their signals before. */
  async close(): Promise<void> {
    this.#isClosed = true
    const processes = [...this.#idle.splice(0), ...this.#busy]
    for (const { idle } of processes) if (idle) clearTimeout(idle)
    await Promise.all(processes.map(end))
  }

  #start(): JobProcess {
    assertFreeDescriptors()
    const child = startProcess(this.#program, MAX_HEAP_MB)
    lowerSessionPriority(child)
    const process: JobProcess = { child, idle: null, stderr: '' }
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      process.stderr = (process.stderr + text).slice(-MAX_STDERR_CHARACTERS)
    })
    // Listeners must be there even while no job is; an ended process is not used again.
    child.on('error', () => {}).on('exit', () => this.#forget(process))
    return process
  }

  #forget(process: JobProcess): void {
    const at = this.#idle.indexOf(process)
    if (at >= 0) this.#idle.splice(at, 1)
    if (process.idle) clearTimeout(process.idle)
  }

  /** An idle process does not keep this one from ending. */
  #rest(process: JobProcess): void {
    setReferenced(process, false)
    process.idle = setTimeout(() => {
      this.#forget(process)
      void end(process)
    }, IDLE_MS).unref()
    this.#idle.push(process)
  }

  #ask(process: JobProcess, kind: JobKind, job: object, signal: AbortSignal): Promise<unknown> {
    this.#lastId += 1
    const id = this.#lastId
    const { child } = process
    setReferenced(process, true)
    return new Promise((resolve, reject) => {
      let hadJob = false
      const onMessage = (response: JobResponse) => {
        if ('taken' in response) hadJob ||= response.taken === id
        if (!('id' in response) || response.id !== id) return
        settle()
        if ('error' in response) reject(deserializeError(response.error))
        else resolve(response.outcome)
      }
      const onEnd = (cause: unknown, signal?: unknown) => {
        settle()
        reject(new ProcessEndedError(process.stderr, cause ?? signal, hadJob))
      }
      const send = (request: JobRequest) => child.send(request, (error) => error && onEnd(error))
      const onAbort = () => send({ cancel: id })
      const settle = () => {
        child.off('message', onMessage).off('error', onEnd).off('close', onEnd)
        signal.removeEventListener('abort', onAbort)
      }
      // Not 'exit': what the process has printed last comes before 'close'.
      child.on('message', onMessage).on('error', onEnd).on('close', onEnd)
      signal.addEventListener('abort', onAbort, { once: true })
      send({ id, kind, job })
    })
  }
}

/** The process has ended before it answered. */
class ProcessEndedError extends Error {
  readonly isOutOfMemory: boolean
  /** What happened to it, for people. */
  readonly reason: string
  /** Whether it had taken the job. */
  readonly hadJob: boolean

  /** @param end the system's error, the exit code, or the signal */
  constructor(stderr: string, end: unknown, hadJob: boolean) {
    const [line] = stderr.match(/^.*\b(?:FATAL ERROR|Error)\b.*$/m) ?? []
    const how = end instanceof Error ? end.message : `${end}`
    const reason = `stopped, because its process ended (${line ?? how})`
    super(reason, { cause: end })
    this.reason = reason
    this.hadJob = hadJob
    this.isOutOfMemory = /heap out of memory|heap limit|invalid array length/i.test(line ?? '')
  }
}

function typedError(error: ProcessEndedError, kind: JobKind): DifferError {
  // What the job compares has more parts than fit: larger limits would not help, another attempt neither.
  if (error.isOutOfMemory) return new DiffCommandMemoryError('summary', MAX_HEAP_MB << 20, WORK[kind])
  // Something outside has ended the process, such as the kernel for want of memory: another attempt may succeed.
  const { reason } = error
  const facts = { exitCode: null, stderr: '', reason, retryable: true, what: WORK[kind] }
  return Object.assign(new DiffCommandError('summary', facts), { cause: error })
}

function setReferenced({ child }: JobProcess, isReferenced: boolean): void {
  const parts = [child, child.channel, child.stderr as unknown as Pick<ChildProcess, 'ref' | 'unref'> | null]
  for (const part of parts)
    if (isReferenced) part?.ref()
    else part?.unref()
}

async function end({ child }: JobProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.ref()
  child.kill('SIGKILL')
  await ended
}
