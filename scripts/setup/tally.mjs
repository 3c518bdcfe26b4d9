/** The last line of `npm test`, from what type check, linter and vitest said. */

/**
 * @typedef {object} VitestReport the part of vitest's JSON report that is read
 * @property {number} numPassedTests
 * @property {number} numFailedTests
 * @property {number} numPendingTests skipped
 * @property {number} numTodoTests
 * @property {{status: string, assertionResults: unknown[]}[]} testResults one per file
 *
 * @param {VitestReport | null} report null where vitest left none, which is a failure
 * @param {number} vitestCode its exit code
 * @param {readonly number[]} checkCodes the exit codes of type check and linter: each that is not 0 is one failure
 * @returns {{passed: number, failed: number, skipped: number, line: string}}
 */
export function tally(report, vitestCode, checkCodes) {
  const passed = report?.numPassedTests ?? 0
  const skipped = (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0)
  // A file that fails while it is loaded, or in a hook, has no failed test to count.
  const brokenFiles = (report?.testResults ?? []).filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  ).length
  const failedTests = (report?.numFailedTests ?? 0) + brokenFiles
  // An error outside of every test (an unhandled rejection) shows in the exit code alone.
  const failed =
    Math.max(failedTests, vitestCode === 0 && report !== null ? 0 : 1) +
    checkCodes.filter((code) => code !== 0).length
  const line = `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
  return { passed, failed, skipped, line }
}
