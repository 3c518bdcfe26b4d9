/** Looks for words of a finding in the lines of a report. */
import type { Report, ReportNode } from '../report/types.ts'

/** Of all lines that are read for one report; what lies beyond counts as shown. */
const MAX_BYTES = 64 << 20
/** Of the lines that are read for one finding. */
const MAX_NODE_BYTES = 4 << 20
const MAX_WORDS = 50
const PAGE = 500
/** Not after a backslash or an ampersand, where the readable form has another character. */
const WORD = /(?<![\\&\p{L}\p{N}_.+-])[\p{L}\p{N}_][\p{L}\p{N}_.+-]*/gu

/** The words of a text that are not in the other one, without those that are no text: bytes in hexadecimal. */
export function wordsOf(text: string, other: string): ReadonlySet<string> {
  const known = new Set(allWords(other))
  const words = allWords(text).filter((word) => !known.has(word) && !/^[0-9a-f]{24,}$/.test(word))
  return new Set(words.slice(0, MAX_WORDS))
}

/** Lines of an excerpt that describe bytes, in an archive behind the name of a member. */
const NO_TEXT = /(?:^|: )(?:\\x|\d+ bytes(?::|$))/
/** What the summary says in its own words and diffoscope in others: a mode, a fact about a program. */
const FACT = /\bmode [0-7]+|\b(?:true|false|none|partial|full)\b/g

function allWords(text: string): string[] {
  // An excerpt that was cut may end within a word.
  const whole = text.endsWith('…') ? text.replace(/[\p{L}\p{N}_.+-]*…$/u, '') : text
  return whole
    .split('\n')
    .filter((line) => !NO_TEXT.test(line))
    .flatMap((line) => line.replace(FACT, '').match(WORD) ?? [])
}

/** Whether texts with as many words differ in what stands between them as well. */
export function separatorsDiffer(old: string, newer: string): boolean {
  const between = (text: string) => text.split(WORD)
  const [one, other] = [between(old), between(newer)]
  return one.length === other.length && one.join('\0') !== other.join('\0')
}

export class ReportText {
  readonly #report: Report
  #bytesLeft = MAX_BYTES

  constructor(report: Report) {
    this.#report = report
  }

  /** Whether the lines that differ below a node have all of these words, as far as they can be read within limits. */
  async hasWords(
    { ordinal, end }: ReportNode,
    removed: ReadonlySet<string>,
    added: ReadonlySet<string>,
  ): Promise<boolean> {
    const missing = { removed: new Set(removed), added: new Set(added) }
    let bytes = 0
    for (let from = ordinal; from < end; from += PAGE)
      for (const node of await this.#report.nodes(from, Math.min(PAGE, end - from))) {
        bytes += node.diff?.sizeBytes ?? 0
        if (bytes > MAX_NODE_BYTES || bytes > this.#bytesLeft) return true
        await this.#strike(node, missing)
        if (missing.removed.size + missing.added.size === 0) return true
      }
    this.#bytesLeft -= bytes
    return false
  }

  /** Takes out the words that the lines of a node have. */
  async #strike(
    { ordinal, diff }: ReportNode,
    missing: Readonly<Record<'removed' | 'added', Set<string>>>,
  ): Promise<void> {
    for (let from = 0; from < (diff?.hunks ?? 0); from += PAGE)
      for (const hunk of await this.#report.hunks(ordinal, from, PAGE))
        for await (const lines of this.#report.lines(hunk))
          for (const { kind, text } of lines)
            if (kind === 'removed' || kind === 'added')
              for (const word of text.match(WORD) ?? []) missing[kind].delete(word)
  }
}
