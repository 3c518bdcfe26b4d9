/**
 * Pairs a hunk's removed lines with the added lines that replace them. Nearly linear: lines that differ only
 * in numbers are found in a map, and only the lines between them are compared, in small groups.
 */
import type { ReportLine } from '../types.ts'

/** A line of one side. */
export interface PositionedLine {
  readonly line: ReportLine
  /** Position in the hunk, from 0. */
  readonly position: number
  /** Whether the file ends here without a line feed. */
  readonly noNewline: boolean
}

/** One row: a context line on both sides, a changed pair, or a line on one side only. */
export interface Row {
  readonly kind: 'unmodified' | 'changed' | 'deleted' | 'added'
  readonly old: PositionedLine | null
  readonly new: PositionedLine | null
  /** The row begins a block with more than `MAX_BLOCK_LINES` lines on a side. */
  readonly startsLongBlock?: true
}

/** A block with more lines on a side is paired in order, as diffoscope does. */
export const MAX_BLOCK_LINES = 750
/** Largest product of the numbers of removed and added lines that are all compared with each other. */
const MAX_COMPARED = 400
/** Two lines are a changed pair if at least this share of their words is common. */
const MIN_SIMILARITY = 0.4
/** UTF-16 units at the beginning of a line that are compared. */
const COMPARED_LENGTH = 512

/** Converts lines to rows. Pass every line in order to `add`, then call `end`. Both return completed rows. */
export class RowPairing {
  readonly #removed: PositionedLine[] = []
  readonly #added: PositionedLine[] = []
  readonly #context: PositionedLine[] = []
  /** The previous line, which `noNewline` refers to. */
  #last: { list: PositionedLine[]; index: number } | null = null

