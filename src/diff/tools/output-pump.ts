/** Passes a tool's output to a sink, chunk by chunk, up to a limit. */
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'

/** Takes one chunk. The next one is read from the tool when the returned promise resolves. */
export type Sink = (chunk: Buffer) => void | Promise<void>

/** A pipe that is silent for so long after the tool's death is held open by an unrelated process. */
const SILENCE_MS = 250

export class OutputPump {
  /** Bytes delivered to the sink. */
  bytes = 0
  /** Resolves when the output has ended or was cut off. Rejects with what the sink threw. */
  readonly finished: Promise<void>
  readonly #source: Readable
  #ended = false
  #delivering = false

  /** Starts at once. Beyond `limitBytes` it stops delivering, closes the pipe and calls `onOverflow`. */
  constructor(source: Readable, sink: Sink, limitBytes: number, onOverflow: () => void) {
    this.#source = source
    this.finished = this.#run(sink, limitBytes, onOverflow).finally(() => {
      this.#ended = true
    })
  }

  async #run(sink: Sink, limitBytes: number, onOverflow: () => void): Promise<void> {
    for await (const chunk of this.#chunks()) {
      if (this.bytes + chunk.length > limitBytes) return onOverflow()
      this.#delivering = true
      await sink(chunk)
      this.#delivering = false
      this.bytes += chunk.length
    }
  }

  async *#chunks(): AsyncGenerator<Buffer> {
    try {
      yield* this.#source
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error
    }
  }

  /**
   * Delivers what is still in the pipe. Call it when the tool is dead: it gives up on a pipe that stays open
   * but silent.
   */
  async drain(): Promise<void> {
    while (!this.#ended && !this.#source.destroyed) {
      const before = this.bytes
      const silence = new AbortController()
      const ended = this.finished.catch(() => undefined)
      await Promise.race([ended, sleep(SILENCE_MS, undefined, { signal: silence.signal })])
      silence.abort()
      if (!this.#delivering && this.bytes === before) this.close()
    }
  }

  /** Stops reading. The tool gets SIGPIPE if it keeps writing. */
  close(): void {
    this.#source.destroy()
  }
}
