/** Makes text of unknown origin safe for a page or a Markdown document. Long text is processed in slices. */

import { invisiblePattern } from '../../invisible-characters.ts'

const SLICE_LENGTH = 64 * 1024

/**
 * Cuts long text into slices that can be escaped separately: never within a surrogate pair or `://`, nor
 * between a `]` and the character that decides its meaning.
 */
export function* slices(text: string): Generator<string, void, void> {
  let start = 0
  while (text.length - start > SLICE_LENGTH + 4) {
    let end = start + SLICE_LENGTH
    if (text.startsWith('://', end - 1)) end += 2
    else if (text.startsWith('://', end - 2)) end += 1
    else if (text[end - 1] === ']' || /[\uD800-\uDBFF]/.test(text.charAt(end - 1))) end += 1
    yield text.slice(start, end)
    start = end
  }
  yield start === 0 ? text : text.slice(start)
}

const INVISIBLE = invisiblePattern()

/** An invisible character as `\x1b`, `\u202e` or `\U000e0041`; like diffoscope, without leading zeros below 256. */
export function spellOut(char: string): string {
  const code = (char.codePointAt(0) ?? 0).toString(16)
  if (code.length > 4) return `\\U${code.padStart(8, '0')}`
  return code.length > 2 ? `\\u${code.padStart(4, '0')}` : `\\x${code}`
}

/** Spells out invisible characters; tabs and newlines are kept. */
export function visible(text: string): string {
  return text.replace(INVISIBLE, spellOut)
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

/** For the text of an HTML element. */
export function escapeHtml(text: string): string {
  return visible(text).replace(/[&<>]/g, (char) => ENTITIES[char] as string)
}

/** For a name in HTML, on one line, so that it cannot look like anything else. */
export function escapeName(name: string): string {
  return escapeHtml(name).replaceAll('\n', '\\n').replaceAll('\t', '\\t')
}

/** For an HTML attribute in double quotes. */
export function escapeAttribute(text: string): string {
  return escapeHtml(text).replaceAll('"', '&quot;')
}

/**
 * For Markdown outside code: prevents tags, and links by URL (`://`) or brackets. Emphasis and the like are
 * harmless and kept.
 */
export function inertMarkdown(text: string): string {
  return visible(text)
    .replaceAll('<', '&lt;')
    .replaceAll('://', '&#8203;://')
    .replace(/\](?=[(:])/g, ']&#8203;')
}
