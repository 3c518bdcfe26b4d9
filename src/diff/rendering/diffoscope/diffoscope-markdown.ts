/**
 * A diffoscope report as Markdown: to the byte what `diffoscope --load-existing-diff FILE --markdown -` prints, except that nothing in a report
 * can break out: `<` in titles and comments is `&lt;`, and a fence is longer than any run of backticks that a line of its diff begins with.
 */
import type { Report, ReportNode } from '../../report/types.ts'
import { chunked } from '../chunked.ts'
import { documentOrder, type RootSources } from './document-order.ts'

/** Markdown knows no deeper heading. */
const DEEPEST_HEADING = 6

/**
 * @param options.sources what to call the two sides of the root
 * @throws as Report's methods, while it is read
 */
export function diffoscopeMarkdown(
  report: Report,
  options: { readonly sources?: RootSources } = {},
): AsyncGenerator<Uint8Array> {
  return chunked(pieces(report, options.sources))
}

async function* pieces(
  report: Report,
  sources: RootSources | undefined,
): AsyncGenerator<string | Uint8Array> {
  for await (const node of documentOrder(report, sources)) {
    yield heading(node)
    if (node.diff === null || node.diff.sizeBytes === 0) continue
    const { longestFence } = node.diff
    yield* fence(longestFence)
    yield 'diff\n'
    yield* report.diff(node.ordinal, { trimmed: true })
    yield '\n'
    yield* fence(longestFence)
    yield '\n\n'
  }
}

function heading({ depth, source1, source2, comments }: ReportNode): string {
  const level = '#'.repeat(Math.min(depth + 1, DEEPEST_HEADING))
  const title = source1 === source2 ? source1 : `Comparing \`${source1}\` & \`${source2}\``
  const notes = comments.map((comment) => ` * *${inert(comment)}*\n\n`)
  return `${level} ${inert(title)}\n\n${notes.join('')}`
}

function inert(text: string): string {
  return text.replaceAll('<', '&lt;')
}

/** A hostile run of backticks may be as long as the report: the fence is made in pieces. */
function* fence(longest: number): Generator<string> {
  for (let left = Math.max(3, longest + 1); left > 0; left -= 65_536) yield '`'.repeat(Math.min(left, 65_536))
}
