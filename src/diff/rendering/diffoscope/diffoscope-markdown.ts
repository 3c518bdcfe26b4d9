/**
 * A diffoscope report as Markdown: exactly the bytes that `diffoscope --load-existing-diff FILE --markdown -`
 * prints, except that text of a package cannot become markup: `<` in titles and comments is `&lt;`, and a
 * fence is longer than any run of backticks at the beginning of a line in the diff.
 */
import type { DiffSummary, Report, ReportNode } from '../../report/types.ts'
import { chunked } from '../chunked.ts'
import { type RootSources, writeNodes } from './document-order.ts'

const MAX_HEADING_LEVEL = 6
const FENCE_PIECE_LENGTH = 65_536

/** @throws as Report's methods, while it is read */
export function diffoscopeMarkdown(
  report: Report,
  options: { readonly sources?: RootSources } = {},
): AsyncGenerator<Uint8Array> {
  async function* diff(
    { ordinal }: ReportNode,
    { longestFence }: DiffSummary,
  ): AsyncGenerator<string | Uint8Array> {
    yield* fence(longestFence)
    yield 'diff\n'
    yield* report.diff(ordinal, { trimmed: true })
    yield '\n'
    yield* fence(longestFence)
    yield '\n\n'
  }
  return chunked(writeNodes(report, options.sources, { heading, diff }))
}

function heading({ depth, source1, source2, comments }: ReportNode): string {
  const level = '#'.repeat(Math.min(depth + 1, MAX_HEADING_LEVEL))
  const title = source1 === source2 ? source1 : `Comparing \`${source1}\` & \`${source2}\``
  const notes = comments.map((comment) => ` * *${inert(comment)}*\n\n`)
  return `${level} ${inert(title)}\n\n${notes.join('')}`
}

function inert(text: string): string {
  return text.replaceAll('<', '&lt;')
}

/**
 * A fence longer than a run of `longest` backticks; in pieces, because a hostile run may be as long as the
 * report.
 */
function* fence(longest: number): Generator<string> {
  for (let left = Math.max(3, longest + 1); left > 0; left -= FENCE_PIECE_LENGTH)
    yield '`'.repeat(Math.min(left, FENCE_PIECE_LENGTH))
}
