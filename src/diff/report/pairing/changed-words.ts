/** Which parts of a changed line changed. */

export interface TextSegment {
  readonly changed: boolean
  readonly text: string
}

/** Words that are compared with each other, multiplied: above it all that lies between common ends counts as changed. */
const MAX_WORD_PAIRS = 10_000

/**
 * Cuts two versions of a line into what they share and what they do not; each list put together is its line. Linear in the lines'
 * length, but for a comparison by words of bounded size.
 */
export function diffWords(old: string, fresh: string): { old: TextSegment[]; new: TextSegment[] } {
  const start = commonStart(old, fresh)
  const end = commonEnd(old, fresh, start)
  const oldWords = words(old.slice(start, old.length - end))
  const newWords = words(fresh.slice(start, fresh.length - end))
  const shared =
    oldWords.length * newWords.length > MAX_WORD_PAIRS ? [] : longestCommonWords(oldWords, newWords)
  const segments = (line: string, between: readonly string[], side: 0 | 1) =>
    joined([
      { changed: false, text: line.slice(0, start) },
      ...marked(between, new Set(shared.map((pair) => pair[side]))),
      { changed: false, text: line.slice(line.length - end) },
    ])
  return { old: segments(old, oldWords, 0), new: segments(fresh, newWords, 1) }
}

function commonStart(a: string, b: string): number {
  const most = Math.min(a.length, b.length)
  let at = 0
  while (at < most && a.charCodeAt(at) === b.charCodeAt(at)) at += 1
  return at > 0 && isHighSurrogate(a.charCodeAt(at - 1)) ? at - 1 : at
}

function commonEnd(a: string, b: string, start: number): number {
  const most = Math.min(a.length, b.length) - start
  let count = 0
  while (count < most && a.charCodeAt(a.length - 1 - count) === b.charCodeAt(b.length - 1 - count)) count += 1
  const first = a.charCodeAt(a.length - count)
  return count > 0 && first >= 0xdc00 && first < 0xe000 ? count - 1 : count
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00
}

/** Characters between common ends that are cut into words; more are one word. */
const MAX_WORDS_LENGTH = 4096

/** Runs of letters and digits, runs of blanks, and every other character by itself. */
function words(text: string): string[] {
  if (text.length > MAX_WORDS_LENGTH) return [text]
  return text.match(/[\p{L}\p{N}_]+|\s+|[^]/gu) ?? []
}

/** Indices of the words of a longest common subsequence, in pairs. */
function longestCommonWords(a: readonly string[], b: readonly string[]): [number, number][] {
  const width = b.length + 1
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

function marked(between: readonly string[], shared: ReadonlySet<number>): TextSegment[] {
  return between.map((text, i) => ({ changed: !shared.has(i), text }))
}

/** Neighbours of one kind become one; a blank between two changed words is no island. */
function joined(segments: readonly TextSegment[]): TextSegment[] {
  const out: TextSegment[] = []
  for (const [i, { changed, text }] of segments.entries()) {
    if (text === '') continue
    const bridged = !changed && /^\s+$/.test(text) && out.at(-1)?.changed && segments[i + 1]?.changed
    const kind = changed || bridged === true
    const last = out.at(-1)
    if (last?.changed === kind) out[out.length - 1] = { changed: kind, text: last.text + text }
    else out.push({ changed: kind, text })
  }
  return out
}
