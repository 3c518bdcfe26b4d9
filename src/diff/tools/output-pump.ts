/** Carries what a tool prints to whoever wants it, chunk by chunk, up to a limit. */
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'

/** Takes one chunk; the next is read from the tool only when this one is done with. */
export type Sink = (chunk: Buffer) => void | Promise<void>

/** How long a pipe may be silent after its writers have ended before it counts as held by a stranger. */
const SILENCE_MS = 250

export class OutputPump {
  /** Bytes delivered to the sink. */
  bytes = 0
  /** Resolves when the output has ended or was cut off; rejects with what the sink threw. */
  readonly finished: Promise<void>
  readonly #source: Readable
  #ended = false
  #delivering = false

  /** Starts at once. Where more than `limitBytes` come, delivers no further chunk, closes the pipe and calls `onOver`. */
  constructor(source: Readable, sink: Sink, limitBytes: number, onOver: () => void) {
    this.#source = source
    this.finished = this.#run(sink, limitBytes, onOver).finally(() => {
      this.#ended = true
    })
  }

  async #run(sink: Sink, limitBytes: number, onOver: () => void): Promise<void> {
    for await (const chunk of this.#chunks()) {
      if (this.bytes + chunk.length > limitBytes) return onOver()
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

  /** For when all writers are dead: waits until what is still in the pipe is delivered, and does not wait for a stranger who holds it open. */
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

  /** Stops reading; the tool gets SIGPIPE if it goes on. */
  close(): void {
    this.#source.destroy()
  }
}
