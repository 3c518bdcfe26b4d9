import type { Format, RenderOptions } from '../diff/stored-report.ts'
import type { DiffView } from './open-reports.ts'

/** One diff in one format; made when its content is asked for. */
export interface Rendering {
  readonly diff: DiffView
  readonly format: Format
  readonly cssUrl: string | undefined
}

export interface RenderingContent {
  readonly text: string
  readonly truncated: boolean
  readonly nextOffset: number | null
}

/** The path below the service's own address at which `http/renderings.ts` serves it. */
export function renderingPath(rendering: Rendering): string {
  const { diff, format, cssUrl } = rendering
  const { pair, kind } = diff.stored
  // With the version in it, the content of the URL never changes.
  const query = new URLSearchParams({
    v: diff.stored.etag(format, renderOptions(rendering)).replaceAll('"', ''),
  })
  if (diff.filterBoring) query.set('filter_boring', '1')
  if (cssUrl !== undefined) query.set('css_url', cssUrl)
  const path = [kind, pair.old.id, pair.new.id, format].map(encodeURIComponent).join('/')
  return `/renderings/${path}?${query}`
}

export function renderOptions({ diff, cssUrl }: Rendering): RenderOptions {
  return { filterBoring: diff.filterBoring, cssUrl }
}

/**
 * A part of the rendering's UTF-8 bytes as text, cut at a character's end. What lies ahead of `offset` is made and thrown away: to read all of
 * a big rendering, fetch it from its URL.
 */
export async function readContent(
  rendering: Rendering,
  { offset, maxBytes }: { offset: number; maxBytes: number },
): Promise<RenderingContent> {
  const wanted: Buffer[] = []
  let position = 0
  // One byte more than wanted tells whether there is more.
  const end = offset + maxBytes + 1
  for await (const chunk of rendering.diff.stored.render(rendering.format, renderOptions(rendering))) {
    const from = Math.max(0, offset - position)
    if (from < chunk.length) wanted.push(Buffer.from(chunk.subarray(from, end - position)))
    position += chunk.length
    if (position >= end) break
  }
  const bytes = Buffer.concat(wanted)
  const truncated = bytes.length > maxBytes
  const length = truncated ? characterEnd(bytes, maxBytes) : bytes.length
  return {
    text: bytes.toString('utf8', 0, length),
    truncated,
    nextOffset: truncated ? offset + length : null,
  }
}

/** The last place at or before `at` where no UTF-8 character is cut in two; `at` itself in what is not UTF-8. */
function characterEnd(bytes: Buffer, at: number): number {
  let end = at
  while (end > 0 && at - end < 4 && (bytes[end]! & 0xc0) === 0x80) end -= 1
  return end > 0 && at - end < 4 ? end : at
}
