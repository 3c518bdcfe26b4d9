/** Finds which words of a changed line differ. */

/** A piece of a line. */
export interface TextSegment {
  readonly changed: boolean
  readonly text: string
}

/**
 * Largest product of the numbers of words to compare. If it is exceeded, all words between the common ends
 * count as changed.
 */
const MAX_WORD_PAIRS = 10_000

/**
 * Splits two versions of a line into common and changed segments. Joined, each list is its line again. Linear
 * in the length of the lines, apart from a comparison of words of bounded size.
 */
export function diffWords(old: string, newer: string): { old: TextSegment[]; new: TextSegment[] } {
  const { start, end, oldWords, newWords, shared } = compareWords(old, newer, wholeWords)
  const marked = withoutLoneSigns(shared, oldWords, newWords)
  const segments = (line: string, words: readonly string[], side: 0 | 1) =>
    join([
      { changed: false, text: line.slice(0, start) },
      ...flagChanged(words, new Set(marked.map((pair) => pair[side]))),
      { changed: false, text: line.slice(line.length - end) },
    ])
  return { old: segments(old, oldWords, 0), new: segments(newer, newWords, 1) }
}

/** The lengths of the common beginning and end of two lines. */
interface CommonEnds {
  readonly start: number
  readonly end: number
}

/**
 * The words between the common beginning and end of two lines, and the pairs of words that both have.
 * @param adjust shortens the common ends
 */
function compareWords(
  old: string,
  newer: string,
  adjust: (old: string, newer: string, ends: CommonEnds) => CommonEnds = (_old, _newer, ends) => ends,
) {
  const commonBefore = commonStart(old, newer)
  const commonAfter = commonEnd(old, newer, commonBefore)
  const { start, end } = adjust(old, newer, { start: commonBefore, end: commonAfter })
  const oldWords = splitWords(old.slice(start, old.length - end))
  const newWords = splitWords(newer.slice(start, newer.length - end))
  const shared =
    oldWords.length * newWords.length > MAX_WORD_PAIRS ? [] : longestCommonWords(oldWords, newWords)
  return { start, end, oldWords, newWords, shared }
}

/** A piece of two versions of a text in one line: of both, or of one of them. */
export interface InlineSegment {
  readonly kind: 'equal' | 'removed' | 'added'
  readonly text: string
}

/** Two versions of a text as one list, where removed pieces come before the added ones that replace them. */
export function diffWordsInline(old: string, newer: string): InlineSegment[] {
  const { start, end, oldWords, newWords, shared } = compareWords(old, newer)
  const segments: InlineSegment[] = []
  const push = (kind: InlineSegment['kind'], text: string) => {
    const last = segments.at(-1)
    if (text === '') return
    if (last?.kind === kind) segments[segments.length - 1] = { kind, text: last.text + text }
    else segments.push({ kind, text })
  }
  push('equal', old.slice(0, start))
  let [oldAt, newAt] = [0, 0]
  for (const [i, j] of [...shared, [oldWords.length, newWords.length] as const]) {
    push('removed', oldWords.slice(oldAt, i).join(''))
    push('added', newWords.slice(newAt, j).join(''))
    push('equal', oldWords[i] ?? '')
    oldAt = i + 1
    newAt = j + 1
  }
  push('equal', old.slice(old.length - end))
  return segments
}

/** Length of the common beginning; does not split a surrogate pair. */
export function commonStart(a: string, b: string): number {
  const max = Math.min(a.length, b.length)
  let length = 0
  while (length < max && a.charCodeAt(length) === b.charCodeAt(length)) length += 1
  return length > 0 && isHighSurrogate(a.charCodeAt(length - 1)) ? length - 1 : length
}

/** Length of the common end, after the common beginning; does not split a surrogate pair. */
function commonEnd(a: string, b: string, start: number): number {
  const max = Math.min(a.length, b.length) - start
  let length = 0
  while (length < max && a.charCodeAt(a.length - 1 - length) === b.charCodeAt(b.length - 1 - length))
    length += 1
  return length > 0 && isLowSurrogate(a.charCodeAt(a.length - length)) ? length - 1 : length
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000
}

