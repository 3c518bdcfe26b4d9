import type { Format, RenderOptions } from '../diff/stored-diff.ts'
import { type RenderingAddress, renderingPath } from '../rendering-path.ts'
import type { Services } from './context.ts'
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

/** Where it is served. */
export function renderingUrl(rendering: Rendering, services: Services): string {
  const { diff, format, cssUrl } = rendering
  const { pair, kind } = diff.stored
  const address: RenderingAddress = {
    kind,
    oldId: pair.old.id,
    newId: pair.new.id,
    format,
    filterBoring: diff.filterBoring,
    cssUrl,
    etag: renderingEtag(rendering, services),
  }
  return services.baseUrl + renderingPath(address)
}

/** As its answers over HTTP have it, quotes included. */
export function renderingEtag(rendering: Rendering, services: Services): string {
  return rendering.diff.stored.etag(rendering.format, optionsOf(rendering, services))
}

function optionsOf({ diff, cssUrl }: Rendering, { basePath }: Services): RenderOptions {
  return { filterBoring: diff.filterBoring, cssUrl, basePath }
}

/**
 * A part of the rendering's UTF-8 bytes as text, cut at a character's end. What lies ahead of `offset` is made and thrown away: to read all of
 * a big rendering, fetch it from its URL.
 */
export async function readContent(
  rendering: Rendering,
  { offset, maxBytes }: { offset: number; maxBytes: number },
  services: Services,
): Promise<RenderingContent> {
  const wanted: Buffer[] = []
  let position = 0
  // One byte more than wanted tells whether there is more.
  const end = offset + maxBytes + 1
  const chunks = rendering.diff.stored.render(rendering.format, optionsOf(rendering, services))
  for await (const chunk of chunks) {
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
