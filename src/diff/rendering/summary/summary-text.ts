/** A summary as plain text: the worst first, one line for each finding, counts at the end; short enough for a merge request. */
import type { Finding, Severity, Summary } from '../../summary/types.ts'
import { visible } from '../escape.ts'
import { countSentence, judgements, noiseList, verdictSentence } from './summary-counts.ts'

/** Lines of the whole text. */
const MAX_LINES = 200
const MAX_LINE_LENGTH = 500
/** The verdict, undecided reasons, noise and counts. */
const OTHER_LINES = 20

const COLORS: Readonly<Record<Severity, string>> = { BAD: '\x1b[1;31m', VERIFY: '\x1b[33m', INFO: '\x1b[36m' }
const PLAIN = '\x1b[0m'

export function summaryText(summary: Summary, color: boolean): string {
  const { findings, undecided, noise } = summary
  const shown = findings.slice(0, MAX_LINES - OTHER_LINES)
  const left = findings.length - shown.length
  const lines = [
    `${summary.verdict}: ${verdictSentence(summary)}`,
    ...undecided.slice(0, OTHER_LINES / 2).map((reason) => `Not compared: ${oneLine(reason)}`),
    ...shown.map((finding) => findingLine(finding, color)),
    ...(left > 0 ? [`… and ${left} more findings`] : []),
    ...(noise.length > 0 ? [`Noise: ${noiseList(summary)}`] : []),
    countSentence(summary),
  ]
  return `${lines.join('\n')}\n`
}

function findingLine(finding: Finding, color: boolean): string {
  const { severity, rule, package: name, path, message } = finding
  const level = severity.padEnd('VERIFY'.length)
  const where = oneLine(path === '' ? name : `${name} ${path}`)
  return `${color ? `${COLORS[severity]}${level}${PLAIN}` : level} ${rule} ${where}: ${oneLine(message)}${judgements(
    finding,
  )
    .map((part) => ` (${oneLine(part)})`)
    .join('')}`
}

/** Keeps a name or message on one line, and shows control characters instead of sending them to the terminal. */
function oneLine(text: string): string {
  const line = visible(text.replace(/\s*\n\s*/g, ' ')).replaceAll('\t', ' ')
  return line.length <= MAX_LINE_LENGTH ? line : `${line.slice(0, MAX_LINE_LENGTH - 1)}…`
}
