import { statFields, TICKS_PER_SECOND } from './process-table.ts'

/**
 * What earlier calls have returned, in total. The kernel has one counter for all children of the process, so
 * the amount already returned is a fact of the process too, and this variable has no owner that could close
 * it.
 */
let attributed = totalSeconds()

/**
 * CPU time, in seconds, of the children of this process that have ended since the last call, and of the
 * descendants that they waited for. If called when a child starts and when it ends, it is the time of that
 * child; of two children that end in the same turn of the event loop, the first is attributed both. The
 * kernel counts in steps of 10 ms, and does not count processes that a tool leaves running. Returns 0 if no
 * file descriptor is free; the next call then includes the time.
 */
export function endedChildrenSeconds(): number {
  const total = readOrKeep()
  const seconds = total - attributed
  attributed = total
  return seconds
}

function readOrKeep(): number {
  try {
    return totalSeconds()
  } catch {
    return attributed
  }
}

function totalSeconds(): number {
  const fields = statFields(process.pid)
  return (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND
}
