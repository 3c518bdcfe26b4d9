/** Leaves the processors to the event loop where tools and threads need more than there are. */
import { readdirSync, writeFileSync } from 'node:fs'
import { constants, getPriority, setPriority } from 'node:os'

/** As nice(1). dpkg-deb unpacks in several threads: beside a few of them, the event loop waits over 100 ms for its turn. */
const NICENESS = 10
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

/** Whether this process has lowered its own priority, which what it starts inherits. */
let isLowered = false

/** Lowers the priority of this process: of all its threads, and of what they start from now on. */
export function lowerOwnPriority(): void {
  const priority = lowered()
  for (const thread of ownThreads()) setPriorityOf(thread, priority)
  isLowered = true
}

/** Linux has a priority for each thread, and V8 starts some before any program runs. */
function ownThreads(): number[] {
  try {
    return readdirSync('/proc/self/task').map(Number)
  } catch {
    // Another system, on which the priority is that of the process.
    return [process.pid]
  }
}

/** A command that lowers its own priority before it begins, unless it inherits a lower one. */
export function niced(command: readonly string[]): string[] {
  return isLowered ? [...command] : ['nice', '-n', String(NICENESS), ...command]
}

/**
 * Lowers the priority of a process, or of a thread, unless it inherits a lower one. What it starts later inherits that.
 * @param id of a process that has just been started; 0 for the calling thread, as in setpriority(2)
 */
export function lowerPriority(id: number): void {
  if (!isLowered) setPriorityOf(id, lowered())
}

function lowered(): number {
  // Of the main thread, whichever thread calls.
  return Math.min(getPriority(process.pid) + NICENESS, constants.priority.PRIORITY_LOW)
}

function setPriorityOf(id: number, priority: number): void {
  try {
    setPriority(id, priority)
  } catch {
    // It has ended, or the system does not allow it: it only runs at the usual priority.
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