  /** Position at which the current block of changed lines begins if the block is a long one, else null. */
  get longBlock(): number | null {
    if (Math.max(this.#removed.length, this.#added.length) <= MAX_BLOCK_LINES) return null
    return (this.#removed[0] ?? this.#added[0])?.position ?? null
  }

  /** @param position of the line in its hunk, from 0 */
  *add(line: ReportLine, position: number): Generator<Row, void, void> {
    if (line.kind === 'noNewline') {
      const last = this.#last
      const previous = last?.list[last.index]
      if (last && previous) last.list[last.index] = { ...previous, noNewline: true }
      return
    }
    const list = this.#listOf(line)
    const beginsBlock =
      list === this.#context || this.#context.length > 0 || (list === this.#removed && this.#added.length > 0)
    if (beginsBlock) yield* this.#flush()
    list.push({ line, position, noNewline: false })
    this.#last = { list, index: list.length - 1 }
  }

  *end(): Generator<Row, void, void> {
    yield* this.#flush()
  }

  #listOf({ oldNumber, newNumber }: ReportLine): PositionedLine[] {
    if (newNumber === null) return this.#removed
    return oldNumber === null ? this.#added : this.#context
  }

  *#flush(): Generator<Row, void, void> {
    for (const line of this.#context) yield { kind: 'unmodified', old: line, new: line }
    yield* pairBlock(this.#removed, this.#added)
    this.#context.length = 0
    this.#removed.length = 0
    this.#added.length = 0
    this.#last = null
  }
}

/** All rows of lines that are in memory. */
export function pairLines(lines: Iterable<ReportLine>): Row[] {
  const pairing = new RowPairing()
  const rows: Row[] = []
  let position = 0
  for (const line of lines) rows.push(...pairing.add(line, position++))
  rows.push(...pairing.end())
  return rows
}

function* pairBlock(
  removed: readonly PositionedLine[],
  added: readonly PositionedLine[],
): Generator<Row, void, void> {
  if (Math.max(removed.length, added.length) > MAX_BLOCK_LINES) {
    yield { ...toRow(removed[0], added[0]), startsLongBlock: true }
    yield* inOrder(removed.slice(1), added.slice(1))
    return
  }
  let [fromOld, fromNew] = [0, 0]
  for (const [old, newer] of [...anchors(removed, added), [removed.length, added.length] as const]) {
    yield* pairGap(removed.slice(fromOld, old), added.slice(fromNew, newer))
    if (old < removed.length) yield toRow(removed[old], added[newer])
    fromOld = old + 1
    fromNew = newer + 1
  }
}

function* inOrder(
  removed: readonly PositionedLine[],
  added: readonly PositionedLine[],
): Generator<Row, void, void> {
  for (let i = 0; i < Math.max(removed.length, added.length); i += 1) yield toRow(removed[i], added[i])
}

/** The row of one line on each side, or on one side only. */
export function toRow(old: PositionedLine | undefined, newer: PositionedLine | undefined): Row {
  if (old === undefined) return { kind: 'added', old: null, new: newer ?? null }
  return newer === undefined ? { kind: 'deleted', old, new: null } : { kind: 'changed', old, new: newer }
}

/** A line with every number replaced by 0, because numbers change most often. */
function skeleton({ line }: PositionedLine): string {
  return line.text
    .slice(0, COMPARED_LENGTH)
    .replace(/0x[0-9a-f]+|\d+/gi, '0')
    .trim()
}

/**
 * Index pairs of lines whose skeleton occurs once on each side: the most pairs whose order is the same on
 * both sides.
 */
function anchors(
  removed: readonly PositionedLine[],
  added: readonly PositionedLine[],
): (readonly [number, number])[] {
  const [oldIndices, newIndices] = [uniqueIndices(removed), uniqueIndices(added)]
  const pairs: [number, number][] = []
  for (const [text, old] of oldIndices) {
    const newer = newIndices.get(text) ?? null
    if (text !== '' && old !== null && newer !== null) pairs.push([old, newer])
  }
  return longestIncreasing(pairs)
}

/** The index of each skeleton; null for one that occurs more than once. */
function uniqueIndices(lines: readonly PositionedLine[]): Map<string, number | null> {
  const indices = new Map<string, number | null>()
  lines.forEach((line, i) => {
    const text = skeleton(line)
    indices.set(text, indices.has(text) ? null : i)
  })
  return indices
}

/**
 * A longest subsequence of pairs whose second numbers increase.
 * @param pairs sorted by their first numbers
 */
function longestIncreasing(pairs: readonly [number, number][]): [number, number][] {
  const previous: number[] = []
  /** For each length, the pair with the smallest second number that ends a subsequence of that length. */
  const ends: number[] = []
  pairs.forEach(([, newer], i) => {
    let [low, high] = [0, ends.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((pairs[ends[middle] as number] as [number, number])[1] < newer) low = middle + 1
      else high = middle
    }
    previous[i] = low > 0 ? (ends[low - 1] as number) : -1
    ends[low] = i
  })
  const increasing: [number, number][] = []
  for (let at = ends.at(-1) ?? -1; at !== -1; at = previous[at] as number) {
    increasing.push(pairs[at] as [number, number])
  }
  return increasing.reverse()
}

/** Pairs the lines between two anchors. */
function* pairGap(
  removed: readonly PositionedLine[],
  added: readonly PositionedLine[],
): Generator<Row, void, void> {
  const [rows, columns] = [removed.length, added.length]
  if (rows === 0 || columns === 0 || (rows === 1 && columns === 1) || rows * columns > MAX_COMPARED) {
    yield* inOrder(removed, added)
    return
  }
  const [oldWords, newWords] = [removed.map(wordCounts), added.map(wordCounts)]
  const similarities = Float64Array.from({ length: rows * columns }, (_, at) =>
    similarity(oldWords[Math.floor(at / columns)] as WordCounts, newWords[at % columns] as WordCounts),
  )
  const width = columns + 1
  /** `best[i * width + j]` is the largest sum of similarities for `removed.slice(i)` and `added.slice(j)`. */
  const best = new Float64Array((rows + 1) * width)
  const at = (i: number, j: number) => best[i * width + j] as number
  const gain = (i: number, j: number) => {
    const value = similarities[i * columns + j] as number
    return value >= MIN_SIMILARITY ? at(i + 1, j + 1) + value : -1
  }
  for (let i = rows - 1; i >= 0; i -= 1) {
    for (let j = columns - 1; j >= 0; j -= 1) {
      best[i * width + j] = Math.max(gain(i, j), at(i + 1, j), at(i, j + 1))
    }
  }
  let [i, j] = [0, 0]
  while (i < rows && j < columns) {
    if (at(i, j) === gain(i, j)) yield toRow(removed[i++], added[j++])
    else if (at(i, j) === at(i + 1, j)) yield toRow(removed[i++], undefined)
    else yield toRow(undefined, added[j++])
  }
  yield* inOrder(removed.slice(i), added.slice(j))
}

interface WordCounts {
  readonly total: number
  readonly counts: ReadonlyMap<string, number>
}

function wordCounts({ line }: PositionedLine): WordCounts {
  const counts = new Map<string, number>()
  let total = 0
  for (const [word] of line.text.slice(0, COMPARED_LENGTH).matchAll(/[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]/gu)) {
    counts.set(word, (counts.get(word) ?? 0) + 1)
    total += 1
  }
  return { total, counts }
}

/** Share of words that both lines have, from 0 to 1. */
function similarity(a: WordCounts, b: WordCounts): number {
  let common = 0
  for (const [word, count] of a.counts) common += Math.min(count, b.counts.get(word) ?? 0)
  return (2 * common) / Math.max(1, a.total + b.total)
}
