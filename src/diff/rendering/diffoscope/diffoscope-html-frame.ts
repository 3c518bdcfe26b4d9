/** The page around the differences: head, heading, contents, footer. */
import type { FilteredReport } from '../../report/filter/filter-report.ts'
import type { IncompleteKind, Report, ReportCounts, ReportNode } from '../../report/types.ts'
import { DIFFOSCOPE_META_POLICY, safeStylesheet } from '../content-policy.ts'
import { escapeAttribute, escapeHtml, escapeName } from '../escape.ts'
import { SCRIPT } from './page/script.ts'
import { STYLE } from './page/style.css.ts'

/** A report of many nodes must still start with its differences. */
const MAX_CONTENTS = 200
/** Both come from packages: the names of a trail, and the UTF-16 units of a name. */
const MAX_TRAIL = 12
const MAX_NAME_LENGTH = 200
const MAX_NOTICES = 5
/** Longer contents are folded. */
const MAX_OPEN_CONTENTS = 40

export function pageStart(title: string, cssUrl: string | undefined): string {
  const stylesheet = safeStylesheet(cssUrl)
  const link = stylesheet === null ? '' : `\n<link rel="stylesheet" href="${escapeAttribute(stylesheet)}">`
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta http-equiv="Content-Security-Policy" content="${DIFFOSCOPE_META_POLICY}">
<title>${escapeHtml(title)}</title>${link}
<style>
${STYLE}
</style>
</head>
<body class="diffoscope">
<a class="skip" href="#top">Skip to the differences</a>
<header>
<h1>${escapeHtml(title)}</h1>
`
}

/** For a page that continues the report: the names of the nodes that lead there, and a link to the report. */
export async function continuedHeading(
  report: Report,
  { ordinal, parent }: ReportNode,
  reportUrl: string | undefined,
): Promise<string> {
  const trail = (await report.ancestry(ordinal)).slice(1).slice(-MAX_TRAIL).map(shortName)
  const names = trail.length === 0 ? '' : `<p class="trail">${trail.join(' › ')}</p>\n`
  const anchor = parent === null ? 'top' : `n${ordinal}`
  const back =
    reportUrl === undefined
      ? ''
      : `<p><a href="${escapeAttribute(reportUrl)}#${anchor}">Back to the report</a></p>\n`
  return `${names}${back}</header>\n`
}

export function shortName({ source2 }: ReportNode): string {
  const name = source2.length > MAX_NAME_LENGTH ? `${source2.slice(0, MAX_NAME_LENGTH)}…` : source2
  return escapeName(name)
}

export function pageHeading(report: Report, compareUrl: string | undefined): string {
  const { hidden, hiddenNoise = [] } = report as Partial<FilteredReport>
  const lines = [`<p class="summary">${counted(report.counts)}</p>`]
  if (hidden && hidden.nodes + hidden.hunks > 0) {
    const classes = hiddenNoise.map((one) => `${escapeHtml(one.class)} ${one.files.toLocaleString('en')}`)
    const byClass = classes.length > 0 ? ` (${classes.join(', ')})` : ''
    lines.push(`<p class="summary">Hidden by the filter: ${counted(hidden)}${byClass}</p>`)
  }
  if (report.incompleteCount > 0) {
    const notices = report.incomplete
      .slice(0, MAX_NOTICES)
      .map(
        ({ kind, tool, node }) =>
          `<a href="#n${node}">${INCOMPLETE[kind]}${tool === null ? '' : ` (${escapeHtml(tool)})`}</a>`,
      )
    const more = report.incompleteCount - notices.length
    if (more > 0) notices.push(`and ${more.toLocaleString('en')} more`)
    lines.push(`<p class="notice" role="note">This comparison is not complete: ${notices.join(', ')}.</p>`)
  }
  if (compareUrl !== undefined)
    lines.push(
      `<p><a href="${escapeAttribute(compareUrl)}">Summary and single files of this comparison</a></p>`,
    )
  lines.push(
    '<p class="controls" hidden><button type="button" data-fold="open">Unfold all</button><button type="button" data-fold="close">Fold all</button></p>',
  )
  return `${lines.join('\n')}\n</header>\n`
}

const INCOMPLETE: Readonly<Record<IncompleteKind, string>> = {
  NOT_COMPARED: 'a package was not compared',
  TIMEOUT: 'the time limit ended it early',
  TOOL_MISSING: 'a program is not installed',
  EXTRACTION_FAILED: 'a container could not be opened',
  COMMAND_FAILED: 'a program failed',
  COMMAND_WARNED: 'a program printed warnings',
  PARSING_FAILED: 'a file or an output was not understood',
  DEPTH_LIMIT: 'a container is nested too deeply',
  INPUT_CUT: 'only the beginning was compared',
  BLOCK_CUT: 'lines were left out',
}

function counted({ nodes, hunks, addedLines, removedLines }: ReportCounts): string {
  return `${plural(nodes, 'file', 'files')}, ${plural(hunks, 'hunk', 'hunks')} ${lineCounts(addedLines, removedLines)}`
}

function plural(count: number, one: string, more: string): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : more}`
}

/** `+3 −4`, with signs for readers who cannot see the colours; empty if both are 0. */
export function lineCounts(added: number, removed: number): string {
  if (added + removed === 0) return ''
  return `<span class="counts"><ins>+${added.toLocaleString('en')}</ins> <del>−${removed.toLocaleString('en')}</del></span>`
}

/**
 * Links to the nodes below the root and, while there is room, to those below them.
 * @param linked gets the nodes that have a link @throws as Report's methods
 */
export async function* contents(report: Report, linked: ReportNode[]): AsyncGenerator<string, void, void> {
  const entries = await report.children(0, { count: MAX_CONTENTS })
  const total = (await report.node(0)).children
  if (total === 0) return
  const room = { left: MAX_CONTENTS - entries.length }
  yield `<nav aria-label="Contents">\n<details${total > MAX_OPEN_CONTENTS ? '' : ' open'}><summary>Contents</summary>\n<ol>\n`
  for (const entry of entries) yield* contentsItem(report, entry, room, linked)
  if (total > entries.length) yield `<li>… and ${(total - entries.length).toLocaleString('en')} more</li>\n`
  yield '</ol>\n</details>\n</nav>\n'
}

async function* contentsItem(
  report: Report,
  node: ReportNode,
  room: { left: number },
  linked: ReportNode[],
): AsyncGenerator<string, void, void> {
  const below = room.left > 0 ? await report.children(node.ordinal, { count: room.left }) : []
  room.left -= below.length
  linked.push(node)
  yield `<li>${contentsLink(node)}`
  if (below.length > 0) {
    yield '\n<ol>\n'
    for (const inner of below) yield* contentsItem(report, inner, room, linked)
    yield '</ol>\n'
  }
  yield '</li>\n'
}

function contentsLink({ ordinal, source1, source2, subtree }: ReportNode): string {
  const name = source1 === source2 ? source1 : `${source1} vs. ${source2}`
  return `<a href="#n${ordinal}">${escapeName(name)}</a> ${lineCounts(subtree.addedLines, subtree.removedLines)}`
}

export const PAGE_END = `</main>
<footer><p>What diffoscope found, shown by Differ.</p></footer>
<script>${SCRIPT}</script>
</body>
</html>
`
