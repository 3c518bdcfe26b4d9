/** What a report does not show, below a report that people read: see `cross-check/unshown.ts`. */
import type { Unshown } from '../../cross-check/unshown.ts'
import type { Finding } from '../../summary/types.ts'
import { escapeHtml, visible } from '../escape.ts'
import type { Format } from '../format.ts'

const TITLE = 'What this report does not show'
const TEXT =
  'The packages differ in the following as well, as the summary has read it from them. It is in no line of the diffoscope report, or the report says of it ' +
  'that only the order differs.'
const TEXTS_TITLE = 'Files on one side only'

/** Empty where there is nothing to say, and for JSON, which is the report itself. */
export function unshownSection(format: Format, unshown: Unshown): string {
  const { findings, count, texts } = unshown
  const rest = count - findings.length
  const more = rest > 0 ? `… and ${rest} more: see the summary.` : ''
  const parts: Part[] = []
  if (count > 0) parts.push({ title: TITLE, text: TEXT, findings, more })
  if (texts.length > 0)
    parts.push({
      title: TEXTS_TITLE,
      text: 'The report has their names; this is how they begin.',
      findings: texts,
      more: '',
    })
  return format === 'json' ? '' : parts.map(WRITERS[format]).join('')
}

interface Part {
  readonly title: string
  readonly text: string
  readonly findings: readonly Finding[]
  readonly more: string
}

const WRITERS: Readonly<Record<Exclude<Format, 'json'>, (part: Part) => string>> = {
  text: ({ title, text, findings, more }) =>
    `\n${title}\n${text}\n${findings.map(asText).join('')}${more && `\n${more}\n`}`,
  markdown: ({ title, text, findings, more }) =>
    `\n## ${title}\n\n${text}\n${findings.map(asMarkdown).join('')}${more && `\n${more}\n`}`,
  html: ({ title, text, findings, more }) =>
    `<section class="unshown">\n<h2>${title}</h2>\n<p>${text}</p>\n${findings.map(asHtml).join('')}${more && `<p>${more}</p>\n`}</section>\n`,
}

const nameOf = ({ package: name, path }: Finding) =>
  visible(path === '' ? name : `${name}: ${path}`).replaceAll('\n', '\\n')

/** Both sides as lines of a diff. */
function linesOf({ old, new: newer }: Finding): string {
  const marked = (text: string, mark: string) =>
    text === ''
      ? ''
      : visible(text)
          .replace(/\n$/, '')
          .split('\n')
          .map((line) => `${mark}${line}\n`)
          .join('')
  return marked(old, '-') + marked(newer, '+')
}

function asText(finding: Finding): string {
  return `\n${nameOf(finding)}\n${finding.rule}: ${visible(finding.message)}\n${linesOf(finding)}`
}

/** The fence is longer than any run of backticks in the lines. */
function asMarkdown(finding: Finding): string {
  const lines = linesOf(finding)
  const runs = (lines.match(/`+/g) ?? []).map(({ length }) => length)
  const fence = '`'.repeat(Math.max(2, ...runs) + 1)
  const inert = (text: string) => text.replaceAll('<', '&lt;')
  const diff = lines === '' ? '' : `\n${fence}diff\n${lines}${fence}\n`
  return `\n### ${inert(nameOf(finding))}\n\n${finding.rule}: ${inert(visible(finding.message))}\n${diff}`
}

function asHtml(finding: Finding): string {
  return `<h3>${escapeHtml(nameOf(finding))}</h3>\n<p>${finding.rule}: ${escapeHtml(finding.message)}</p>\n<pre>${escapeHtml(linesOf(finding))}</pre>\n`
}
