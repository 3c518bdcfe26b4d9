import { describe, expect, it } from 'vitest'
import { script } from './script.ts'

const { tally } = await script<{
  tally(
    report: object | null,
    vitestCode: number,
    checkCodes: readonly number[],
  ): { line: string; skips: string[] }
}>('tally')

const report = (facts: object) => ({
  numPassedTests: 3,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  testResults: [{ status: 'passed', assertionResults: [{ status: 'passed' }] }],
  ...facts,
})
const failedFile = { status: 'failed', assertionResults: [{ status: 'failed' }] }
const unloadable = { status: 'failed', assertionResults: [] }

describe('the last line of npm test', () => {
  it.each([
    ['all tests pass', report({}), 0, [0, 0], '3 passed, 0 failed'],
    [
      'a test fails',
      report({ numFailedTests: 1, testResults: [failedFile] }),
      1,
      [0, 0],
      '3 passed, 1 failed',
    ],
    [
      'tests are skipped',
      report({ numPendingTests: 2, numTodoTests: 1 }),
      0,
      [0, 0],
      '3 passed, 0 failed, 3 skipped',
    ],
    ['a file cannot be loaded', report({ testResults: [unloadable] }), 1, [0, 0], '3 passed, 1 failed'],
    ['an error occurs outside of tests', report({}), 1, [0, 0], '3 passed, 1 failed'],
    ['the type check fails', report({}), 0, [2, 0], '3 passed, 1 failed'],
    ['both checks and a test fail', report({ numFailedTests: 1 }), 1, [2, 1], '3 passed, 3 failed'],
    ['vitest writes no report', null, 0, [0, 0], '0 passed, 1 failed'],
    ['the set-up fails', null, 1, [], '0 passed, 1 failed'],
  ])('counts if %s', (_, vitest, code, checks, line) => {
    expect(tally(vitest, code, checks).line).toBe(line)
  })
})

it('lists the skipped tests by group, whose title says why', () => {
  const skipped = { status: 'skipped', title: 'a', ancestorTitles: ['the page (skipped without Chromium)'] }
  const file = {
    name: '/clone/test/web/page.test.ts',
    status: 'passed',
    assertionResults: [skipped, skipped],
  }
  expect(tally(report({ testResults: [file] }), 0, []).skips).toEqual([
    '2 in test/web/page.test.ts: the page (skipped without Chromium)',
  ])
})
