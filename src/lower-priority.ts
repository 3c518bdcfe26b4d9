/** Leaves the processors to the event loop where tools and threads need more than there are. */
import { writeFileSync } from 'node:fs'
import { constants, getPriority, setPriority } from 'node:os'

/** As nice(1). dpkg-deb unpacks in several threads: beside a few of them, the event loop waits over 100 ms for its turn. */
const NICENESS = 10

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
 * @param leader a process that was started as the leader of a session, `detached` in Node.js
 */
export function lowerSessionPriority(leader: number): void {
  try {
    writeFileSync(`/proc/${leader}/autogroup`, String(NICENESS))
  } catch {
    // As above; or the system has no such groups, or wants only ten of these changes a second of users other than root.
  }
}
