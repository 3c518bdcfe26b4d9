/**
 * Buffers to reuse for streams whose bytes are read and written at once. New buffers for each chunk would be
 * garbage of which megabytes pile up before a collection.
 *
 * The pool is shared by the whole thread on purpose: it holds no data and at most eight buffers of each
 * length.
 */

const MAX_POOLED = 8
const pooledByLength = new Map<number, Buffer[]>()

/**
 * A buffer with arbitrary content.
 * @param bytes one of few lengths, because each has its own pool
 */
export function acquireBuffer(bytes: number): Buffer {
  return pooledByLength.get(bytes)?.pop() ?? Buffer.allocUnsafeSlow(bytes)
}

/** Returns a buffer of `acquireBuffer` to the pool, once nothing reads from it or writes to it any more. */
export function releaseBuffer(buffer: Buffer): void {
  const pooled = pooledByLength.get(buffer.length) ?? []
  pooledByLength.set(buffer.length, pooled)
  if (pooled.length < MAX_POOLED) pooled.push(buffer)
}
