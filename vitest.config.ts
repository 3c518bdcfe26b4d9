import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/setup/global-setup.ts',
    // These only stop what would never end: a machine may be many times slower than the one this was written
    // on.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 90_000 } },
    pool: 'forks',
    // Most files use real tools, databases and servers. Two at a time keep two cores busy.
    maxWorkers: 2,
  },
})
