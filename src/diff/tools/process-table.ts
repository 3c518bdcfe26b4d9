/** Finds a job's processes in /proc by an environment variable that they have inherited. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { setImmediate, setTimeout as sleep } from 'node:timers/promises'

/** `USER_HZ`: Linux uses 100 for all times in /proc. */
export const TICKS_PER_SECOND = 100
/** Processes read per turn of the event loop. One takes about 25 µs. */
const BATCH = 50
/** A process in an uninterruptible wait survives SIGKILL, so we give up after this time. */
const KILL_DEADLINE_MS = 5_000

/**
 * Ids of processes that were there before a job, so that none of them belongs to it. Those that have ended are
 * removed at each search, as the kernel reuses ids.
 */
export type OlderProcesses = Set<number>

/** Earlier results: process id → whether it belongs to the job. Ids of ended processes are removed. */
export type KnownProcesses = Map<number, boolean>

/** @throws the system's error if no file descriptor is free */
export function runningProcesses(): Set<number> {
  return new Set(readdirSync('/proc').map(Number).filter(Number.isInteger))
}

/** The process that begins a sandbox; all others in it end when it ends. */
export interface SandboxInit {
  /** Outside of the sandbox. */
  readonly pid: number
  /** See `startTicks`. */
  readonly startedAt: number | null
}

/**
 * Ids of the processes whose environment has an entry that begins with `entry` (`NAME=value`), without
 * zombies and processes of other users.
 * @param older are not read
 * @param known then each process is read once only: for polling, where a stale result does no harm
 * @throws the system's error if no file descriptor is free
 */
export async function findProcesses(
  entry: string,
  older: OlderProcesses,
  known?: KnownProcesses,
): Promise<number[]> {
  const found: number[] = []
  const running = runningProcesses()
  for (const pid of older) if (!running.has(pid)) older.delete(pid)
  let reads = 0
  for (const pid of running) {
    if (older.has(pid)) continue
    let belongs = known?.get(pid)
    if (belongs === undefined) {
      belongs = hasEntry(readProc(pid, 'environ'), entry)
      known?.set(pid, belongs)
      if (++reads % BATCH === 0) await setImmediate()
    }
    if (belongs) found.push(pid)
  }
  for (const pid of known?.keys() ?? []) if (!running.has(pid)) known?.delete(pid)
  return found
}

/**
 * Kills every process that has `entry` in its environment, and repeats that until there is none.
 * @param older see `findProcesses`
 * @throws the system's error if no file descriptor was free for five seconds
 */
export async function killProcesses(entry: string, older: OlderProcesses = new Set()): Promise<void> {
  const deadline = performance.now() + KILL_DEADLINE_MS
  for (let pauseMs = 2; ; pauseMs = Math.min(pauseMs * 2, 100)) {
    const isLast = performance.now() >= deadline
    try {
      const pids = await findProcesses(entry, older)
      if (pids.length === 0) return
      for (const pid of pids) sendSignal(pid, 'SIGKILL')
    } catch (error) {
      if (isLast) throw error
    }
    if (isLast) return
    await sleep(pauseMs)
  }
}

/**
 * A process and all that it has started, in so far as their parents are still alive: in a sandbox those of
 * others belong to its first process. Null if the kernel does not list children (CONFIG_PROC_CHILDREN).
 * @throws the system's error if no file descriptor is free
 */
export function descendants(pid: number): number[] | null {
  if (!existsSync(`/proc/self/task/${process.pid}/children`)) return null
  const found = [pid]
  // The list grows while it is read.
  for (const one of found) found.push(...childrenOf(one))
  return found
}

/** Each thread has its own children. */
function childrenOf(pid: number): number[] {
  const threads = listTasks(pid)
  return threads.flatMap((thread) =>
    readProc(pid, `task/${thread}/children`).split(' ').filter(Boolean).map(Number),
  )
}

function listTasks(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`)
  } catch (error) {
    throwIfOutOfDescriptors(error)
    return []
  }
}

/**
 * Kills what is left in a sandbox, and waits until none of its processes runs: the kernel kills all of them
 * with the first one. It does not wait until the kernel has removed the sandbox, which takes longer.
 * @returns false if nothing is known of them, because the kernel does not list children
 * @throws the system's error if no file descriptor was free for five seconds
 */
export async function endSandbox({ pid, startedAt }: SandboxInit): Promise<boolean> {
  const deadline = performance.now() + KILL_DEADLINE_MS
  for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, 100)) {
    const isLast = performance.now() >= deadline
    try {
      if (startedAt === null || startTicks(pid) !== startedAt) return true
      const all = descendants(pid)
      if (all === null) return false
      if (!all.some(hasMemory)) return true
      sendSignal(pid, 'SIGKILL')
    } catch (error) {
      if (isLast) throw error
    }
    if (isLast) return true
    await sleep(pauseMs)
  }
}

/** False for a process that has ended, also if it is still listed. */
function hasMemory(pid: number): boolean {
  return Number(statFields(pid)[20] ?? 0) > 0
}

/**
 * Sends a signal to a process, or to a process group (its negative id). Does nothing if it has ended, or if
 * its id now belongs to another user's process.
 */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ESRCH' && code !== 'EPERM') throw error
  }
}

/** Sum of the resident bytes of these processes. Memory that they share is counted once for each of them. */
export function residentBytes(pids: readonly number[]): number {
  return sum(pids, (pid) => kilobytes(readProc(pid, 'status'), /^VmRSS:\s+(\d+) kB/m))
}

/** CPU time of these processes and of the children that they waited for, in seconds. Linux counts in steps of 10 ms. */
export function processorSecondsOf(pids: readonly number[]): number {
  // utime, stime, cutime and cstime: see proc(5).
  return (
    sum(pids, (pid) => sum(statFields(pid).slice(11, 15).map(Number), (ticks) => ticks)) / TICKS_PER_SECOND
  )
}

/** As `residentBytes`, but counts shared memory once. More expensive: the kernel walks the page tables. */
export function proportionalBytes(pids: readonly number[]): number {
  return sum(pids, (pid) => kilobytes(readProc(pid, 'smaps_rollup'), /^Pss:\s+(\d+) kB/m))
}

/**
 * When the process started, in clock ticks since boot; null if there is no such process. Together with its id
 * this identifies a process, although ids are reused.
 */
export function startTicks(pid: number): number | null {
  const ticks = statFields(pid)[19]
  return ticks === undefined ? null : Number(ticks)
}

/** Whether this process has a terminal, which signals all that were started from there. */
export function hasTerminal(): boolean {
  return Number(statFields(process.pid)[4] ?? 0) !== 0
}

/** Of `/proc/PID/stat`, from the state on; see proc(5). */
export function statFields(pid: number): string[] {
  const stat = readProc(pid, 'stat')
  // The program's name, in parentheses, may contain blanks and parentheses.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

/**
 * Empty for a process that has ended or belongs to another user.
 * @throws the system's error if no file descriptor is free: nothing is known about the process then
 */
function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1')
  } catch (error) {
    throwIfOutOfDescriptors(error)
    return ''
  }
}

function throwIfOutOfDescriptors(error: unknown): void {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'EMFILE' || code === 'ENFILE') throw error
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