/** Words that are longer, in UTF-16 units, are cut where they begin or cease to differ. */
const MAX_WHOLE_WORD = 16
const WORD_CHARACTER = /[\p{L}\p{N}_]/u

/** Shortens the common ends so that they do not end within a word, unless the word is long. */
function wholeWords(old: string, newer: string, { start, end }: CommonEnds): CommonEnds {
  const isInWord = (line: string, at: number) => isWordCharacter(line, at - 1) && isWordCharacter(line, at)
  const isCut = (at: (line: string) => number) => isInWord(old, at(old)) || isInWord(newer, at(newer))
  let [before, after] = [start, end]
  if (isCut(() => start))
    while (isWordCharacter(old, before - 1) && start - before <= MAX_WHOLE_WORD) before -= 1
  if (isCut((line) => line.length - end))
    while (isWordCharacter(old, old.length - after) && end - after <= MAX_WHOLE_WORD) after -= 1
  const isLong = start - before > MAX_WHOLE_WORD || end - after > MAX_WHOLE_WORD
  return isLong ? { start, end } : { start: before, end: after }
}

function isWordCharacter(line: string, at: number): boolean {
  return WORD_CHARACTER.test(line.charAt(at))
}

const SIGN = /^[^\p{L}\p{N}_\s]$/u

/**
 * Pairs of common words without signs that stand alone between changed words: of two times, the digits differ and the
 * colons do not, but the reader sees a changed time.
 */
function withoutLoneSigns(
  shared: readonly [number, number][],
  oldWords: readonly string[],
  newWords: readonly string[],
): readonly [number, number][] {
  return shared.filter(([i, j], at) => {
    const [oldBefore, newBefore] = shared[at - 1] ?? [-1, -1]
    const [oldAfter, newAfter] = shared[at + 1] ?? [oldWords.length, newWords.length]
    const isAlone = oldBefore < i - 1 && newBefore < j - 1 && oldAfter > i + 1 && newAfter > j + 1
    return !isAlone || !SIGN.test(oldWords[i] ?? '')
  })
}

/** In UTF-16 units. A longer text between common ends counts as one word. */
const MAX_SPLIT_LENGTH = 4096

/** Runs of letters and digits, runs of white space, and every other character alone. */
function splitWords(text: string): string[] {
  if (text.length > MAX_SPLIT_LENGTH) return [text]
  return text.match(/[\p{L}\p{N}_]+|\s+|./gsu) ?? []
}

/** A longest common subsequence, as pairs of the indices of its words in `a` and `b`. */
function longestCommonWords(a: readonly string[], b: readonly string[]): [number, number][] {
  const width = b.length + 1
  /**
   * `lengths[i * width + j]` is the length of the longest common subsequence of `a.slice(i)` and
   * `b.slice(j)`.
   */
  const lengths = new Uint16Array((a.length + 1) * width)
  const length = (i: number, j: number) => lengths[i * width + j] as number
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      lengths[i * width + j] =
        a[i] === b[j] ? length(i + 1, j + 1) + 1 : Math.max(length(i + 1, j), length(i, j + 1))
    }
  }
  const pairs: [number, number][] = []
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) pairs.push([i++, j++])
    else if (length(i + 1, j) >= length(i, j + 1)) i += 1
    else j += 1
  }
  return pairs
}

function flagChanged(words: readonly string[], shared: ReadonlySet<number>): TextSegment[] {
  return words.map((text, i) => ({ changed: !shared.has(i), text }))
}

/**
 * Joins neighbouring segments of one kind. A space between two changed words counts as changed; the blanks between
 * the columns of a hex dump do not.
 */
function join(segments: readonly TextSegment[]): TextSegment[] {
  const joined: TextSegment[] = []
  for (const [i, { changed, text }] of segments.entries()) {
    if (text === '') continue
    const last = joined.at(-1)
    const isBetweenChanges = last?.changed === true && segments[i + 1]?.changed === true
    const kind = changed || (isBetweenChanges && /^\s$/.test(text))
    if (last?.changed === kind) joined[joined.length - 1] = { changed: kind, text: last.text + text }
    else joined.push({ changed: kind, text })
  }
  return joined
}
