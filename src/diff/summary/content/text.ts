/** Compares text line by line, after the classes of noise that may occur in the file are taken out of it. */

import { NOISE_CLASSES } from '../noise-classes.ts'
import { compareBytes } from './bytes.ts'
import { commentStyle, withoutComments } from './comments.ts'
import { type Condensed, condense } from './condense.ts'
import {
  type ContentChange,
  type ContentDifference,
  change,
  type FileContext,
  type Nature,
  NO_NOISE,
} from './content.ts'
import { dateClasses } from './date-noise.ts'
import { decodeText } from './encoding.ts'
import { invisibleCharacters } from './invisible.ts'
import { lineDifference } from './line-difference.ts'
import type { TextNormaliser } from './normaliser.ts'
import { hasOnlyNewEntries } from './normalisers/changelog.ts'
import { isDebianChangelog } from './normalisers/file-types.ts'
import { NORMALISERS } from './normalisers/index.ts'

/** Enough to see what a change is; the whole is in the file's own report. */
const MAX_SHOWN_LINES = 20

/** What `hole` makes, in the text itself: there it could stand for what a class removes on the other side. */
const FORGED_HOLE = new RegExp(`\\0(?:${Object.keys(NOISE_CLASSES).join('|')})\\0`)

/** Classes of dates, whose differences may be those of a language or time zone. */
const DATE_CLASSES = [
  'DOC_DATE',
  'MAN_DATE',
  'COMPILED_IN',
  'OTHER_STAMPS',
  'JAVA_PROPS',
  'PS_DVI_DATE',
  'KERNEL_CPU',
]

export function hasForgedHole(...texts: string[]): boolean {
  return texts.some((text) => text.includes('\0') && FORGED_HOLE.test(text))
}

export function compareText(oldBytes: Buffer, newBytes: Buffer, file: FileContext): ContentDifference {
  const one = decodeText(oldBytes)
  const other = decodeText(newBytes)
  if (hasForgedHole(one.text, other.text)) return compareBytes(oldBytes, newBytes, file)
  const encoding = one.encoding === other.encoding ? [] : [change('ENCODING', one.encoding, other.encoding)]
  const compared = compareDecoded(one.text, other.text, file)
  return { noise: compared.noise, changes: [...encoding, ...compared.changes] }
}

/** The same for text that is decoded already. */
export function compareDecoded(oldText: string, newText: string, file: FileContext): ContentDifference {
  if (oldText === newText) return { noise: NO_NOISE, changes: [] }
  const applicable = NORMALISERS.filter((normaliser) => normaliser.appliesTo(file))
  const texts = condense(oldText, newText)
  const cleaned = normaliseBoth(texts, applicable, file)
  const needed = neededClasses(texts, cleaned, file)
  const noise = new Set(needed)
  if (needed.some((name) => DATE_CLASSES.includes(name)))
    for (const name of dateClasses(texts.old, texts.new)) noise.add(name)
  if (cleaned.old === cleaned.new) return { noise, changes: [] }
  return { noise, changes: remaining({ old: oldText, new: newText }, texts, cleaned, file) }
}

type Texts = Pick<Condensed, 'old' | 'new'>

interface Cleaned extends Texts {
  /** The normalisers that took something out, in their order. */
  readonly effective: readonly TextNormaliser[]
}

function normaliseBoth(texts: Texts, normalisers: readonly TextNormaliser[], file: FileContext): Cleaned {
  let cleaned: Cleaned = { ...texts, effective: [] }
  for (const normaliser of normalisers) {
    if (cleaned.old === cleaned.new) break
    const old = normaliser.normalise(cleaned.old, file.old, file.new, file)
    const newer = normaliser.normalise(cleaned.new, file.new, file.old, file)
    if (old !== cleaned.old || newer !== cleaned.new)
      cleaned = { old, new: newer, effective: [...cleaned.effective, normaliser] }
  }
  return cleaned
}

/** The classes without which fewer lines would be explained. */
function neededClasses(texts: Texts, cleaned: Cleaned, file: FileContext): string[] {
  const explained = differingLines(cleaned)
  // Nothing was taken out on either side that made them more alike.
  if (explained === differingLines(texts)) return []
  // A normaliser that took nothing out is not needed, whatever is left out after it.
  let needed = [...cleaned.effective]
  // The general ones come last in the list, and go first.
  for (const one of cleaned.effective.toReversed()) {
    const without = needed.filter((other) => other !== one)
    if (differingLines(normaliseBoth(texts, without, file)) <= explained) needed = without
  }
  return needed.map(({ class: name }) => name)
}

function differingLines({ old, new: newer }: Texts): number {
  if (old === newer) return 0
  const [one, other] = withoutCommonEnds(old, newer)
  const { removed, added } = lineDifference(one.split('\n'), other.split('\n'))
  // Lines that only changed places still differ.
  return removed.length + added.length || 1
}

const STEP = 4096

