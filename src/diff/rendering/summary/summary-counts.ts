/** The sentences that count, which text and Markdown share. */
import { type Finding, SEVERITIES, type Summary, type Verdict } from '../../summary/types.ts'

const VERDICTS: Readonly<Record<Verdict, string>> = {
  IDENTICAL: 'The packages are identical.',
  NOISE_ONLY: 'The packages differ only by what every rebuild changes.',
  SUBSTANTIVE: 'The packages differ.',
  UNDECIDED: 'Part of the packages could not be compared.',
  EXPECTED: 'The packages differ only as the rules file expects.',
}

export function verdictSentence({ verdict }: Summary): string {
  return VERDICTS[verdict]
}

/** `3 findings: 1 BAD, 2 VERIFY, 1 of them expected. 14 files differ, 2 of them by more than noise.` */
export function countSentence(summary: Summary): string {
  const { findings, files } = summary
  const bySeverity = SEVERITIES.map(
    (severity) => [severity, findings.filter((one) => one.severity === severity).length] as const,
  )
    .filter(([, count]) => count > 0)
    .map(([severity, count]) => `${count} ${severity}`)
  const substantive = files.filter((file) => file.substantive).length
  const found =
    findings.length === 0
      ? 'No findings.'
      : `${plural(findings.length, 'finding')}: ${bySeverity.join(', ')}${expectedPart(findings)}.`
  const differing =
    files.length === 0
      ? 'No file differs.'
      : `${plural(files.length, 'file')} ${files.length === 1 ? 'differs' : 'differ'}, ${substantive} of them by more than noise.`
  return `${found} ${differing}${omittedPart(summary)}`
}

/** `MTIME 12, BUILD_ID 2`, the most frequent first. */
export function noiseList({ noise }: Summary): string {
  return [...noise]
    .sort((a, b) => b.files - a.files)
    .map((one) => `${one.class} ${one.files}`)
    .join(', ')
}

/** Empty if the lists are complete. */
function omittedPart({ omitted }: Summary): string {
  return omitted
    ? ` ${plural(omitted.findings, 'more finding')} and ${plural(omitted.files, 'more file')} are not listed.`
    : ''
}

function expectedPart(findings: readonly Finding[]): string {
  const count = findings.filter(({ expected }) => expected).length
  return count === 0 ? '' : `, ${count} of them expected`
}

/** What the rules file says about a finding, with its reasons: one part for each; empty if it says nothing. */
export function judgements({ expected, severityChange }: Finding): string[] {
  return [
    ...(expected ? [`expected: ${expected.reason}`] : []),
    ...(severityChange ? [`${severityChange.from} by its rule: ${severityChange.reason}`] : []),
  ]
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
