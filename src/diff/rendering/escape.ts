/** Text of unknown origin made safe for a page or a Markdown document; any length, in slices. */

const SLICE_LENGTH = 64 * 1024

/**
 * Cuts long text into slices that can be escaped one by one: never inside a surrogate pair, `://` or before what gives
 * a `]` its meaning.
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

/** Control characters, and the marks that turn the direction of text: invisible or misleading as they are. For use in a pattern. */
export const UNSEEN_CLASS =
  '\\0-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069\\ufeff'
const UNSEEN = new RegExp(`[${UNSEEN_CLASS}]`, 'g')

/** One such character spelled out: `\x1b`, `\u202e`. Without leading zeros below 256, as diffoscope does it. */
export function unseen(char: string): string {
  const code = char.charCodeAt(0).toString(16)
  return code.length > 2 ? `\\u${code.padStart(4, '0')}` : `\\x${code}`
}

/** Spells out what cannot be seen; tabs and newlines stay. */
export function visible(text: string): string {
  return text.replace(UNSEEN, unseen)
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

/** For the text of an HTML element. */
export function escapeHtml(text: string): string {
  return visible(text).replace(/[&<>]/g, (char) => ENTITIES[char] as string)
}

/** For a name within HTML: one line, whatever is in it, so that it cannot look like more than a name. */
export function escapeName(name: string): string {
  return escapeHtml(name).replaceAll('\n', '\\n').replaceAll('\t', '\\t')
}

/** For an HTML attribute in double quotes. */
export function escapeAttribute(text: string): string {
  return escapeHtml(text).replaceAll('"', '&quot;')
}

/**
 * For Markdown outside code: no tag, and no link, neither by its address (`://`) nor by brackets. Emphasis and the like
 * stay; they are harmless.
 */
export function inertMarkdown(text: string): string {
  return visible(text)
    .replaceAll('<', '&lt;')
    .replaceAll('://', '&#8203;://')
    .replace(/\](?=[(:])/g, ']&#8203;')
}
