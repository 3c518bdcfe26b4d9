/** `npm run test:long`: tests that take minutes each (`*.long.ts`) and are not part of `npm test`. */
import { defineConfig } from 'vitest/config'
import usual from '../vitest.config.ts'

export default defineConfig({
  ...usual,
  test: {
    ...usual.test,
    include: ['test/**/*.long.ts'],
    testTimeout: 30 * 60_000,
    hookTimeout: 10 * 60_000,
    // These tests measure, and use the whole machine.
    maxWorkers: 1,
  },
})
