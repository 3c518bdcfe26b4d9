/** Splits command lines as a POSIX shell does: with quotes and backslashes, but without expansion. */
import { UsageError } from '../errors.ts'

const BLANK = /[ \t\n]/
/** Inside double quotes a backslash escapes only these characters. */
const ESCAPED_IN_DOUBLE_QUOTES = '$`"\\\n'

/**
 * The words of `line`; empty for a blank line. `$`, `*`, `~` and `#` have no special meaning.
 * @throws UsageError for an unclosed quote and for a backslash at the end
 */
export function shellSplit(line: string): string[] {
  const words: string[] = []
  let word: string | null = null
  let quote: '"' | "'" | null = null

  for (let at = 0; at < line.length; at++) {
    const char = line.charAt(at)
    if (quote === "'") {
      if (char === "'") quote = null
      else word += char
    } else if (char === '\\') {
      const next = line[++at]
      if (next === undefined) throw new UsageError(`a backslash at the end escapes nothing: ${line}`)
      if (quote === '"' && !ESCAPED_IN_DOUBLE_QUOTES.includes(next)) word += char + next
      else if (next !== '\n') word = (word ?? '') + next
    } else if (char === quote) {
      quote = null
    } else if (quote === null && (char === '"' || char === "'")) {
      quote = char
      word ??= ''
    } else if (quote === null && BLANK.test(char)) {
      if (word !== null) words.push(word)
      word = null
    } else {
      word = (word ?? '') + char
    }
  }
  if (quote !== null) throw new UsageError(`the quote ${quote} is not closed: ${line}`)
  if (word !== null) words.push(word)
  return words
}
