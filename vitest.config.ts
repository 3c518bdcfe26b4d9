import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Real tools, databases and servers run in most files: two at a time is what two cores carry.
    pool: 'forks',
    maxWorkers: 2,
  },
})
