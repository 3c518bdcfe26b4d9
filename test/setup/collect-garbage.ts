/**
 * Frees the memory of each test file at its end. A test process runs many files, and the kernel copies the page
 * tables of a process for each program that it starts: 45 ms at 1.3 GB, 10 ms at 0.3 GB.
 */
import { afterAll } from 'vitest'

afterAll(() => {
  // Defined by `--expose-gc` in vitest.config.ts.
  globalThis.gc?.()
})
