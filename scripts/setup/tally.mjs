/** Counts the results of the type check, the linter and vitest for the end of `npm test`. */

/**
 * @typedef {object} TestFile
 * @property {string} [name] its path
 * @property {string} status
 * @property {{status: string, title: string, ancestorTitles?: string[]}[]} assertionResults
 *
 * @typedef {object} VitestReport the part of vitest's JSON report that is read
 * @property {number} numPassedTests
 * @property {number} numFailedTests
 * @property {number} numPendingTests skipped
 * @property {number} numTodoTests
 * @property {TestFile[]} testResults
 *
 * @param {VitestReport | null} report null if vitest wrote none, which is a failure
 * @param {number} vitestCode its exit code
 * @param {readonly number[]} checkCodes the exit codes of type check and linter; each that is not 0 is a
 *   failure
 * @returns {{passed: number, failed: number, skipped: number, skips: string[], line: string}} `skips`: a line
 *   for each group of skipped tests
 */
export function tally(report, vitestCode, checkCodes) {
  const passed = report?.numPassedTests ?? 0
  const skipped = (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0)
  // A file that fails while it is loaded, or in a hook, has no failed test.
  const brokenFiles = (report?.testResults ?? []).filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  ).length
  const failedTests = (report?.numFailedTests ?? 0) + brokenFiles
  // An error outside of tests, such as an unhandled rejection, only shows in the exit code.
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
  /** @type {Map<string, number>} */
  const counts = new Map()
  for (const { name = '', assertionResults } of report?.testResults ?? [])
    for (const { status, ancestorTitles, title } of assertionResults)
      if (status === 'pending' || status === 'skipped' || status === 'todo') {
        const group = `${name.replace(/^.*\/(?=test\/)/, '')}: ${ancestorTitles?.[0] ?? title}`
        counts.set(group, (counts.get(group) ?? 0) + 1)
      }
  return [...counts].map(([group, count]) => `${count} in ${group}`)
}
