/**
 * `npm run test:long`: tests that take minutes each (`*.long.ts`) and are not part of `npm test`, and those of
 * random or large inputs, with more or larger ones.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import usual from '../vitest.config.ts'

const TESTS = join(import.meta.dirname, '..', 'test')

const random = readdirSync(TESTS, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts'))
  .filter((name) => readFileSync(join(TESTS, name), 'utf8').includes("fixtures/seeds.ts'"))

export default defineConfig({
  ...usual,
  test: {
    ...usual.test,
    include: ['test/**/*.long.ts', ...random.map((name) => `test/${name}`)],
    env: { TEST_LONG: 'true' },
    testTimeout: 30 * 60_000,
    hookTimeout: 10 * 60_000,
    // These tests measure, and use the whole machine.
    maxWorkers: 1,
  },
})
