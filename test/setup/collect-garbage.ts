/**
 * Frees the memory of test files at the end of one, once it is much. A test process runs many files, and the kernel
 * copies the page tables of a process for each program that it starts: 45 ms at 1.3 GB, 10 ms at 0.3 GB.
 */
import { afterAll } from 'vitest'

const MUCH_BYTES = 500e6
/** Looking for garbage takes a quarter of a second of processor time itself, and may find little. */
const GROWN_BYTES = 100e6

/** What was left the last time, for all test files of this process. */
const memory = globalThis as { bytesAfterCollection?: number }

afterAll(() => {
  const grown = process.memoryUsage.rss() - (memory.bytesAfterCollection ?? 0)
  if (process.memoryUsage.rss() < MUCH_BYTES || grown < GROWN_BYTES) return
  // Defined by `--expose-gc` in vitest.config.ts.
  globalThis.gc?.()
  memory.bytesAfterCollection = process.memoryUsage.rss()
})
