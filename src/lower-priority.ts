/** Leaves the processors to the event loop where tools and threads need more than there are. */
import { writeFileSync } from 'node:fs'
import { constants, getPriority, setPriority } from 'node:os'

/**
 * As nice(1), of processes and of sessions. Measured with two dpkg-deb on two processors: beside sessions of 10, an
 * event loop that does nothing was late by up to 80 ms, and by less than 15 ms beside sessions of 15.
 */
const NICENESS = 15
/** Linux lets users other than root change the priority of one session in this time, all users together. */
const SESSION_RETRY_MS = 100

/** What this module needs of a `ChildProcess` of Node.js. */
interface StartedProcess {
  /** Undefined if it could not be started. */
  readonly pid?: number | undefined
  /** Null while it runs, like the next. */
  readonly exitCode: number | null
  readonly signalCode: string | null
}

/** A command that lowers its own priority before it begins. */
export function niced(command: readonly string[]): string[] {
  return ['nice', '-n', String(NICENESS), ...command]
}

/**
 * Lowers the priority of a process, or of a thread. What it starts later inherits that.
 * @param id of a process that has just been started; 0 for the calling thread, as in setpriority(2)
 */
export function lowerPriority(id: number): void {
  try {
    // That of the main thread, whichever thread calls.
    const own = getPriority(process.pid)
    setPriority(id, Math.min(own + NICENESS, constants.priority.PRIORITY_LOW))
  } catch {
    // The process has ended, or the system does not allow it: it only runs at the usual priority.
  }
}

/**
 * Lowers the priority of a session, in addition to that of its processes. Linux gives each session an equal share of
 * the processors, however nice its processes are, unless control groups decide (sched(7), "The autogroup feature").
 * Where Linux asks for patience, this is tried again while the leader runs.
 * @param leader a process that was started as the leader of a session, `detached` in Node.js
 */
export function lowerSessionPriority(leader: StartedProcess): void {
  if (leader.pid === undefined || leader.exitCode !== null || leader.signalCode !== null) return
  try {
    writeFileSync(`/proc/${leader.pid}/autogroup`, String(NICENESS))
  } catch (error) {
    // Otherwise as above, or the system has no such groups.
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return
    setTimeout(() => lowerSessionPriority(leader), SESSION_RETRY_MS).unref()
  }
}
