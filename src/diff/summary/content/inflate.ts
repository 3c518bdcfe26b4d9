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

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  return value >>> 0
})

/** CRC-32 as gzip, zip and PNG use it: ISO 3309. */
export function crc32(bytes: Buffer): number {
  let crc = 0xffffffff
  for (const byte of bytes) crc = (crc >>> 8) ^ (TABLE[(crc ^ byte) & 0xff] ?? 0)
  return (crc ^ 0xffffffff) >>> 0
}
