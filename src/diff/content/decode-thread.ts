/**
 * A thread that decompresses blocks while the thread that started it renders. Both take about as long, so a rendering
 * of a stored report takes little longer than that of a plain one.
 */
import type { Worker } from 'node:worker_threads'
import { startThread } from '../../start-program.ts'

/**
 * The memory begins with a frame, and comes back with the content in its place. Both messages transfer it. Memory that
 * threads share would be slower: JavaScript copies it byte by byte, unless it is aligned.
 */
export interface DecodeRequest {
  readonly memory: ArrayBuffer
  readonly frameBytes: number
  readonly contentBytes: number
}

export interface DecodeResult {
  readonly memory: ArrayBuffer
  /** Null if the memory has the content. */
  readonly failure: string | null
}

interface Pending {
  readonly resolve: (memory: ArrayBuffer) => void
  readonly reject: (error: Error) => void
}

const PROGRAM = new URL('./decode-worker.mjs', import.meta.url)
/** In megabytes. It only holds messages; the decoder's memory is not part of it. */
const YOUNG_GENERATION_MB = 1
const OLD_GENERATION_MB = 32

export class DecodeThread {
  readonly #thread: Worker
  /** The blocks that it has not answered, in the order of its answers. */
  readonly #pending: Pending[] = []
  #isReady = false
  #hasEnded = false

  constructor() {
    this.#thread = startThread(PROGRAM, {
      resourceLimits: {
        maxYoungGenerationSizeMb: YOUNG_GENERATION_MB,
        maxOldGenerationSizeMb: OLD_GENERATION_MB,
      },
    })
    this.#thread.on('message', (message: 'ready' | DecodeResult) => {
      if (message === 'ready') this.#isReady = true
      else this.#settle(message)
    })
    // Its end follows.
    this.#thread.on('error', () => {})
    this.#thread.once('exit', () => {
      this.#hasEnded = true
      const failure = 'the thread that decompresses has ended'
      while (this.#pending.length > 0) this.#settle({ memory: new ArrayBuffer(0), failure })
    })
    this.#thread.unref()
  }

  /** Whether it takes blocks. It takes none while it starts and after it has ended. */
  get isReady(): boolean {
    return this.#isReady && !this.#hasEnded
  }

  /**
   * As `decodeBlock`, without blocking this thread.
   * @param memory to use, of the length of the longer one
   * @returns the same memory, which begins with the content; the given object is detached
   */
  decode(frame: Uint8Array, memory: ArrayBuffer, contentBytes: number): Promise<ArrayBuffer> {
    new Uint8Array(memory).set(frame)
    const request: DecodeRequest = { memory, frameBytes: frame.length, contentBytes }
    return new Promise((resolve, reject) => {
      if (this.#pending.push({ resolve, reject }) === 1) this.#thread.ref()
      this.#thread.postMessage(request, [memory])
    })
  }

  #settle({ memory, failure }: DecodeResult): void {
    const pending = this.#pending.shift()
    if (this.#pending.length === 0) this.#thread.unref()
    if (failure === null) pending?.resolve(memory)
    else pending?.reject(new Error(failure))
  }
}

/** One for a thread that renders, which asks for it: for others, it would not be worth its memory. */
let thread: DecodeThread | null = null

/** Starts a thread that decompresses for this one, from the moment when it is ready. */
export function startDecodeThread(): void {
  thread ??= new DecodeThread()
}

/** Null if none was started or it is not ready. */
export function readyDecodeThread(): DecodeThread | null {
  return thread?.isReady ? thread : null
}
