/**
 * Escapes control characters, bidirectional marks and line separators, so that names from packages and
 * messages from services cannot steer a terminal: `\u{1b}`.
 */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  )
}
