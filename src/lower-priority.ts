/** Leaves the processors to the event loop where tools and threads need more than there are. */
import { constants, getPriority, setPriority } from 'node:os'

/** As nice(1). dpkg-deb unpacks in several threads: beside a few of them, the event loop waits over 100 ms for its turn. */
const NICENESS = 5

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
