import { readFileSync } from 'node:fs'

/** `USER_HZ`, which Linux has fixed at 100 for all that it shows in /proc. */
const TICKS_PER_SECOND = 100

let attributed = totalSeconds()

/**
 * Processor time, in seconds, of the children of this process that have ended since the last call, with all that they waited for themselves.
 * Called when a child starts and when it ends, it is that child's: only where two end in the same moment does the first get what both took. The
 * kernel counts it, exact to 10 ms; what a tool leaves running when it ends is not in it. Where there is no descriptor to look with it is 0, and the next call tells that
 * time as well.
 */
export function endedChildrenSeconds(): number {
  const total = lookAgain()
  const seconds = total - attributed
  attributed = total
  return seconds
}

function lookAgain(): number {
  try {
    return totalSeconds()
  } catch {
    return attributed
  }
}

function totalSeconds(): number {
  const stat = readFileSync('/proc/self/stat', 'latin1')
  // The program's name, in parentheses, may itself hold blanks.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND
}
