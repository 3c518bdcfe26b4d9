/**
 * Finds a few changed lines in little time. The algorithm is Myers' greedy one (E. W. Myers, "An O(ND) Difference
 * Algorithm and Its Variations", 1986). Runs of changed lines are then moved where GNU diff shows them.
 */
import { range } from './facts.ts'

/** More than this is left to GNU diff. */
const MAX_CHARACTERS = 8 << 20
const MAX_CHANGED_LINES = 256
export const NO_LINE_FEED = '\\ No newline at end of file\n'

/**
 * A unified diff without file names, in hunks.
 * @param old UTF-8, like `newer`
 * @returns null if the texts are long or differ in many lines
 */
export function shortDiff(old: Buffer, newer: Buffer, context: number): string[] | null {
  if (old.length + newer.length > MAX_CHARACTERS) return null
  const sides = [splitLines(old), splitLines(newer)] as const
  const changed = changedLines(...sides)
  if (!changed) return null
  const [one, other] = sides.map((lines, side) => ({ lines, changed: changed[side] ?? new Uint8Array() }))
  if (!one || !other) return null
  slideRuns(one, other)
  slideRuns(other, one)
  return [...hunks(one, other, context)]
}

/** The lines of a text and which of them have changed. */
interface Side {
  readonly lines: readonly string[]
  /** 1 for a changed line, one more element than lines. */
  readonly changed: Uint8Array
}

/** Lines with their line feeds, which the last one may lack. */
function splitLines(bytes: Buffer): string[] {
  const lines = bytes.toString('utf8').split('\n')
  const last = lines.pop() ?? ''
  const ended = lines.map((line) => `${line}\n`)
  return last === '' ? ended : [...ended, last]
}

/** Which lines of each side have no partner in a longest common subsequence; null for too many. */
function changedLines(
  old: readonly string[],
  newer: readonly string[],
): readonly [Uint8Array, Uint8Array] | null {
  const changed = [new Uint8Array(old.length + 1), new Uint8Array(newer.length + 1)] as const
  let start = 0
  while (start < old.length && start < newer.length && old[start] === newer[start]) start += 1
  let [oldEnd, newEnd] = [old.length, newer.length]
  for (; oldEnd > start && newEnd > start && old[oldEnd - 1] === newer[newEnd - 1]; oldEnd -= 1) newEnd -= 1
  const [width, height] = [oldEnd - start, newEnd - start]
  const trace = findPath(width, height, (x, y) => old[start + x] === newer[start + y])
  if (!trace) return null
  let [x, y] = [width, height]
  for (let edits = trace.length - 1; edits > 0; edits -= 1) {
    const before = trace[edits - 1] as Int32Array
    const diagonal = x - y
    const isDown = isInsertion(before, diagonal, edits)
    const previous = diagonal + (isDown ? 1 : -1)
    x = before[previous + edits] ?? 0
    y = x - previous
    if (isDown) changed[1][start + y] = 1
    else changed[0][start + x] = 1
  }
  return changed
}

/**
 * For each number of edits, how far each diagonal reaches: the entry of diagonal `k` after `d` edits is at
 * `k + d + 1`. The last one reaches the end. Null for too many edits.
 */
function findPath(
  width: number,
  height: number,
  isEqual: (x: number, y: number) => boolean,
): Int32Array[] | null {
  const trace: Int32Array[] = []
  for (let edits = 0; edits <= MAX_CHANGED_LINES; edits += 1) {
    const reach = new Int32Array(2 * edits + 3).fill(-1)
    const before = trace[edits - 1]
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      let x = 0
      if (before) {
        const isDown = isInsertion(before, diagonal, edits)
        x = (before[diagonal + (isDown ? 1 : -1) + edits] ?? -1) + (isDown ? 0 : 1)
      }
      let y = x - diagonal
      if (x > width || y > height || x < 0 || y < 0) continue
      while (x < width && y < height && isEqual(x, y)) {
        x += 1
        y += 1
      }
      reach[diagonal + edits + 1] = x
      if (x === width && y === height) return [...trace, reach]
    }
    trace.push(reach)
  }
  return null
}

