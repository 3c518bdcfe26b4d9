#!/usr/bin/env node
/**
 * Decides on a merge by the summary of a change: node decide-merge.mjs URL OLD_RUN NEW_RUN
 * Prints `merge`, `review` or `reject` and the reasons. Exit status: 0 merge, 1 review or reject, 2 error.
 */
const [url, oldRun, newRun] = process.argv.slice(2)

/** The summary as JSON; docs/summary.md describes it. */
async function fetchSummary() {
  const path = `/summary/${encodeURIComponent(oldRun)}/${encodeURIComponent(newRun)}`
  const response = await fetch(new URL(path, url), { headers: { accept: 'application/json' } })
  if (!response.ok) throw new Error(`${response.status}: ${(await response.text()).trim()}`)
  return response.json()
}

/** Only what is harmless is merged without a person: noise, findings that are good to know, and those that the rules file expects. */
function decide({ verdict, findings: all, undecided }) {
  const findings = all.filter(({ expected }) => !expected)
  const bad = findings.filter(({ severity }) => severity === 'BAD')
  if (bad.length > 0) return ['reject', bad.map(describe)]
  const unclear = findings.filter(({ severity }) => severity === 'VERIFY')
  if (verdict === 'UNDECIDED' || undecided.length > 0 || unclear.length > 0)
    return ['review', [...undecided, ...unclear.map(describe)]]
  return ['merge', all.map(describe)]
}

const describe = ({ rule, package: name, path, message }) =>
  `${[rule, name, path].filter(Boolean).join(' ')}: ${message}`

try {
  const [decision, reasons] = decide(await fetchSummary())
  console.log([decision, ...reasons].join('\n'))
  process.exitCode = decision === 'merge' ? 0 : 1
} catch (error) {
  console.error(error.message)
  process.exitCode = 2
}
