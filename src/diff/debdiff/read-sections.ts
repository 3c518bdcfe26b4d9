/** Parses debdiff's output, as a whole or while it arrives. */
import { setImmediate as yieldToEventLoop } from 'node:timers/promises'
import { SectionParser } from './section-parser.ts'
import type { DebdiffSection } from './sections.ts'

/** Bytes to parse before the event loop gets a turn. */
const SLICE_BYTES = 64 * 1024

/**
 * The sections of debdiff's output. A section is complete when the first two lines of the next one have
 * arrived. Bytes that are not UTF-8 become U+FFFD. Memory is proportional to the largest section.
 */
export async function* readSections(
  source: Uint8Array | AsyncIterable<Uint8Array>,
): AsyncGenerator<DebdiffSection, void, void> {
  const parser = new SectionParser()
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  // Pieces of a line that has not ended yet. They are joined once, because a line may be as long as the text.
  let rest: string[] = []
  for await (const slice of slicesOf(source)) {
    const text = decoder.decode(slice, { stream: true })
    rest.push(text)
    if (text.includes('\n')) {
      const lines = rest.join('').split('\n')
      rest = lines.splice(-1)
      for (const line of lines) yield* parser.push(line)
    }
    await yieldToEventLoop()
  }
  yield* parser.push(rest.join('') + decoder.decode())
  yield* parser.end()
}

async function* slicesOf(
  source: Uint8Array | AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, void> {
  for await (const bytes of source instanceof Uint8Array ? [source] : source) {
    for (let at = 0; at < bytes.length; at += SLICE_BYTES) yield bytes.subarray(at, at + SLICE_BYTES)
  }
}
