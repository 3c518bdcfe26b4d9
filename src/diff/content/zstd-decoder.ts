/**
 * Decompresses a block into a buffer that the caller reuses. Neither the native library nor `node:zlib` can do that:
 * they return each block in new memory, of which the garbage collector lets much pile up. This is zstd's own decoder as
 * WebAssembly, which has the speed of the native one.
 */
import { MAX_BLOCK_BYTES, MAX_FRAME_BYTES } from './block-table.ts'
import { ZSTD_DECODER_WASM } from './zstd-decoder.generated.ts'

/** The part of the WebAssembly API that is used here; the types for Node.js lack it. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object, imports: object) => { readonly exports: object }
}

/** Addresses are offsets in `memory`. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer }
  readonly malloc: (bytes: number) => number
  /** @returns the number of bytes written, or a number that stands for an error */
  readonly ZSTD_decompress: (to: number, capacity: number, from: number, bytes: number) => number
}

/** The compiled decoder: one for a thread, made when it is first needed. */
let module: object | null = null

/** A decoder that has its own memory and cannot read or write any other. */
export class ZstdDecoder {
  readonly #exports: Exports
  readonly #frame: number
  readonly #content: number

  constructor(maxFrameBytes: number, maxContentBytes: number) {
    module ??= new WebAssembly.Module(Buffer.from(ZSTD_DECODER_WASM, 'base64'))
    const imports = { env: { emscripten_notify_memory_growth: () => {} } }
    this.#exports = new WebAssembly.Instance(module, imports).exports as Exports
    this.#frame = this.#exports.malloc(maxFrameBytes)
    this.#content = this.#exports.malloc(maxContentBytes)
  }

  /**
   * The content of frames, valid until the next call.
   * @throws Error if they are invalid, or have more than `maxBytes`; then this decoder must not be used again
   */
  decode(frames: Uint8Array, maxBytes: number): Uint8Array {
    const { memory, ZSTD_decompress } = this.#exports
    new Uint8Array(memory.buffer).set(frames, this.#frame)
    const bytes = ZSTD_decompress(this.#content, maxBytes, this.#frame, frames.length)
    // Errors are negative.
    if (bytes < 0 || bytes > maxBytes) throw new Error('a frame is invalid, or has too much content')
    // The memory may have grown, and then has another buffer.
    return new Uint8Array(memory.buffer, this.#content, bytes)
  }
}

/** One for a thread, made when it is first needed: between calls, it holds nothing. */
let decoder: ZstdDecoder | null = null

function decoderOfBlocks(): ZstdDecoder {
  decoder ??= new ZstdDecoder(MAX_FRAME_BYTES, MAX_BLOCK_BYTES)
  return decoder
}

/** Prepares the decoder, so that the first block need not wait for it: it takes some milliseconds. */
export function prepareDecoder(): void {
  decoderOfBlocks()
}

/**
 * Decompresses a block, which takes about a millisecond.
 * @param into as long as the content must be, at most `MAX_BLOCK_BYTES`
 * @throws Error if the frame is invalid or its content has another length; then `into` is unchanged
 */
export function decodeBlock(frame: Uint8Array, into: Uint8Array): void {
  if (frame.length > MAX_FRAME_BYTES || into.length > MAX_BLOCK_BYTES)
    throw new Error(`a block of ${frame.length} bytes, ${into.length} uncompressed, is too large`)
  try {
    const content = decoderOfBlocks().decode(frame, into.length)
    if (content.length !== into.length) throw new Error(`a block does not have ${into.length} bytes`)
    into.set(content)
  } catch (error) {
    // WebAssembly may have stopped anywhere, and left its memory in any state.
    decoder = null
    throw error
  }
}
