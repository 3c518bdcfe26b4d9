/** A campaign as JSON, Markdown and CSV, and its feed. Texts come from packages and runs: each form has its own dangers. */
import { escapeAttribute, escapeHtml, inertMarkdown } from '../diff/rendering/escape.ts'
import type { CampaignOverview, Cluster, KindCount, RuleCount } from '../state/campaign-queries.ts'
import type { MatchingComparison } from '../state/matching-comparisons.ts'

/** What a campaign's JSON and Markdown show. */
export interface CampaignReport {
  readonly campaign: CampaignOverview
  readonly lagSeconds: number
  /** Comparisons that were judged before the rules changed. */
  readonly outdated: number
  readonly counts: readonly KindCount[]
  /** The rarest first. */
  readonly rules: readonly RuleCount[]
  readonly clusters: readonly Cluster[]
  readonly hasMoreClusters: boolean
  readonly comparisons: readonly MatchingComparison[]
  /** Cursor of the next page of comparisons; null at the end. */
  readonly next: string | null
}

export function campaignJson(report: CampaignReport): string {
  const { campaign, counts, clusters, comparisons, ...rest } = report
  const of = (kind: KindCount['kind']) => counts.filter((one) => one.kind === kind)
  const sum = (kind: KindCount['kind'], name = '') => of(kind).find((one) => one.name === name)
  const value = {
    name: campaign.name,
    newestRunTime: new Date(campaign.newestMs).toISOString(),
    lagSeconds: rest.lagSeconds,
    verdicts: Object.fromEntries(campaign.verdicts.map((one) => [one.verdict, one.comparisons])),
    failures: Object.fromEntries(campaign.failures.map((one) => [one.name, one.comparisons])),
    outdatedComparisons: rest.outdated,
    undecidedComparisons: sum('undecided')?.comparisons ?? 0,
    incompleteComparisons: sum('omitted')?.comparisons ?? 0,
    rules: rest.rules,
    noise: of('noise').map(({ name, comparisons: number, items }) => ({
      class: name,
      comparisons: number,
      files: items,
    })),
    packages: of('package').map(({ name, comparisons: number, items }) => ({
      ...{ change: name, comparisons: number, packages: items },
    })),
    oldSize: sum('size', 'old')?.items ?? 0,
    newSize: sum('size', 'new')?.items ?? 0,
    clusters: clusters.map(({ signature, ...cluster }) => ({ cluster: signature, ...cluster })),
    hasMoreClusters: rest.hasMoreClusters,
    comparisons: comparisons.map(({ cursor: _, signature, rulesVersion: __, rulesFile: ___, ...one }) => ({
      ...one,
      cluster: signature,
    })),
    next: rest.next,
  }
  return `${JSON.stringify(value)}\n`
}

