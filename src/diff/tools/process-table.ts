/** A job's processes, found by what they inherited: an entry of their environment. Linux's /proc is the source. */
import { readdirSync, readFileSync } from 'node:fs'
import { setImmediate, setTimeout as sleep } from 'node:timers/promises'

/** Reading one entry of /proc takes about 25 µs: so many in one go hold the event loop for about a millisecond. */
const BATCH = 50
/** A process in an uninterruptible wait outlives SIGKILL; it is not waited for longer than this. */
const KILL_DEADLINE_MS = 5_000

/** What earlier looks found: process id → does it belong to the job. Forgotten when the process goes. */
export type Seen = Map<number, boolean>

/**
 * Ids of the processes whose environment has an entry that begins with `entry` (`NAME=value`). Zombies and processes of other users are not among
 * them. With `seen`, a process is classified once and not again: for polling, where a stale answer does no harm.
 * @throws Error of the system where there is no descriptor to look with
 */
export async function findProcesses(entry: string, seen?: Seen): Promise<number[]> {
  const found: number[] = []
  const running = new Set<number>()
  let looked = 0
  for (const name of readdirSync('/proc')) {
    const pid = Number(name)
    if (!Number.isInteger(pid)) continue
    running.add(pid)
    let belongs = seen?.get(pid)
    if (belongs === undefined) {
      belongs = hasEntry(readProc(pid, 'environ'), entry)
      seen?.set(pid, belongs)
      if (++looked % BATCH === 0) await setImmediate()
    }
    if (belongs) found.push(pid)
  }
  for (const pid of seen?.keys() ?? []) if (!running.has(pid)) seen?.delete(pid)
  return found
}

/**
 * Kills every process that has `entry` in its environment, and looks again until there is none.
 * @throws Error of the system where there was no descriptor to look with all the while
 */
export async function killProcesses(entry: string): Promise<void> {
  const deadline = performance.now() + KILL_DEADLINE_MS
  for (let pauseMs = 2; ; pauseMs = Math.min(pauseMs * 2, 100)) {
    const isLast = performance.now() >= deadline
    try {
      const pids = await findProcesses(entry)
      if (pids.length === 0) return
      for (const pid of pids) sendSignal(pid, 'SIGKILL')
    } catch (error) {
      if (isLast) throw error
    }
    if (isLast) return
    await sleep(pauseMs)
  }
}

/** Sends a signal to a process, or to a group as its negative id; one that is gone already, or is nobody of ours, is fine. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ESRCH' && code !== 'EPERM') throw error
  }
}

/** Resident bytes of these processes, added up. Memory that they share counts several times. */
export function residentBytes(pids: readonly number[]): number {
  return sum(pids, (pid) => kilobytes(readProc(pid, 'status'), /^VmRSS:\s+(\d+) kB/m))
}

/** As `residentBytes`, but shared memory is divided among those who share it. Dearer: the kernel walks the page tables. */
export function proportionalBytes(pids: readonly number[]): number {
  return sum(pids, (pid) => kilobytes(readProc(pid, 'smaps_rollup'), /^Pss:\s+(\d+) kB/m))
}

/** When the process started, in clock ticks since boot, or null where there is no such process. With its id, it names a process for good. */
export function startTicks(pid: number): number | null {
  const stat = readProc(pid, 'stat')
  // The program's name, in parentheses, may itself hold blanks and parentheses.
  const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  return ticks === undefined ? null : Number(ticks)
}

/** Nothing for a process that is gone or another user's. @throws Error of the system where no file can be opened at all: that says nothing of the process */
function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EMFILE' || code === 'ENFILE') throw error
    return ''
  }
}

function hasEntry(environ: string, entry: string): boolean {
  return environ.startsWith(entry) || environ.includes(`\0${entry}`)
}

function kilobytes(text: string, pattern: RegExp): number {
  return Number(pattern.exec(text)?.[1] ?? 0) * 1024
}

function sum(pids: readonly number[], measure: (pid: number) => number): number {
  return pids.reduce((total, pid) => total + measure(pid), 0)
}
