/** `npm run test:long`: what takes minutes (large packages, load, restarts), apart from `npm test`. */
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.long.ts'],
    passWithNoTests: true,
    testTimeout: 30 * 60_000,
    hookTimeout: 10 * 60_000,
    pool: 'forks',
    // One at a time: these measure and fill the machine.
    maxWorkers: 1,
  },
})
