/**
 * Reads what a tool writes to a file, while it is written: that takes a third of the processor time of a pipe. Reading is synchronous, because what was
 * just written is in the system's memory.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import { acquireBuffer, releaseBuffer } from '../content/buffer-pool.ts'
import type { Sink } from './output-pump.ts'

const PIECE_BYTES = 1 << 20
/** Less is left in the file until more has come, or the tool has ended. */
const MIN_PIECE_BYTES = 1 << 18
const PAUSE_MS = 5

export class OutputFile {
  /** Bytes delivered to the sink. */
  bytes = 0
  /** Resolves when the output has ended or was cut off. Rejects with what the sink threw, and with errors of the system. */
  readonly finished: Promise<void>
  readonly #ended = new AbortController()
  #isClosed = false

  /**
   * Starts at once. Beyond `limitBytes` it stops delivering and calls `onOverflow`.
   * @param path of a file that exists
   * @param sink gets pieces that are valid until it returns, or its promise resolves
   */
  constructor(path: string, sink: Sink, limitBytes: number, onOverflow: () => void) {
    this.finished = this.#run(path, sink, limitBytes, onOverflow)
  }

  async #run(path: string, sink: Sink, limitBytes: number, onOverflow: () => void): Promise<void> {
    const descriptor = openSync(path, 'r')
    const piece = acquireBuffer(PIECE_BYTES)
    try {
      for (;;) {
        const count = await this.#next(descriptor, piece)
        if (count === 0) return
        if (this.bytes + count > limitBytes) return onOverflow()
        await sink(piece.subarray(0, count))
        this.bytes += count
        // Others must get their turn, also while a lot is left.
        await setImmediate()
      }
    } finally {
      closeSync(descriptor)
      releaseBuffer(piece)
    }
  }

  /** @returns how many bytes there are; 0 at the end of the output */
  async #next(descriptor: number, piece: Buffer): Promise<number> {
    while (!this.#isClosed) {
      const hasEnded = this.#ended.signal.aborted
      const { size } = fstatSync(descriptor)
      if (hasEnded || size - this.bytes >= MIN_PIECE_BYTES)
        return readSync(descriptor, piece, 0, piece.length, this.bytes)
      // The end of the tool interrupts the pause, which then rejects.
      await sleep(PAUSE_MS, undefined, { signal: this.#ended.signal }).catch(() => {})
    }
    return 0
  }

  /** Delivers the rest. Call it when the tool is dead. */
  async drain(): Promise<void> {
    this.#ended.abort()
    await this.finished.catch(() => {})
  }

  /** Stops reading. */
  close(): void {
    this.#isClosed = true
    this.#ended.abort()
  }
}
