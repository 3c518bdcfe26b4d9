/** The findings of a summary by severity, the worst first; each leads to its place. */
import type { ComponentChildren } from 'preact'
import { request } from '../api/request.ts'
import { SummaryFindingsDocument } from '../generated/graphql.ts'
import type { Pair } from '../pair.ts'
import { urlOf } from '../router.ts'
import { KindIcon } from '../ui/chip.tsx'
import { urlOfFile } from '../ui/file-address.ts'
import { count, visible, words } from '../ui/format.ts'
import { More, usePages } from '../ui/more.tsx'
import type { Finding, Summary } from './summary.ts'

const GROUPS: readonly {
  readonly name: string
  readonly title: string
  readonly has: (finding: Finding) => boolean
}[] = [
  { name: 'bad', title: 'Bad', has: ({ severity, expected }) => severity === 'BAD' && !expected },
  { name: 'verify', title: 'To verify', has: ({ severity, expected }) => severity === 'VERIFY' && !expected },
  {
    name: 'info',
    title: 'For information',
    has: ({ severity, expected }) => severity === 'INFO' && !expected,
  },
  { name: 'expected', title: 'Expected', has: ({ expected }) => Boolean(expected) },
]

export function Findings({ of, pair }: { of: Summary; pair: Pair }) {
  const pages = usePages(of.findings, async (after) => {
    const { comparison } = await request(SummaryFindingsDocument, { ...pair, after })
    const summary = 'summary' in comparison ? comparison.summary : {}
    return 'findings' in summary ? summary.findings : null
  })
  return (
    <>
      {GROUPS.map(({ name, title, has }) => (
        <Group key={name} name={name} title={title} findings={pages.nodes.filter(has)} pair={pair} />
      ))}
      <More of={pages} what="findings" />
      {of.omittedFindings > 0 && (
        <p class="note">
          {count(of.omittedFindings)} more findings are not listed, because there are too many.
        </p>
      )}
    </>
  )
}

interface GroupProps {
  readonly name: string
  readonly title: string
  readonly findings: readonly Finding[]
  readonly pair: Pair
}

function Group({ name, title, findings, pair }: GroupProps) {
  if (findings.length === 0) return null
  return (
    <section class={`findings ${name}`} aria-labelledby={`findings-${name}`}>
      <h2 id={`findings-${name}`}>
        <KindIcon of={name} />
        {title} <small>{count(findings.length)}</small>
      </h2>
      <ul>
        {findings.map((finding, index) => (
          <FindingItem key={index} of={finding} pair={pair} />
        ))}
      </ul>
    </section>
  )
}

function FindingItem({ of, pair }: { of: Finding; pair: Pair }) {
  return (
    <li class="finding">
      <p class="what">
        <span>
          <Place of={of} pair={pair} /> {visible(of.message)}
        </span>
        <code class="rule">{of.rule}</code>
      </p>
      {of.severityChange && (
        <p class="reason">
          The rules file changes the severity from {words(of.severityChange.from)}:{' '}
          {visible(of.severityChange.reason)}
        </p>
      )}
      {of.expected && <p class="reason">The rules file expects this: {visible(of.expected.reason)}</p>}
      <Values of={of} />
    </li>
  )
}

/** `nginx usr/sbin/nginx`, as a link to what shows the difference. */
function Place({ of, pair }: { of: Finding; pair: Pair }) {
  const field = /^control:(?<name>.*)$/s.exec(of.path)?.groups?.name
  const text: ComponentChildren = (
    <>
      {visible(of.package)}
      {of.path !== '' && <code> {visible(field || of.path)}</code>}
    </>
  )
  if (of.path === '') {
    const query = { view: 'packages', package: of.package }
    return <a href={urlOf(['compare', pair.old, pair.new], query)}>{text}</a>
  }
  const path = field === undefined ? of.path : 'control/control'
  const file = { package: of.package, path, oldPath: null, oldPackage: null }
  // The search for the line begins at the file.
  const line = field ? { at: '1.0', line: `${field}:` } : {}
  return <a href={urlOfFile(pair, file, 'summary', true, line)}>{text}</a>
}

/** Up to so many characters, what both sides have is shown beside the message. */
const SHORT = 160
/** Findings whose values people read in full: what a new build says of itself. */
const OPEN_RULES = ['CHANGELOG_CHANGED']

/** What both sides have at the place. */
function Values({ of: { old, new: newer, rule } }: { of: Finding }) {
  if (old === '' && newer === '') return null
  const values = (
    <>
      {old !== '' && <del>{linesOf(old)}</del>}
      {newer !== '' && <ins>{linesOf(newer)}</ins>}
    </>
  )
  const isShort = old.length + newer.length <= SHORT && !/\n/.test(old.trimEnd() + newer.trimEnd())
  if (isShort) return <p class="values">{values}</p>
  return (
    <details open={OPEN_RULES.includes(rule)}>
      <summary>{old === '' ? 'New' : newer === '' ? 'Old' : 'Old and new'}</summary>
      <div class="values long">{values}</div>
    </details>
  )
}

function linesOf(text: string): string {
  return text.trimEnd().split('\n').map(visible).join('\n')
}
