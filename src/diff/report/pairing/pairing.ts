/**
 * Puts a hunk's lines side by side: which removed line became which added one. Near-linear: lines that are alike but for their
 * numbers are found by look-up, only what is left between them is compared, in small pieces.
 */
import type { ReportLine } from '../types.ts'

/** A line in its column. */
export interface PositionedLine {
  readonly line: ReportLine
  /** Its place in the hunk, from 0. */
  readonly position: number
  /** The file ends here without a line feed. */
  readonly noNewline: boolean
}

/** One row: a context line on both sides, a changed pair, or a line on one side only. */
export interface Row {
  readonly kind: 'unmodified' | 'changed' | 'deleted' | 'added'
  readonly old: PositionedLine | null
  readonly new: PositionedLine | null
  /** Begins a block of more than `MAX_BLOCK_LINES` on a side. */
  readonly startsLongBlock?: true
}

/** A block with more lines on a side is paired line by line, as diffoscope does. */
export const MAX_BLOCK_LINES = 750
/** Lines left between look-ups, multiplied, that are compared each with each. */
const MAX_COMPARED = 400
/** Share of common words from which two lines count as one that changed. */
const ALIKE = 0.4
/** What is looked at of a line to find its like. */
const LOOK_LENGTH = 512

/** Gathers lines, in order, into rows. Give every line to `add`, then call `end`. */
export class RowPairing {
  readonly #removed: PositionedLine[] = []
  readonly #added: PositionedLine[] = []
  readonly #context: PositionedLine[] = []
  /** The line that a missing newline would be about. */
  #last: { list: PositionedLine[]; index: number } | null = null

  /** Where the block of changed lines begins that is being gathered, if it is a long one; else null. */
  get longBlock(): number | null {
    if (Math.max(this.#removed.length, this.#added.length) <= MAX_BLOCK_LINES) return null
    return (this.#removed[0] ?? this.#added[0])?.position ?? null
  }

  /** @param position of the line in its hunk, from 0 */
  *add(line: ReportLine, position: number): Generator<Row, void, void> {
    if (line.kind === 'noNewline') {
      const last = this.#last
      const placed = last?.list[last.index]
      if (last && placed) last.list[last.index] = { ...placed, noNewline: true }
      return
    }
    const list =
      line.oldNumber !== null && line.newNumber !== null
        ? this.#context
        : line.newNumber !== null
          ? this.#added
          : this.#removed
    const startsAnew =
      list === this.#context || this.#context.length > 0 || (list === this.#removed && this.#added.length > 0)
    if (startsAnew) yield* this.#flush()
    list.push({ line, position, noNewline: false })
    this.#last = { list, index: list.length - 1 }
  }

  *end(): Generator<Row, void, void> {
    yield* this.#flush()
  }

  *#flush(): Generator<Row, void, void> {
    for (const placed of this.#context) yield { kind: 'unmodified', old: placed, new: placed }
    yield* pairBlock(this.#removed, this.#added)
    this.#context.length = 0
    this.#removed.length = 0
    this.#added.length = 0
    this.#last = null
  }
}

/** All rows of lines that are in memory, as of one page of a hunk. */
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
  for (const [old, fresh] of [...anchors(removed, added), [removed.length, added.length] as const]) {
    yield* pairGap(removed.slice(fromOld, old), added.slice(fromNew, fresh))
    if (old < removed.length) yield toRow(removed[old], added[fresh])
    fromOld = old + 1
    fromNew = fresh + 1
  }
}

function* inOrder(
  removed: readonly PositionedLine[],
  added: readonly PositionedLine[],
): Generator<Row, void, void> {
  for (let i = 0; i < Math.max(removed.length, added.length); i += 1) yield toRow(removed[i], added[i])
}

/** A row of one line on each side, or on one of them. */
export function toRow(old: PositionedLine | undefined, fresh: PositionedLine | undefined): Row {
  if (old === undefined) return { kind: 'added', old: null, new: fresh ?? null }
  return fresh === undefined ? { kind: 'deleted', old, new: null } : { kind: 'changed', old, new: fresh }
}

/** A line without what tends to change in it: its numbers. */
function skeleton({ line }: PositionedLine): string {
  return line.text
    .slice(0, LOOK_LENGTH)
    .replace(/0x[0-9a-f]+|\d+/gi, '0')
    .trim()
}

/** Pairs of lines whose skeleton is there once on each side, as many as keep their order on both. */
function anchors(
  removed: readonly PositionedLine[],
  added: readonly PositionedLine[],
): (readonly [number, number])[] {
  const [oldPlaces, newPlaces] = [uniquePlaces(removed), uniquePlaces(added)]
  const pairs: [number, number][] = []
  for (const [text, old] of oldPlaces) {
    const fresh = newPlaces.get(text)
    if (text !== '' && old !== null && fresh !== undefined && fresh !== null) pairs.push([old, fresh])
  }
  return longestRising(pairs)
}

/** Where each skeleton is; null where it is there more than once. */
function uniquePlaces(lines: readonly PositionedLine[]): Map<string, number | null> {
  const places = new Map<string, number | null>()
  lines.forEach((line, i) => {
    const text = skeleton(line)
    places.set(text, places.has(text) ? null : i)
  })
  return places
}

/** Of pairs in the order of their first number, the most whose second numbers rise too. */
function longestRising(pairs: readonly [number, number][]): [number, number][] {
  const previous: number[] = []
  /** For each length, the index of the pair with the smallest end. */
  const ends: number[] = []
  pairs.forEach(([, fresh], i) => {
    let [low, high] = [0, ends.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((pairs[ends[middle] as number] as [number, number])[1] < fresh) low = middle + 1
      else high = middle
    }
    previous[i] = low > 0 ? (ends[low - 1] as number) : -1
    ends[low] = i
  })
  const rising: [number, number][] = []
  for (let at = ends.at(-1) ?? -1; at !== -1; at = previous[at] as number) {
    rising.push(pairs[at] as [number, number])
  }
  return rising.reverse()
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
  const alike = (i: number, j: number) => likeness(oldWords[i] as WordCounts, newWords[j] as WordCounts)
  const likenesses = Float64Array.from({ length: rows * columns }, (_, at) =>
    alike(Math.floor(at / columns), at % columns),
  )
  const width = columns + 1
  const best = new Float64Array((rows + 1) * width)
  const at = (i: number, j: number) => best[i * width + j] as number
  const gain = (i: number, j: number) => {
    const value = likenesses[i * columns + j] as number
    return value >= ALIKE ? at(i + 1, j + 1) + value : -1
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
  for (const [word] of line.text.slice(0, LOOK_LENGTH).matchAll(/[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]/gu)) {
    counts.set(word, (counts.get(word) ?? 0) + 1)
    total += 1
  }
  return { total, counts }
}

/** Share of words that both have, 0..1. */
function likeness(a: WordCounts, b: WordCounts): number {
  let common = 0
  for (const [word, count] of a.counts) common += Math.min(count, b.counts.get(word) ?? 0)
  return (2 * common) / Math.max(1, a.total + b.total)
}
