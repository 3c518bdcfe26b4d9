import type { Format, RenderOptions } from '../diff/rendering/format.ts'
import { hideText } from '../diff/summary/noise-classes.ts'
import { QueryLimitError } from '../errors.ts'
import { type RenderingAddress, renderingPath } from '../rendering-path.ts'
import type { Context, Services } from './context.ts'
import type { DiffView } from './open-reports.ts'

/** A diff in one format. It is rendered only when its content is requested. */
export interface Rendering {
  readonly diff: DiffView
  readonly format: Format
  readonly cssUrl: string | undefined
}

export interface RenderingContent {
  readonly text: string
  /** Whether the rendering continues after `text`. */
  readonly truncated: boolean
  /** Offset of the rest, in bytes; null if there is none. */
  readonly nextOffset: number | null
}

/** Largest part of a rendering in one response, in bytes. */
export const MAX_INLINE_BYTES = 1 << 20
const MOST_PER_STORED_BYTE = 8
const MIN_EXPECTED_BYTES = 16 * 1024
/** A UTF-8 character has up to four bytes; a smaller part could be empty. */
const MIN_INLINE_BYTES = 4

/** URL that serves the rendering. */
export function renderingUrl(rendering: Rendering, services: Services): string {
  const { diff, format, cssUrl } = rendering
  const { pair, kind, file } = diff.stored
  const address: RenderingAddress = {
    kind,
    oldId: pair.old.id,
    newId: pair.new.id,
    file,
    format,
    filterBoring: false,
    hide: diff.hide && hideText(diff.hide.classes),
    cssUrl,
    etag: renderingEtag(rendering, services),
  }
  return services.baseUrl + renderingPath(address)
}

/** The ETag that `renderingUrl` answers with, quotes included. */
export function renderingEtag(rendering: Rendering, services: Services): string {
  return rendering.diff.stored.etag(rendering.format, optionsOf(rendering, services))
}

/** The size of what is stored, if the rendering is just that; null if only rendering it would tell. */
export function renderingSize({ diff: { stored, hide }, format }: Rendering): number | null {
  const storedAs = stored.kind === 'debdiff' ? 'text' : 'json'
  return hide === undefined && format === storedAs ? stored.entry.sizeBytes : null
}

function optionsOf({ diff, cssUrl }: Rendering, { basePath }: Services): RenderOptions {
  return { filterBoring: false, hide: diff.hide, cssUrl, basePath }
}

/**
 * Returns a part of the rendering's UTF-8 bytes as text. It ends at the end of a character. The bytes before
 * `offset` are rendered and dropped, so clients should fetch large renderings from their URL.
 * @throws QueryLimitError if `maxBytes` is out of range; as `ByteAccount.charge`
 */
export async function readContent(
  rendering: Rendering,
  { offset, maxBytes }: { offset: number; maxBytes: number },
  context: Context,
): Promise<RenderingContent> {
  if (maxBytes < MIN_INLINE_BYTES || maxBytes > MAX_INLINE_BYTES)
    throw new QueryLimitError(
      'RENDERING_TOO_LARGE',
      MAX_INLINE_BYTES,
      `"maxBytes" must be from ${MIN_INLINE_BYTES} to ${MAX_INLINE_BYTES}, not ${maxBytes}. ` +
        'Fetch larger renderings from their "url"',
    )
  const { sizeBytes } = rendering.diff.stored
  // Most renderings are at most some times as long as the diff. What this one really has is counted later.
  const expected = Math.min(maxBytes, MOST_PER_STORED_BYTE * sizeBytes + MIN_EXPECTED_BYTES)
  return context.bytes.during(expected, () => readPart(rendering, { offset, maxBytes }, context))
}

async function readPart(
  rendering: Rendering,
  { offset, maxBytes }: { offset: number; maxBytes: number },
  { services, signal }: Context,
): Promise<RenderingContent> {
  const kept: Buffer[] = []
  let position = 0
  // One more byte shows whether the rendering continues.
  const end = offset + maxBytes + 1
  const chunks = rendering.diff.stored.render(rendering.format, optionsOf(rendering, services))
  for await (const chunk of chunks) {
    signal.throwIfAborted()
    const from = Math.max(0, offset - position)
    // A chunk is only valid until the next one is requested, so it is copied.
    if (from < chunk.length) kept.push(Buffer.from(chunk.subarray(from, end - position)))
    position += chunk.length
    if (position >= end) break
  }
  const bytes = Buffer.concat(kept)
  const truncated = bytes.length > maxBytes
  const length = truncated ? characterEnd(bytes, maxBytes) : bytes.length
  return {
    text: bytes.toString('utf8', 0, length),
    truncated,
    nextOffset: truncated ? offset + length : null,
  }
}

/**
 * The last position up to `limit` that does not split a UTF-8 character; `limit` itself if the bytes are not
 * UTF-8.
 */
function characterEnd(bytes: Buffer, limit: number): number {
  let end = limit
  while (end > 0 && limit - end < 4 && isContinuation(bytes[end])) end -= 1
  return end > 0 && limit - end < 4 ? end : limit
}

/** Whether a byte continues a UTF-8 character. */
function isContinuation(byte = 0): boolean {
  return (byte & 0xc0) === 0x80
}
