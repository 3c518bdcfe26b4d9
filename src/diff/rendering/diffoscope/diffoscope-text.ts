/** A diffoscope report as text: to the byte what `diffoscope --load-existing-diff FILE --text -` prints, without colours. */
import { trimEnd } from '../../report/scan/json-text.ts'
import type { Report, ReportNode } from '../../report/types.ts'
import { chunked } from '../chunked.ts'
import { documentOrder, type RootSources } from './document-order.ts'

const LINE_FEED = Buffer.from('\n')

/**
 * @param options.sources what to call the two sides of the root
 * @throws as Report's methods, while it is read
 */
export function diffoscopeText(
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
    const prefix = '│ '.repeat(node.depth)
    yield prefix
    yield* report.diff(node.ordinal, { trimmed: true, linePrefix: Buffer.from(prefix) })
    yield LINE_FEED
  }
}

/** The lines of a node above its diff. */
function heading({ depth, source1, source2, comments }: ReportNode): string {
  const outer = '│ '.repeat(Math.max(0, depth - 1))
  let lines: string[]
  if (depth === 0) lines = [`--- ${source1}`, `+++ ${source2}`]
  else if (source1 === source2) lines = [`${outer}├── ${source1}`]
  else lines = [`${outer}│   --- ${source1}`, `${outer}├── +++ ${source2}`]
  for (const comment of comments) lines.push(`${outer}│┄ ${comment}`)
  return lines.map((line) => `${trimEnd(line)}\n`).join('')
}
