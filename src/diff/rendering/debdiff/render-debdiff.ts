/**
 * Renders a debdiff in any format as a stream of UTF-8 that gives the event loop a turn after every chunk.
 */
import { setImmediate } from 'node:timers/promises'
import { filterSection } from '../../debdiff/filter-debdiff.ts'
import { readSections } from '../../debdiff/read-sections.ts'
import type { DebdiffSection } from '../../debdiff/sections.ts'
import type { BuildVersions } from '../../report/filter/boring-filter.ts'
import { prepend } from '../../streams/prepend.ts'
import { chunked } from '../chunked.ts'
import type { Format } from '../format.ts'
import { htmlPieces } from './debdiff-html.ts'
import { jsonPieces } from './debdiff-json.ts'
import { markdownPieces } from './debdiff-markdown.ts'
import { textPieces } from './debdiff-text.ts'
import type { DebdiffOptions, DebdiffWriter } from './debdiff-writer.ts'

const WRITERS: Record<Format, DebdiffWriter> = {
  text: textPieces,
  markdown: markdownPieces,
  html: htmlPieces,
  json: jsonPieces,
}

const CHUNK_LENGTH = 64 * 1024

/**
 * Renders debdiff's output, which may be any bytes; those that are not UTF-8 are replaced. (Text without the
 * filter needs no rendering: it is the stored bytes.)
 */
export async function* renderDebdiff(
  format: Format,
  bytes: Uint8Array | AsyncIterable<Uint8Array>,
  options: DebdiffOptions,
): AsyncGenerator<Uint8Array, void, void> {
  const encoder = new TextEncoder()
  let chunk: string[] = []
  let length = 0
  for await (const piece of WRITERS[format](debdiffSections(bytes, options), options)) {
    chunk.push(piece)
    length += piece.length
    if (length < CHUNK_LENGTH) continue
    yield encoder.encode(chunk.join(''))
    chunk = []
    length = 0
    await setImmediate()
  }
  if (length > 0) yield encoder.encode(chunk.join(''))
}

/** Filtered text of a debdiff that is still being made. A section is sent as soon as it is complete. */
export async function* filterStream(
  source: AsyncIterable<Uint8Array>,
  versions: BuildVersions,
): AsyncGenerator<Uint8Array, void, void> {
  let separator = ''
  for await (const section of debdiffSections(source, { ...versions, filterBoring: true })) {
    yield* chunked(prepend([separator], textPieces([section])))
    separator = '\n'
  }
}

/** The sections of a debdiff, filtered if `filterBoring` or `hiding` is set. */
async function* debdiffSections(
  source: Uint8Array | AsyncIterable<Uint8Array>,
  options: BuildVersions & Pick<DebdiffOptions, 'filterBoring' | 'hiding'>,
): AsyncGenerator<DebdiffSection, void, void> {
  for await (const section of readSections(source)) {
    const left = options.filterBoring ? await filterSection(section, options) : section
    const shown = options.hiding ? options.hiding(left) : left
    if (shown) yield shown
  }
}