export function campaignMarkdown({
  campaign,
  rules,
  clusters,
  comparisons,
  ...rest
}: CampaignReport): string {
  const verdicts = [
    ...campaign.verdicts.map(({ verdict, comparisons: number }) => [verdict, number]),
    ...campaign.failures.map(({ name, comparisons: number }) => [`not made: ${name}`, number]),
  ]
  const lines = [
    `# Campaign ${cell(campaign.name)}`,
    '',
    ...table(['Verdict', 'Comparisons'], verdicts),
    ...(rest.outdated > 0 ? ['', `${rest.outdated} of them were judged before the rules changed.`] : []),
    '',
    '## Rules, the rarest first',
    '',
    ...table(
      ['Rule', 'Severity', 'Comparisons', 'Findings'],
      rules.map((one) => [
        one.rule,
        one.severity + (one.expected ? ', expected' : ''),
        one.comparisons,
        one.findings,
      ]),
    ),
    '',
    '## Runs that do the same',
    '',
    ...table(
      ['Comparisons', 'Verdict', 'Findings', 'Example'],
      clusters.map((one) => [
        one.comparisons,
        one.verdict,
        one.findings.map((finding) => `${finding.rule} ${finding.path}`).join(', ') || 'none',
        `${one.example.oldId} … ${one.example.newId}`,
      ]),
    ),
    ...(rest.hasMoreClusters ? ['', 'There are more, smaller ones.'] : []),
    '',
    '## Runs',
    '',
    ...table(
      ['New run', 'Codebase', 'Verdict', 'BAD', 'VERIFY', 'INFO', 'Expected'],
      comparisons.map((one) => [
        ...[one.newId, one.codebase, one.verdict ?? `not made: ${one.failure}`],
        ...[one.bad, one.verify, one.info, one.expected],
      ]),
    ),
    ...(rest.next === null ? [] : ['', 'There are more, older ones.']),
  ]
  return `${lines.join('\n')}\n`
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string[] {
  if (rows.length === 0) return ['None.']
  const row = (cells: readonly (string | number)[]) =>
    `| ${cells.map((one) => cell(String(one))).join(' | ')} |`
  return [row(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(row)]
}

const MAX_CELL_LENGTH = 300

/** No markup, no end of the cell or the row. */
function cell(text: string): string {
  const line = inertMarkdown(text.replace(/\s*\n\s*/g, ' '))
  const short = line.length <= MAX_CELL_LENGTH ? line : `${line.slice(0, MAX_CELL_LENGTH - 1)}…`
  return short.replace(/[\\`*_|{}[\]()#!~@]/g, (char) => `\\${char}`)
}

export const CSV_HEAD = 'old_run,new_run,codebase,verdict,failure,bad,verify,info,expected,cluster\r\n'

/** A line as in RFC 4180. */
export function csvLine(one: MatchingComparison): string {
  const texts = [one.oldId, one.newId, one.codebase, one.verdict ?? '', one.failure ?? ''].map(csvText)
  return `${[...texts, one.bad, one.verify, one.info, one.expected, one.signature ?? ''].join(',')}\r\n`
}

/** A quote before what a spreadsheet would take for a formula, so that it shows the text. */
function csvText(text: string): string {
  const inert = /^[\s]*[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(inert) || inert !== text ? `"${inert.replaceAll('"', '""')}"` : inert
}

/** An Atom feed: https://www.rfc-editor.org/rfc/rfc4287 */
export function campaignFeed(
  { name }: CampaignOverview,
  comparisons: readonly MatchingComparison[],
  baseUrl: string,
): string {
  const self = `${baseUrl}/campaigns/${encodeURIComponent(name)}/feed`
  const [newest] = comparisons
  const entries = comparisons.map((one) => {
    const link = `${baseUrl}/summary/${encodeURIComponent(one.oldId)}/${encodeURIComponent(one.newId)}`
    const counts = `${one.bad} BAD, ${one.verify} VERIFY, ${one.info} INFO`
    return `<entry><id>${xml(link)}</id><title>${xml(`${one.codebase}: ${counts}`)}</title>
<updated>${timeOf(one)}</updated><link href="${attribute(link)}"/><summary>${xml(`${one.newId}: ${one.verdict}; ${counts}; ${one.expected} expected`)}</summary></entry>`
  })
  return `<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><id>${xml(self)}</id><title>${xml(`${name}: findings of severity BAD or VERIFY`)}</title>
<author><name>Differ</name></author><updated>${newest ? timeOf(newest) : new Date(0).toISOString()}</updated><link rel="self" href="${attribute(self)}"/>
${entries.join('\n')}
</feed>
`
}

function timeOf({ cursor }: MatchingComparison): string {
  return new Date(cursor.finishedMs).toISOString()
}

/** XML has no form for control characters; `escapeHtml` spells them out. */
function xml(text: string): string {
  return escapeHtml(text.replaceAll('\n', ' ').replaceAll('\t', ' ')).replace(NOT_XML, '\ufffd')
}

function attribute(text: string): string {
  return escapeAttribute(text).replace(NOT_XML, '\ufffd')
}

const NOT_XML = /[\ufffe\uffff]|\p{Surrogate}/gu