/** Both texts without the whole lines at the beginning and the end that are the same, which is most of a long text. */
function withoutCommonEnds(old: string, newer: string): [string, string] {
  const shorter = Math.min(old.length, newer.length)
  let from = 0
  while (from + STEP <= shorter && old.slice(from, from + STEP) === newer.slice(from, from + STEP))
    from += STEP
  from = from === 0 ? 0 : old.lastIndexOf('\n', from - 1) + 1
  let end = 0
  while (
    end + STEP <= shorter - from &&
    old.slice(old.length - end - STEP, old.length - end) ===
      newer.slice(newer.length - end - STEP, newer.length - end)
  )
    end += STEP
  const cut = end === 0 ? -1 : old.indexOf('\n', old.length - end)
  const kept = cut < 0 ? 0 : old.length - cut
  return [old.slice(from, old.length - kept), newer.slice(from, newer.length - kept)]
}

/**
 * What noise does not explain, as one change, or two where a character that cannot be seen came along.
 * @param whole both texts; `texts` are the same, condensed
 */
function remaining(whole: Texts, texts: Condensed, cleaned: Texts, file: FileContext): ContentChange[] {
  const oldLines = texts.old.split('\n')
  const newLines = texts.new.split('\n')
  const { removed, added } = lineDifference(
    sameCount(cleaned.old, oldLines),
    sameCount(cleaned.new, newLines),
  )
  const linesAt = (lines: readonly string[], indexes: readonly number[]) =>
    indexes.length === 0
      ? []
      : texts.restore(indexes.map((index) => lines[index] ?? '').join('\n')).split('\n')
  const [removedLines, addedLines] = [linesAt(oldLines, removed), linesAt(newLines, added)]
  const removedInvisible = new Set(removedLines.flatMap(invisibleCharacters))
  const newInvisible = (line: string) =>
    invisibleCharacters(line).filter((name) => !removedInvisible.has(name))
  const withInvisible = addedLines.filter((line) => newInvisible(line).length > 0)
  const invisible = [...new Set(withInvisible.flatMap(newInvisible))]
  const found =
    isDebianChangelog(file) && hasOnlyNewEntries(whole.old, whole.new, file.new)
      ? 'NEW_ENTRIES'
      : natureOf(
          { old: texts.restore(cleaned.old), new: texts.restore(cleaned.new) },
          removed.length + added.length,
          file,
        )
  // A comment ends where a character that cannot be seen ends its line.
  const nature = found === 'COMMENT' && invisible.length > 0 ? 'LINES' : found
  const [oldShown, newShown] =
    nature === 'ORDER' ? movedLines(whole) : [shownLines(removedLines), shownLines(addedLines)]
  const changes = [change(nature, oldShown, newShown)]
  if (invisible.length > 0)
    changes.push(change('INVISIBLE', '', `${invisible.join(', ')} in: ${shownLines(withInvisible)}`))
  return changes
}

/** The lines of a text that normalisers have changed, if they can be told apart by their place; else those before. */
function sameCount(text: string, lines: readonly string[]): readonly string[] {
  const split = text.split('\n')
  return split.length === lines.length ? split : lines
}

function shownLines(lines: readonly string[]): string {
  return lines.slice(0, MAX_SHOWN_LINES).join('\n')
}

function natureOf(cleaned: Texts, differing: number, file: FileContext): Nature {
  const { old, new: newer } = cleaned
  if (old.trim() === '' || newer.trim() === '') return old.trim() === newer.trim() ? 'WHITESPACE' : 'EMPTIED'
  if (old.replace(/\n$/, '') === newer.replace(/\n$/, '')) return 'FINAL_NEWLINE'
  if (withUnixLines(old) === withUnixLines(newer)) return 'LINE_ENDINGS'
  if (differing === 0) return 'ORDER'
  const style = commentStyle(file)
  if (style && withoutComments(old, style) === withoutComments(newer, style)) return 'COMMENT'
  if (isSameBesidesWhitespace(old, newer) && withoutBlanks(old) === withoutBlanks(newer)) return 'WHITESPACE'
  return 'LINES'
}

function withUnixLines(text: string): string {
  return text.includes('\r') ? text.replaceAll('\r\n', '\n') : text
}

const isWhitespace = (code: number) => code === 0x20 || (code >= 9 && code <= 13) || code >= 0x7f

/** Ends at the first character that differs, so it takes little for texts that differ in more. */
function isSameBesidesWhitespace(old: string, newer: string): boolean {
  for (let [at, other] = [0, 0]; ; at += 1, other += 1) {
    while (at < old.length && isWhitespace(old.charCodeAt(at))) at += 1
    while (other < newer.length && isWhitespace(newer.charCodeAt(other))) other += 1
    if (at >= old.length || other >= newer.length) return at >= old.length && other >= newer.length
    if (old.charCodeAt(at) !== newer.charCodeAt(other)) return false
  }
}

function withoutBlanks(text: string): string {
  return text
    .replace(/[ \t\r]+/g, '')
    .replace(/\n{2,}/g, '\n')
    .trim()
}

/** On each side, the lines between the first and the last that stand elsewhere on the other. */
function movedLines({ old, new: newer }: Texts): [old: string, newer: string] {
  const [oldLines, newLines] = [old.split('\n'), newer.split('\n')]
  const first = oldLines.findIndex((line, index) => line !== newLines[index])
  const last = oldLines.findLastIndex((line, index) => line !== newLines[index])
  const end = Math.min(last + 1, first + MAX_SHOWN_LINES)
  return [oldLines.slice(first, end).join('\n'), newLines.slice(first, end).join('\n')]
}
