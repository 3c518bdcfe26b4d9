/** The formats of a debdiff, each a stream of UTF-8 that gives the event loop a turn after every chunk. */
import { setImmediate } from 'node:timers/promises'
import { filterSection } from '../../debdiff/filter-debdiff.ts'
import { readSections } from '../../debdiff/read-sections.ts'
import { type DebdiffSection, isDifference } from '../../debdiff/sections.ts'
import type { BuildVersions } from '../../report/filter/filter-rules.ts'
import { chunked } from '../chunked.ts'
import { htmlPieces } from './debdiff-html.ts'
import { jsonPieces } from './debdiff-json.ts'
import { markdownPieces } from './debdiff-markdown.ts'
import { textPieces } from './debdiff-text.ts'
import type { DebdiffOptions, DebdiffWriter } from './debdiff-writer.ts'

export type DebdiffFormat = 'text' | 'markdown' | 'html' | 'json'

const WRITERS: Record<DebdiffFormat, DebdiffWriter> = {
  text: textPieces,
  markdown: markdownPieces,
  html: htmlPieces,
  json: jsonPieces,
}

const CHUNK_LENGTH = 64 * 1024

/**
 * Renders `bytes`, debdiff's output as it came. Plain text without the filter is those bytes, valid UTF-8 or not; all else
 * is valid UTF-8. Throws nothing of its own: any bytes are taken.
 */
export async function* renderDebdiff(
  format: DebdiffFormat,
  bytes: Uint8Array,
  options: DebdiffOptions,
): AsyncGenerator<Uint8Array, void, void> {
  if (format === 'text' && !options.filterBoring) {
    for (let at = 0; at < bytes.length; at += CHUNK_LENGTH) yield bytes.subarray(at, at + CHUNK_LENGTH)
    return
  }
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

/** Plain text of a debdiff that is still being made, with the filter: each section goes out when it is whole. */
export async function* filterStream(
  source: AsyncIterable<Uint8Array>,
  versions: BuildVersions,
): AsyncGenerator<Uint8Array, void, void> {
  let separator = ''
  for await (const section of debdiffSections(source, { ...versions, filterBoring: true })) {
    yield* chunked(startingWith(separator, textPieces(only(section))))
    separator = '\n'
  }
}

async function* only<T>(value: T): AsyncGenerator<T, void, void> {
  yield value
}

async function* startingWith(first: string, rest: AsyncIterable<string>): AsyncGenerator<string, void, void> {
  yield first
  yield* rest
}

/** The sections of a debdiff as they are shown: filtered where `filterBoring` says so. */
export async function* debdiffSections(
  source: Uint8Array | AsyncIterable<Uint8Array>,
  options: BuildVersions & { readonly filterBoring: boolean },
): AsyncGenerator<DebdiffSection, void, void> {
  for await (const section of readSections(source)) {
    yield options.filterBoring ? await filterSection(section, options) : section
  }
}

/** Whether the two sets of packages differ in nothing that is shown. */
export async function isEmptyDebdiff(
  bytes: Uint8Array,
  options: BuildVersions & { readonly filterBoring: boolean },
): Promise<boolean> {
  for await (const section of debdiffSections(bytes, options)) if (isDifference(section)) return false
  return true
}
