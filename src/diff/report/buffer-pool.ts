/** Buffers for bytes in passing: what is read and written again at once is not to be garbage, of which megabytes may wait for their collection. */

/** By their length. */
const spare = new Map<number, Buffer[]>()
const MAX_SPARE = 8

/** A buffer with anything in it. @param bytes one of few lengths: each has spares of its own */
export function acquireBuffer(bytes: number): Buffer {
  return spare.get(bytes)?.pop() ?? Buffer.allocUnsafeSlow(bytes)
}

/** Gives back what `takeBuffer` gave, when nobody reads from it or into it any more. */
export function releaseBuffer(buffer: Buffer): void {
  const those = spare.get(buffer.length) ?? []
  spare.set(buffer.length, those)
  if (those.length < MAX_SPARE) those.push(buffer)
}
