import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Only for what would never end: a machine may be many times slower than the one this was written on.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 90_000 } },
    // Real tools, databases and servers run in most files: two at a time is what two cores carry.
    pool: 'forks',
    maxWorkers: 2,
  },
})
