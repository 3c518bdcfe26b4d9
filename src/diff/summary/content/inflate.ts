/** Unpacks compressed streams that must fill their space: a reader skips bytes after a stream's end, so nothing may hide there. */
import { inflateRawSync, inflateSync } from 'node:zlib'

/** Node.js returns how much was read with the option `info`, which its types leave out. */
interface Inflated {
  readonly buffer: Buffer
  readonly engine: { readonly bytesWritten: number }
}

/** Null for damaged data, more than `maxBytes`, or bytes after the end of the stream. */
export function inflateExactly(packed: Buffer, maxBytes: number): Buffer | null {
  return exactly(inflateSync, packed, maxBytes)
}

/** The same for a stream without zlib's header, as in zip files. */
export function inflateRawExactly(packed: Buffer, maxBytes: number): Buffer | null {
  return exactly(inflateRawSync, packed, maxBytes)
}

function exactly(inflate: typeof inflateSync, packed: Buffer, maxBytes: number): Buffer | null {
  try {
    const { buffer, engine } = inflate(packed, {
      info: true,
      maxOutputLength: Math.max(1, maxBytes),
    }) as unknown as Inflated
    return engine.bytesWritten === packed.length ? buffer : null
  } catch {
    // Damaged, or larger than the limit: its compressed bytes are compared.
    return null
  }
}
