/** Stops a running tool. Cleaning up after one that has exited is `process-table.ts`. */
import { sendSignal } from './process-table.ts'

/** diffoscope needs 26 to 650 ms to clean up after SIGTERM. */
const GRACE_MS = 2_000

/** Why Differ stopped a tool: it exceeded one of its limits, or the caller's signal aborted. */
export type StopReason = 'timeout' | 'memory' | 'output' | 'temp' | 'aborted'

/** Sends signals to one tool. */
export class Terminator {
  /** Resolves when the first signal is sent. */
  readonly signalled: Promise<void>
  readonly #pid: number
  readonly #leadsGroup: boolean
  #stopped: StopReason | null = null
  #hasExited = false
  #killTimer: NodeJS.Timeout | undefined
  #markSignalled = () => {}

  /**
   * @param leadsGroup whether signals are for the process group that it leads; otherwise for itself, as for bubblewrap, the end of
   *   which ends all in the sandbox
   */
  constructor(pid: number, leadsGroup: boolean) {
    this.#pid = pid
    this.#leadsGroup = leadsGroup
    this.signalled = new Promise((resolve) => {
      this.#markSignalled = resolve
    })
  }

  /** The reason of the first `stop`, or null. */
  get stopped(): StopReason | null {
    return this.#stopped
  }

  /**
   * Stops the tool; only the first call has an effect. A tool that uses too much memory or disk space is
   * killed at once, so that it cannot use even more. Others get time to clean up.
   */
  stop(reason: StopReason): void {
    if (this.#stopped !== null) return
    this.#stopped = reason
    if (reason === 'memory' || reason === 'temp') this.#signal('SIGKILL')
    else this.terminate()
  }

  /** Sends SIGTERM, and SIGKILL two seconds later. */
  terminate(): void {
    this.#signal('SIGTERM')
  }

  /** Kills what is left of the group. Call it when the tool has exited: its id may then belong to another process. */
  exited(): void {
    this.#hasExited = true
    clearTimeout(this.#killTimer)
    if (this.#leadsGroup) sendSignal(-this.#pid, 'SIGKILL')
  }

  #signal(signal: NodeJS.Signals): void {
    this.#markSignalled()
    if (this.#hasExited) return
    const target = this.#leadsGroup ? -this.#pid : this.#pid
    sendSignal(target, signal)
    this.#killTimer ??= setTimeout(() => sendSignal(target, 'SIGKILL'), GRACE_MS)
  }
}
