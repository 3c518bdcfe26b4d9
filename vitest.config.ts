import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { SlowFirst } from './test/setup/slow-first.ts'

export default defineConfig({
  // `test/setup/start-program.ts` says why.
  resolve: {
    alias: [
      {
        find: /^.*\/start-program\.ts$/,
        replacement: join(import.meta.dirname, 'test/setup/start-program.ts'),
      },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/setup/global-setup.ts',
    setupFiles: ['test/setup/collect-garbage.ts'],
    // WebAssembly is optimised late: optimising the embedded database costs half a second each time that it is
    // opened, and most tests end before that pays.
    // One thread collects garbage: with more, they wait for each other where the processors are busy.
    execArgv: ['--expose-gc', '--wasm-tiering-budget=100000000', '--single-threaded-gc'],
    // Memory of this size goes back to the system when it is freed. glibc raises its limit to 32 MB otherwise, and
    // keeps several hundred megabytes, whose page tables the kernel copies for each program that a test starts.
    env: { MALLOC_MMAP_THRESHOLD_: String(256 * 1024) },
    sequence: { sequencer: SlowFirst },
    // These only stop what would never end: a machine may be many times slower than the one this was written
    // on.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 90_000 } },
    pool: 'forks',
    // Loading the service takes a second of processor time, so a process loads it once, not for each file.
    isolate: false,
    // Many files wait for services and limits, so five at a time keep two cores busy.
    maxWorkers: 5,
  },
})
