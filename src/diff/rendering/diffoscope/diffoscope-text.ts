/**
 * A diffoscope report as text: exactly the bytes that `diffoscope --load-existing-diff FILE --text -` prints,
 * without colours.
 */
import { trimEnd } from '../../report/scan/json-text.ts'
import type { Report, ReportNode } from '../../report/types.ts'
import { chunked } from '../chunked.ts'
import { type RootSources, writeNodes } from './document-order.ts'

const LINE_FEED = Buffer.from('\n')

/** @throws as Report's methods, while it is read */
export function diffoscopeText(
  report: Report,
  options: { readonly sources?: RootSources } = {},
): AsyncGenerator<Uint8Array> {
  async function* diff({ ordinal, depth }: ReportNode): AsyncGenerator<string | Uint8Array> {
    const prefix = '│ '.repeat(depth)
    yield prefix
    yield* report.diff(ordinal, { trimmed: true, linePrefix: Buffer.from(prefix) })
    yield LINE_FEED
  }
  return chunked(writeNodes(report, options.sources, { heading, diff }))
}

function heading({ depth, source1, source2, comments }: ReportNode): string {
  const outer = '│ '.repeat(Math.max(0, depth - 1))
  let lines: string[]
  if (depth === 0) lines = [`--- ${source1}`, `+++ ${source2}`]
  else if (source1 === source2) lines = [`${outer}├── ${source1}`]
  else lines = [`${outer}│   --- ${source1}`, `${outer}├── +++ ${source2}`]
  for (const comment of comments) lines.push(`${outer}│┄ ${comment}`)
  return lines.map((line) => `${trimEnd(line)}\n`).join('')
}
