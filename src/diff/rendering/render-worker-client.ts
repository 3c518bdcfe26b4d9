/**
 * A thread that renders large reports. Such a rendering takes seconds of processor time and would delay other
 * responses; the thread also has its own memory limit.
 */
import { on } from 'node:events'
import { MessageChannel, type Worker } from 'node:worker_threads'
import { deserializeError } from '../../serialize-error.ts'
import { startThread } from '../../start-program.ts'
import type { Rendering } from './render-report.ts'
import type { RenderRequest, SlotResult } from './render-worker-messages.ts'

/** Slots of shared memory for each rendering: one is read while the others are filled. */
const SLOTS = 3
/** Large enough for many chunks, because each message costs a switch of threads. */
const SLOT_BYTES = 256 * 1024
/** In megabytes. Small, because hardly anything in a rendering lives longer than a chunk. */
const YOUNG_GENERATION_MB = 8
/** Renderings need about 30 MB. One that exceeds this limit ends the thread, not the service. */
const OLD_GENERATION_MB = 256

const PROGRAM = new URL('./render-worker.mjs', import.meta.url)

export class RenderWorker {
  #thread: Worker | null = null
  /** Why the last thread ended. */
  #failure: unknown
  #closed = false

  /**
   * Starts the thread, so that the first rendering need not wait for it. Without this it starts with the
   * first one.
   */
  start(): void {
    this.#running()
  }

  /**
   * A rendering, made as it is read. A chunk is valid until the next one is requested.
   * @throws as `renderReport`; Error if the thread ends or the worker was closed
   */
  async *render(rendering: Rendering): AsyncGenerator<Uint8Array, void, void> {
    const { port1: port, port2: workerPort } = new MessageChannel()
    const results = on(port, 'message', { close: ['close'] }) as AsyncIterable<[SlotResult]>
    const memory = new SharedArrayBuffer(SLOTS * SLOT_BYTES)
    const slots = Array.from({ length: SLOTS }, (_, at) => Buffer.from(memory, at * SLOT_BYTES, SLOT_BYTES))
    try {
      const request: RenderRequest = { rendering, port: workerPort, slots }
      this.#running().postMessage(request, [workerPort])
      for (const slot of slots.keys()) port.postMessage(slot)
      let read = 0
      for await (const [result] of results) {
        if (result === 0) return
        if (typeof result !== 'number') throw deserializeError(result)
        const slot = read++ % SLOTS
        yield (slots[slot] as Buffer).subarray(0, result)
        port.postMessage(slot)
      }
      throw new Error('The render worker has ended before the rendering was complete', {
        cause: this.#failure,
      })
    } finally {
      // The worker stops a rendering whose port is closed.
      port.close()
    }
  }

  /** Ends the thread, and with it all renderings. */
  async close(): Promise<void> {
    this.#closed = true
    this.#failure = new Error('The render worker was closed')
    await this.#thread?.terminate()
  }

  #running(): Worker {
    if (this.#thread) return this.#thread
    if (this.#closed) throw new Error('The render worker is closed')
    const thread = startThread(PROGRAM, {
      resourceLimits: {
        maxYoungGenerationSizeMb: YOUNG_GENERATION_MB,
        maxOldGenerationSizeMb: OLD_GENERATION_MB,
      },
    })
    // Readers notice the end of the thread by their ports. The next rendering starts a new thread.
    thread.on('error', (error) => {
      this.#failure = error
    })
    thread.once('exit', () => {
      if (this.#thread === thread) this.#thread = null
    })
    thread.unref()
    this.#thread = thread
    return thread
  }
}
