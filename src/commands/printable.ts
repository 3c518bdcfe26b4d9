import { INVISIBLE_CLASS } from '../invisible-characters.ts'

const STEERING = new RegExp(`(?! )[${INVISIBLE_CLASS}]`, 'gu')

/**
 * Escapes control characters, line feeds and invisible characters, so that names from packages and messages
 * from services cannot steer a terminal: `\u{1b}`.
 */
export function printable(text: string): string {
  return text.replace(STEERING, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)
}
