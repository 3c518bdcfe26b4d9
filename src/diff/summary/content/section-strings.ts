/** Sections of ELF files that hold text. */
import type { ContentDifference, FileContext } from './content.ts'
import { lineDifference } from './line-difference.ts'
import { STRINGS } from './normalisers/file-types.ts'
import { compareDecoded } from './text.ts'

/** Lines at the beginning that normalisers read to learn what the text is. */
const HEAD_LINES = 40
/** A line on which it depends what normalisers make of others: the kernel of the build, or the date of the compiler. */
const DECIDES = /\bLinux |^[A-Z][a-z]{2} [ \d]\d \d{4}$/

/** The text of a section, where noise may explain it. */
export function compareStrings(
  name: string,
  old: string,
  newer: string,
  file: FileContext,
): ContentDifference {
  const [one, other] = differingPart(old.split('\n'), newer.split('\n'))
  const compared = compareDecoded(one, other, { ...file, path: `${STRINGS}${name}`, kind: 'data' })
  return {
    noise: compared.noise,
    changes: compared.changes.map((one) => ({ ...one, nature: 'DATA', fact: name })),
  }
}

/**
 * The lines that differ, and those that decide about others. Normalisers of strings keep the number of lines, so both texts can only become equal
 * line by line: with as many lines on both sides, a line is compared with that at its place.
 */
function differingPart(old: readonly string[], newer: readonly string[]): [string, string] {
  const decides = (line: string, index: number) => index < HEAD_LINES || DECIDES.test(line)
  if (old.length === newer.length) {
    const isKept = old.map((line, index) => line !== newer[index] || decides(line, index))
    const kept = (lines: readonly string[]) => lines.filter((_, index) => isKept[index]).join('\n')
    return [kept(old), kept(newer)]
  }
  const { removed, added } = lineDifference(old, newer)
  const kept = (lines: readonly string[], differing: readonly number[]) => {
    const isKept = new Set(differing)
    return lines.filter((line, index) => isKept.has(index) || decides(line, index)).join('\n')
  }
  return [kept(old, removed), kept(newer, added)]
}
