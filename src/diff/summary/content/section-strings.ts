/** Sections of ELF files that hold text. */
import type { ContentDifference, FileContext } from './content.ts'
import { lineDifference } from './line-difference.ts'
import { STRINGS } from './normalisers/file-types.ts'
import { Strings } from './strings.ts'
import { compareDecoded } from './text.ts'

/** Lines at the beginning that normalisers read to learn what the text is. */
const HEAD_LINES = 40
const MAX_OTHER_LINES = 20
const FIRST_LINES = 400
/** Lines on which it depends what normalisers make of others: the kernel of the build, and the date of the compiler. */
const KERNEL = /\bLinux /
const DATE = /^[A-Z][a-z]{2} [ \d]\d \d{4}$/
const DATE_LENGTH = 'Jan  1 2026'.length

/** The text of a section, where noise may explain it. */
export function compareStrings(
  name: string,
  oldBytes: Buffer,
  newBytes: Buffer,
  file: FileContext,
): ContentDifference {
  const [old, newer] = [new Strings(oldBytes), new Strings(newBytes)]
  const [oldLines, newLines] = differingPart(old, newer)
  const compare = (count: number) => {
    const text = (strings: Strings, lines: readonly number[]) =>
      lines
        .slice(0, count)
        .map((index) => strings.line(index))
        .join('\n')
    return compareDecoded(text(old, oldLines), text(newer, newLines), {
      ...file,
      path: `${STRINGS}${name}`,
      kind: 'data',
    })
  }
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
 * Indexes of the lines that differ, and of those that decide about others. Normalisers of strings keep the number of lines, so both texts can only
 * become equal line by line: with as many lines on both sides, a line is compared with that at its place. Of bytes that are no text, which noise does
 * not explain, the first lines suffice.
 */
function differingPart(old: Strings, newer: Strings): [old: readonly number[], newer: readonly number[]] {
  if (old.size === newer.size) {
    const kept = keptLines([old, newer], (index) => !old.isSame(index, newer, index))
    return [kept, kept]
  }
  const { removed, added } = differingLines(old, newer)
  return [keptLines([old], (index) => removed.has(index)), keptLines([newer], (index) => added.has(index))]
}

function differingLines(old: Strings, newer: Strings): { removed: Set<number>; added: Set<number> } {
  const shorter = Math.min(old.size, newer.size)
  let start = 0
  while (start < shorter && old.isSame(start, newer, start)) start += 1
  let end = 0
  while (end < shorter - start && old.isSame(old.size - 1 - end, newer, newer.size - 1 - end)) end += 1
  const middle = (strings: Strings) =>
    Array.from({ length: strings.size - start - end }, (_, index) => strings.raw(start + index))
  const { removed, added } = lineDifference(middle(old), middle(newer))
  const indexes = (list: readonly number[]) => new Set(list.map((index) => start + index))
  return { removed: indexes(removed), added: indexes(added) }
}

/** @param sides both, if a line is kept on both where it is kept on one */
function keptLines(sides: readonly Strings[], differs: (index: number) => boolean): number[] {
  const kept: number[] = []
  let left = MAX_OTHER_LINES
  const hasKernel = sides.some(({ bytes }) => bytes.includes('Linux '))
  const decides = (strings: Strings, index: number) =>
    strings.isText(index) &&
    ((hasKernel && KERNEL.test(strings.line(index))) ||
      (strings.lengthOf(index) === DATE_LENGTH && DATE.test(strings.line(index))))
  const isKept = (index: number) => {
    if (index < HEAD_LINES) return true
    if (!differs(index)) return sides.some((strings) => decides(strings, index))
    if (sides.every((strings) => strings.isText(index))) return true
    left -= 1
    return left >= 0
  }
  for (let index = 0; index < (sides[0]?.size ?? 0); index += 1) if (isKept(index)) kept.push(index)
  return kept
}
