/**
 * Whether a text that changed only in its order lists a mapping that has no order. In text, an order may mean something: the first of several mirrors,
 * a path to search. It means nothing where a generator has written one mapping twice, into `kinds.json` and `kinds.txt`, each in an order of chance.
 */

/** Of fewer lines, an order that someone chose may look like one of chance. */
const MIN_LINES = 6
/** Of the lines, at least so many change places: someone who moves a line leaves most of the others. */
const MIN_MOVED_SHARE = 0.5

/** The contents of a text and of the JSON file beside it, on one side. */
export interface ListAndMapping {
  readonly text: Buffer
  readonly json: Buffer
}

/**
 * All of it must hold: on each side, the lines begin with the keys of the JSON object, each once, in another order than the object has, so neither was
 * written from one list that is in order; the object's order changed, too; and most lines are elsewhere.
 */
export function isListOfMapping(old: ListAndMapping, newer: ListAndMapping): boolean {
  const [one, other] = [keysOf(old), keysOf(newer)]
  if (!one || !other || one.mapping.join('\n') === other.mapping.join('\n')) return false
  const places = new Map(one.listed.map((key, index) => [key, index]))
  const order = other.listed.map((key) => places.get(key) ?? -1)
  const moved = order.length - longestRise(order)
  return !order.includes(-1) && moved >= order.length * MIN_MOVED_SHARE
}

interface Keys {
  readonly listed: readonly string[]
  readonly mapping: readonly string[]
}

/** Null unless the text lists each key of the object once, in another order than the object. */
function keysOf({ text, json }: ListAndMapping): Keys | null {
  const mapping = topLevelKeys(json.toString('utf8'))
  const listed = text
    .toString('utf8')
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => line.split(/[ \t:=]/, 1)[0] ?? '')
  const known = new Set(mapping)
  const isSame =
    listed.length >= MIN_LINES &&
    new Set(listed).size === listed.length &&
    known.size === listed.length &&
    listed.every((key) => known.has(key))
  return isSame && listed.join('\n') !== mapping.join('\n') ? { listed, mapping } : null
}

/** None of what is no JSON object. */
function topLevelKeys(text: string): string[] {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return []
    const keys = Object.keys(value)
    // JavaScript puts such keys first, whatever the order of the text.
    return keys.some((key) => /^\d+$/.test(key)) ? [] : keys
  } catch {
    // Not JSON.
    return []
  }
}

/** How many numbers at most stay if others are taken away until they rise. */
function longestRise(numbers: readonly number[]): number {
  /** The smallest number that a rise of each length ends with. */
  const ends: number[] = []
  for (const number of numbers) {
    let low = 0
    for (let high = ends.length; low < high; ) {
      const middle = (low + high) >>> 1
      if ((ends[middle] ?? 0) < number) low = middle + 1
      else high = middle
    }
    ends[low] = number
  }
  return ends.length
}
