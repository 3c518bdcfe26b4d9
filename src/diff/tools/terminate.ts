/** Stops a running tool. Cleaning up after one that has exited is `process-table.ts`. */
import { sendSignal } from './process-table.ts'

/** diffoscope needs 26 to 650 ms to clean up after SIGTERM. */
const GRACE_MS = 2_000

/** Why Differ stopped a tool: it exceeded one of its limits, or the caller's signal aborted. */
export type StopReason = 'timeout' | 'memory' | 'output' | 'temp' | 'aborted'

/** Sends signals to the process group of one tool. */
export class Terminator {
  /** Resolves when the first signal is sent. */
  readonly signalled: Promise<void>
  readonly #group: number
  #stopped: StopReason | null = null
  #killTimer: NodeJS.Timeout | undefined
  #markSignalled = () => {}

  /** @param pid the process id of the group's leader */
  constructor(pid: number) {
    this.#group = -pid
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

  /** Kills what is left of the group, after the tool itself has exited. */
  killGroup(): void {
    sendSignal(this.#group, 'SIGKILL')
  }

  /**
   * Cancels the pending SIGKILL. Call it when the tool is gone: its id may then belong to another process.
   */
  close(): void {
    clearTimeout(this.#killTimer)
  }

  #signal(signal: NodeJS.Signals): void {
    sendSignal(this.#group, signal)
    this.#killTimer ??= setTimeout(() => this.killGroup(), GRACE_MS)
    this.#markSignalled()
  }
}