/** Whether the farthest way to a diagonal inserts a line (and does not remove one). */
function isInsertion(before: Int32Array, diagonal: number, edits: number): boolean {
  const below = before[diagonal - 1 + edits] ?? -1
  const above = before[diagonal + 1 + edits] ?? -1
  return diagonal === -edits || (diagonal !== edits && below < above)
}

/**
 * Moves each run of changed lines as far down as its text allows, and joins it with those that it meets. If it
 * could be opposite a run of the other side on the way, it goes there.
 */
function slideRuns(side: Side, other: Side): void {
  const { lines, changed } = side
  const opposite = other.changed
  const { length } = lines
  let at = 0
  let otherAt = 0
  const skipOpposite = () => {
    while (opposite[otherAt]) otherAt += 1
  }
  for (;;) {
    for (; at < length && !changed[at]; at += 1) {
      skipOpposite()
      otherAt += 1
    }
    if (at >= length) return
    let first = at
    while (changed[at]) at += 1
    skipOpposite()
    let facing = length
    for (let size = -1; size !== at - first; ) {
      size = at - first
      while (first > 0 && lines[first - 1] === lines[at - 1]) {
        first -= 1
        at -= 1
        changed[first] = 1
        changed[at] = 0
        while (first > 0 && changed[first - 1]) first -= 1
        for (otherAt -= 1; opposite[otherAt]; ) otherAt -= 1
      }
      facing = otherAt > 0 && opposite[otherAt - 1] ? at : length
      while (at < length && lines[first] === lines[at]) {
        changed[first] = 0
        changed[at] = 1
        first += 1
        at += 1
        while (changed[at]) at += 1
        for (otherAt += 1; opposite[otherAt]; otherAt += 1) facing = at
      }
    }
    while (facing < at) {
      first -= 1
      at -= 1
      changed[first] = 1
      changed[at] = 0
      for (otherAt -= 1; opposite[otherAt]; ) otherAt -= 1
    }
  }
}

/** A run of changed lines: the first line and the line after the last, of each side. */
interface Change {
  readonly old: readonly [from: number, to: number]
  readonly new: readonly [from: number, to: number]
}

function* hunks(old: Side, newer: Side, context: number): Generator<string, void, void> {
  let group: Change[] = []
  for (const change of changes(old, newer)) {
    const last = group.at(-1)
    if (last && change.old[0] - last.old[1] > 2 * context) {
      yield hunk(group, old.lines, newer.lines, context)
      group = []
    }
    group.push(change)
  }
  if (group.length > 0) yield hunk(group, old.lines, newer.lines, context)
}

function* changes(old: Side, newer: Side): Generator<Change, void, void> {
  for (let [x, y] = [0, 0]; x < old.lines.length || y < newer.lines.length; ) {
    if (!old.changed[x] && !newer.changed[y]) {
      x += 1
      y += 1
      continue
    }
    const [fromX, fromY] = [x, y]
    while (old.changed[x]) x += 1
    while (newer.changed[y]) y += 1
    yield { old: [fromX, x], new: [fromY, y] }
  }
}

function hunk(
  group: readonly Change[],
  old: readonly string[],
  newer: readonly string[],
  context: number,
): string {
  const [first, last] = [group[0], group.at(-1)]
  if (!first || !last) return ''
  const before = Math.min(context, first.old[0])
  const after = Math.min(context, old.length - last.old[1])
  const [oldFrom, oldTo] = [first.old[0] - before, last.old[1] + after]
  const [newFrom, newTo] = [first.new[0] - before, last.new[1] + after]
  const text = [`@@ -${range(oldTo - oldFrom, oldFrom)} +${range(newTo - newFrom, newFrom)} @@\n`]
  const add = (sign: string, lines: readonly string[]) => {
    for (const line of lines) text.push(line.endsWith('\n') ? sign + line : `${sign}${line}\n${NO_LINE_FEED}`)
  }
  let at = oldFrom
  for (const change of group) {
    add(' ', old.slice(at, change.old[0]))
    add('-', old.slice(...change.old))
    add('+', newer.slice(...change.new))
    at = change.old[1]
  }
  add(' ', old.slice(at, oldTo))
  return text.join('')
}
