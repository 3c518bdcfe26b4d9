/** A summary as Markdown: a table of findings that fits a comment on a merge request. */
import type { Finding, Summary } from '../../summary/types.ts'
import { inertMarkdown } from '../escape.ts'
import { countSentence, judgements, noiseList, verdictSentence } from './summary-counts.ts'

const MAX_ROWS = 150
const MAX_CELL_LENGTH = 300

export function summaryMarkdown(summary: Summary): string {
  const { findings, undecided, noise } = summary
  const shown = findings.slice(0, MAX_ROWS)
  const left = findings.length - shown.length
  const lines = [
    `**${summary.verdict.replace('_', ' ')}.** ${verdictSentence(summary)} ${countSentence(summary)}`,
    ...(undecided.length > 0
      ? ['', ...undecided.slice(0, 10).map((reason) => `- Not compared: ${cell(reason)}`)]
      : []),
    ...(shown.length > 0
      ? ['', '| | Rule | Package | Where | What |', '|---|---|---|---|---|', ...shown.map(row)]
      : []),
    ...(left > 0 ? ['', `… and ${left} more findings.`] : []),
    ...(noise.length > 0 ? ['', `Noise: ${noiseList(summary).replaceAll('_', '\\_')}.`] : []),
  ]
  return `${lines.join('\n')}\n`
}

function row(finding: Finding): string {
  const { severity, rule, package: name, path, message } = finding
  const judged = judgements(finding).map((part) => ` *(${cell(part)})*`)
  return `| ${severity} | ${rule.replaceAll('_', '\\_')} | ${cell(name)} | ${cell(path)} | ${cell(message)}${judged.join('')} |`
}

/** Text of packages: no markup, no end of the cell or the row. */
function cell(text: string): string {
  const line = inertMarkdown(text.replace(/\s*\n\s*/g, ' '))
  const short = line.length <= MAX_CELL_LENGTH ? line : `${line.slice(0, MAX_CELL_LENGTH - 1)}…`
  return short.replace(/[\\`*_|{}[\]()#!~@]/g, (char) => `\\${char}`)
}
