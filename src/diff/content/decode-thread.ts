/**
 * A thread that decompresses blocks while the thread that started it renders. Both take about as long, so a rendering
 * of a stored report takes little longer than that of a plain one.
 */
import { AnsweringThread } from '../../answering-thread.ts'

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

const PROGRAM = new URL('./decode-worker.mjs', import.meta.url)
/** In megabytes. It only holds messages; the decoder's memory is not part of it. */
const YOUNG_GENERATION_MB = 1
const OLD_GENERATION_MB = 32

export class DecodeThread extends AnsweringThread<DecodeRequest, DecodeResult> {
  constructor() {
    super(PROGRAM, {
      resourceLimits: {
        maxYoungGenerationSizeMb: YOUNG_GENERATION_MB,
        maxOldGenerationSizeMb: OLD_GENERATION_MB,
      },
    })
  }

  /**
   * As `decodeBlock`, without blocking this thread.
   * @param memory to use, of the length of the longer one
   * @returns the same memory, which begins with the content; the given object is detached
   */
  async decode(frame: Uint8Array, memory: ArrayBuffer, contentBytes: number): Promise<ArrayBuffer> {
    new Uint8Array(memory).set(frame)
    const request: DecodeRequest = { memory, frameBytes: frame.length, contentBytes }
    const result = await this.ask(request, [memory])
    if (!result) throw new Error('the thread that decompresses has ended')
    if (result.failure !== null) throw new Error(result.failure)
    return result.memory
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
