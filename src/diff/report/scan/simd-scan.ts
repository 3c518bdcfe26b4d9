/**
 * The interface to the inner loops of scanning and unescaping, which are WebAssembly (`simd-scan.wat`)
 * because its SIMD instructions handle 16 bytes at once.
 *
 * The process has one instance with one memory, which no module owns or closes. It carries nothing from one
 * call to the next: a caller copies its input into the memory, calls a loop and copies the result out, all
 * without `await` in between. An instance per scan would cost 192 KB each and gain nothing on a single
 * thread.
 */
import { SIMD_SCAN_WASM } from './simd-scan.generated.ts'

/** The part of the WebAssembly API that is used here; the types for Node.js lack it. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: object }
}

/**
 * The exports of `simd-scan.wat`, where they are described. All parameters are offsets in `memory` or
 * lengths.
 */
interface Loops {
  readonly memory: { readonly buffer: ArrayBuffer }
  readonly unescapeText: (end: number, room: number, prefix: number, prefixLength: number) => void
  readonly countLines: (end: number, limit: number) => void
  readonly hasUnusual: (from: number, end: number) => number
}

const { exports } = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(SIMD_SCAN_WASM, 'base64')))
export const {
  unescapeText,
  countLines,
  hasUnusual,
  memory: { buffer },
} = exports as Loops
export const memory = Buffer.from(buffer)
const words = new Int32Array(buffer, 0, 6)

/**
 * The words at the beginning of the memory. Callers set `read`, and `written` for `unescapeText`, to the
 * offsets where a loop begins; the loop sets them to the offsets where it stopped. `countLines` sets the
 * others.
 */
export const cursor = {
  get read(): number {
    return words[0] as number
  },
  set read(offset: number) {
    words[0] = offset
  },
  get written(): number {
    return words[1] as number
  },
  set written(offset: number) {
    words[1] = offset
  },
  get context(): number {
    return words[2] as number
  },
  get added(): number {
    return words[3] as number
  },
  get removed(): number {
    return words[4] as number
  },
  get lineBegins(): boolean {
    return words[5] === 1
  },
}

/** The loops read and write 16 bytes at once, so up to 15 bytes too many. */
export const SLACK_BYTES = 16
export const PREFIX_BYTES = 4096
/** Output of one call of `unescapeText`. */
export const OUTPUT_BYTES = 64 * 1024
/**
 * Longest input of a call: with the longest prefix it still fits into the output, so every call makes
 * progress.
 */
export const INPUT_BYTES = OUTPUT_BYTES - PREFIX_BYTES - SLACK_BYTES
/** Offsets in `memory`. */
export const PREFIX_OFFSET = 32
export const INPUT_OFFSET = PREFIX_OFFSET + PREFIX_BYTES + SLACK_BYTES
export const OUTPUT_OFFSET = INPUT_OFFSET + INPUT_BYTES + SLACK_BYTES
