/** The last line of `npm test`, from what type check, linter and vitest said. */

/**
 * @typedef {object} VitestReport the part of vitest's JSON report that is read
 * @property {number} numPassedTests
 * @property {number} numFailedTests
 * @property {number} numPendingTests skipped
 * @property {number} numTodoTests
 * @property {{name?: string, status: string, assertionResults: {status: string, title: string, ancestorTitles?: string[]}[]}[]} testResults one per file
 *
 * @param {VitestReport | null} report null where vitest left none, which is a failure
 * @param {number} vitestCode its exit code
 * @param {readonly number[]} checkCodes the exit codes of type check and linter: each that is not 0 is one failure
 * @returns {{passed: number, failed: number, skipped: number, skips: string[], line: string}} `skips`: a line for each group of skipped tests
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
  return { passed, failed, skipped, skips: skippedGroups(report), line }
}

/**
 * @param {VitestReport | null} report
 * @returns {string[]} like `139 in test/x.test.ts: TITLE`; the title of the outermost group says why
 */
function skippedGroups(report) {
  const counts = new Map()
  for (const { name = '', assertionResults } of report?.testResults ?? [])
    for (const { status, ancestorTitles, title } of assertionResults)
      if (status === 'pending' || status === 'skipped' || status === 'todo') {
        const group = `${name.replace(/^.*\/(?=test\/)/, '')}: ${ancestorTitles?.[0] ?? title}`
        counts.set(group, (counts.get(group) ?? 0) + 1)
      }
  return [...counts].map(([group, count]) => `${count} in ${group}`)
}
