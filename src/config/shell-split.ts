/** Words of a configured command line, split as a POSIX shell splits them: quotes and backslashes, no expansion. */
import { UsageError } from '../errors.ts'

const BLANK = /[ \t\n]/
/** Inside double quotes a backslash is itself unless one of these follows. */
const ESCAPED_IN_DOUBLE_QUOTES = '$`"\\\n'

/**
 * Splits `line` into words; `$`, `*`, `~` and `#` mean nothing. An empty or blank line has no words.
 * @throws UsageError for a quote that is not closed and a backslash at the end.
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
      if (next === undefined) throw new UsageError(`Nothing follows the last backslash in: ${line}`)
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
  if (quote !== null) throw new UsageError(`The quote ${quote} is not closed in: ${line}`)
  if (word !== null) words.push(word)
  return words
}
