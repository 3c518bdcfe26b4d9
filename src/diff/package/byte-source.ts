/** Bytes that are read by their position: those of a file, or of a part of one. */
export interface ByteSource {
  readonly sizeBytes: number
  /** @returns fewer than `length` bytes at the end; they are valid until the next but one call */
  read(at: number, length: number): Buffer
}

const PIECE_BYTES = 1 << 20

export function bufferSource(bytes: Buffer): ByteSource {
  return { sizeBytes: bytes.length, read: (at, length) => bytes.subarray(at, at + length) }
}

/** A part of a source, as a source. */
export function partOf(source: ByteSource, start: number, sizeBytes: number): ByteSource {
  const size = Math.max(0, Math.min(sizeBytes, source.sizeBytes - start))
  return {
    sizeBytes: size,
    read: (at, length) => source.read(start + at, Math.max(0, Math.min(length, size - at))),
  }
}

/** Whether two sources have the same bytes; reads both piece by piece. */
export function sameContent(one: ByteSource, other: ByteSource): boolean {
  if (one.sizeBytes !== other.sizeBytes) return false
  for (let at = 0; at < one.sizeBytes; at += PIECE_BYTES)
    if (!one.read(at, PIECE_BYTES).equals(other.read(at, PIECE_BYTES))) return false
  return true
}
