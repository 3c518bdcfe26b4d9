/**
 * Memory for blocks, compressed or not. Nearly all blocks have the same length, so their memory is reused. No two
 * blocks share an ArrayBuffer, because each is transferred to another thread.
 */
import { BLOCK_BYTES } from './block-table.ts'
import { acquireBuffer, releaseBuffer } from './buffer-pool.ts'

/** Random bytes become a little longer when they are compressed. */
const POOLED_BYTES = BLOCK_BYTES + 4 * 1024

/** Memory with arbitrary content, of at least this length. */
export function acquireMemory(bytes: number): ArrayBuffer {
  // A block that is much shorter is rare, and gets its own.
  if (bytes > POOLED_BYTES || bytes < BLOCK_BYTES) return new ArrayBuffer(bytes)
  return acquireBuffer(POOLED_BYTES).buffer as ArrayBuffer
}

/** Returns what `acquireMemory` returned, once nothing reads from it or writes to it any more. */
export function releaseMemory(memory: ArrayBuffer): void {
  if (memory.byteLength === POOLED_BYTES) releaseBuffer(Buffer.from(memory))
}
