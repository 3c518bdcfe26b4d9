/** `npm run test:long`: tests that take minutes each (`*.long.ts`) and are not part of `npm test`. */
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.long.ts'],
    passWithNoTests: true,
    testTimeout: 30 * 60_000,
    hookTimeout: 10 * 60_000,
    pool: 'forks',
    // These tests measure, and use the whole machine.
    maxWorkers: 1,
  },
})
