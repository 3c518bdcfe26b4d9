/** Sections of ELF files that hold text. */
import type { ContentDifference, FileContext } from './content.ts'
import { lineDifference } from './line-difference.ts'
import { STRINGS } from './normalisers/file-types.ts'
import { compareDecoded } from './text.ts'

/** Lines at the beginning that normalisers read to learn what the text is. */
const HEAD_LINES = 40
/** What `readAsStrings` makes of bytes that are no text: no normaliser changes such a line. */
const OTHER = /^\\x[0-9a-f]+$/
const MAX_OTHER_LINES = 20
const FIRST_LINES = 400
/** A line on which it depends what normalisers make of others: the kernel of the build, or the date of the compiler. */
const DECIDES = /\bLinux |^[A-Z][a-z]{2} [ \d]\d \d{4}$/

/** The text of a section, where noise may explain it. */
export function compareStrings(
  name: string,
  old: string,
  newer: string,
  file: FileContext,
): ContentDifference {
  const [oldLines, newLines] = differingPart(old.split('\n'), newer.split('\n'))
  const compare = (count: number) =>
    compareDecoded(oldLines.slice(0, count).join('\n'), newLines.slice(0, count).join('\n'), {
      ...file,
      path: `${STRINGS}${name}`,
      kind: 'data',
    })
  // What noise does not explain of the first lines, it does not explain of all.
  const first = compare(FIRST_LINES)
  const isAll = Math.max(oldLines.length, newLines.length) <= FIRST_LINES
  const compared = isAll || first.changes.length > 0 ? first : compare(Number.POSITIVE_INFINITY)
  return {
    noise: compared.noise,
    changes: compared.changes.map((one) => ({ ...one, nature: 'DATA', fact: name })),
  }
}

/**
 * The lines that differ, and those that decide about others. Normalisers of strings keep the number of lines, so both texts can only become equal
 * line by line: with as many lines on both sides, a line is compared with that at its place. Of bytes that are no text, which noise does not explain,
 * the first lines suffice.
 */
function differingPart(
  old: readonly string[],
  newer: readonly string[],
): [old: readonly string[], newer: readonly string[]] {
  if (old.length === newer.length) {
    const isKept = keeper((index) => old[index] !== newer[index])
    const kept = old.flatMap((line, index) => (isKept([line, newer[index] ?? ''], index) ? [index] : []))
    return [kept.map((index) => old[index] ?? ''), kept.map((index) => newer[index] ?? '')]
  }
  const { removed, added } = lineDifference(old, newer)
  const keptOf = (lines: readonly string[], differing: readonly number[]) => {
    const differs = new Set(differing)
    const isKept = keeper((index) => differs.has(index))
    return lines.filter((line, index) => isKept([line], index))
  }
  return [keptOf(old, removed), keptOf(newer, added)]
}

/** Decides line by line, in their order. */
function keeper(differs: (index: number) => boolean): (lines: readonly string[], index: number) => boolean {
  let left = MAX_OTHER_LINES
  return (lines, index) => {
    if (index < HEAD_LINES) return true
    if (!differs(index)) return lines.some((line) => DECIDES.test(line))
    if (!lines.some((line) => OTHER.test(line))) return true
    left -= 1
    return left >= 0
  }
}
