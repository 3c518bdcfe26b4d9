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
    execArgv: ['--expose-gc'],
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
