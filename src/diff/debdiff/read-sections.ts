/** From bytes to sections: debdiff's output whole, or as it comes. */
import { setImmediate } from 'node:timers/promises'
import { SectionParser } from './section-parser.ts'
import type { DebdiffSection } from './sections.ts'

/** Bytes read before the event loop gets a turn. */
const SLICE_BYTES = 64 * 1024

/**
 * Reads debdiff's output, whole or as it comes; bytes that are not UTF-8 become U+FFFD. Gives out a section when two lines of the next have come. Gives the event loop a turn after every
 * 64 KiB, and needs memory for the largest section.
 */
export async function* readSections(
  source: Uint8Array | AsyncIterable<Uint8Array>,
): AsyncGenerator<DebdiffSection, void, void> {
  const parser = new SectionParser()
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  // Pieces of a line that has not ended yet; joined once, for a line may be as long as the text.
  let rest: string[] = []
  for await (const slice of sliced(source)) {
    const text = decoder.decode(slice, { stream: true })
    rest.push(text)
    if (text.includes('\n')) {
      const lines = rest.join('').split('\n')
      rest = lines.splice(-1)
      for (const line of lines) yield* parser.push(line)
    }
    await setImmediate()
  }
  yield* parser.push(rest.join('') + decoder.decode())
  yield* parser.end()
}

async function* sliced(
  source: Uint8Array | AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, void> {
  for await (const bytes of source instanceof Uint8Array ? [source] : source) {
    for (let at = 0; at < bytes.length; at += SLICE_BYTES) yield bytes.subarray(at, at + SLICE_BYTES)
  }
}
