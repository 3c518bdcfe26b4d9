/**
 * The loops over a report's bytes that all else waits for, in WebAssembly, which looks at sixteen bytes at a time.
 *
 * All scans and renderings of the process use the one instance and its memory by turns: whoever calls a loop puts in all that it needs, and takes out
 * what came of it before anybody else can run.
 */

/** `byte-loops.wat`, assembled: `wat2wasm byte-loops.wat --output=- | base64` (WABT). */
const ASSEMBLED =
  'AGFzbQEAAAABGARgBH9/f38AYAJ/fwBgAn9/AX9gAX8BfwMGBQABAgMDBQMBAAMHLwQGbWVtb3J5AgAIdW5lc2NhcGUAAApjb3VudExpbmVzAA' +
  'EKaGFzVW51c3VhbAACCu8EBf8BAwJ/AXsDf0EAKAIAIQRBBCgCACEFAkADQCAFIAT9AAQAIgb9CwQAIAZB3AD9D/0j/WQhByAHRQRAIARBEGoh' +
  'BCAFQRBqIQUMAQsgB2ghByAEIAdqIQQgBSAHaiEFIAQgAE8NASAELQABIQggCEHuAEYEQCAFQQo6AAAgBEECaiEEIAVBAWohBSADBEBBACEJA0' +
  'AgBSAJaiACIAlq/QAEAP0LBAAgCUEQaiEJIAkgA0kNAAsgBSADaiEFCyAFIARrIAFIDQEMAgsgCBADDQEgBUEJIAggCEH0AEYbOgAAIARBAmoh' +
  'BCAFQQFqIQUMAAsLQQAgBDYCAEEEIAU2AgALlQIBCH9BACgCACECAkADQCAC/QAEAEHcAP0P/SP9ZCEDIANFBEAgAkEQaiECDAELIAIgA2hqIQ' +
  'IgAkEBaiAATw0BIAItAAEhBCAEQe4ARwRAIAQQAw0CIAJBAmohAgwBCyACQQJqIQJBASEGIAIgAU8NASACQQFqIQUgBS0AAEHbAEYNASAFEAQN' +
  'ASACLQAAIQQgBEErRgRAIAhBAWohCAUgBEEtRgRAIAlBAWohCQUgBEEgRw0DIAUgBS0AAEEgRmohBSAFIAUtAABBIEZqIQUgBS0AAEHgAEYNAy' +
  'AFEAQNAyAHQQFqIQcLC0EAIQYMAAsLQQAgAjYCAEEIIAc2AgBBDCAINgIAQRAgCTYCAEEUIAY2AgALKwEBewNAIAIgAP0ABABBIP0P/SX9UCEC' +
  'IABBEGohACAAIAFJDQALIAL9UwscACAAQfQARyAAQSJHcSAAQdwARyAAQe4AR3FxCwwAIAAvAQBB3OoBRgs='

/** The names that are used here; they are among the types of browsers, not of Node.js. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: object }
}

/** The loops; their source says what they do. Places are places in `memory`, and `cursor` says where they begin and where they ended. */
interface Loops {
  readonly memory: { readonly buffer: ArrayBuffer }
  readonly unescape: (end: number, room: number, prefix: number, width: number) => void
  readonly countLines: (end: number, limit: number) => void
  readonly hasUnusual: (from: number, end: number) => number
}

const { exports } = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(ASSEMBLED, 'base64')))
export const {
  unescape,
  countLines,
  hasUnusual,
  memory: { buffer },
} = exports as Loops
export const memory = Buffer.from(buffer)
const words = new Int32Array(buffer, 0, 6)

/** Words at the beginning of the memory. Those of lines are set by `countLines`, `written` is of `unescape` only. */
export const cursor = {
  get read(): number {
    return words[0] as number
  },
  set read(at: number) {
    words[0] = at
  },
  get written(): number {
    return words[1] as number
  },
  set written(at: number) {
    words[1] = at
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

/** Loops read and write sixteen bytes at a time, up to fifteen of them too many. */
export const SLACK_BYTES = 16
export const PREFIX_BYTES = 4096
/** Of one run of `unescape`. */
export const OUTPUT_BYTES = 64 * 1024
/** What can be put in at once: with the longest prefix it still fits the output, so that a run is never done before it began. */
export const INPUT_BYTES = OUTPUT_BYTES - PREFIX_BYTES - SLACK_BYTES
/** Where they are in `memory`. */
export const PREFIX = 32
export const INPUT = PREFIX + PREFIX_BYTES + SLACK_BYTES
export const OUTPUT = INPUT + INPUT_BYTES + SLACK_BYTES
