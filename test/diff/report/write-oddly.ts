/** Writes JSON in unusual notations. */

/** A pseudo-random generator of integers from 0 to `below - 1`; the same for equal seeds (mulberry32). */
export function chance(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

/**
 * JSON of a value in a valid but unusual notation: with escapes, white space, any order of members, and
 * further members.
 */
export function writeOddly(value: unknown, next: (below: number) => number): string {
  const space = () => [' ', '\n', '\t', '\r\n', '', '', '', ''][next(8)] as string
  if (typeof value === 'string') return oddString(value, next)
  if (Array.isArray(value))
    return `[${space()}${value.map((item) => writeOddly(item, next) + space()).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  if (next(5) === 0) members.push(['further', { any: ['thing', -1.5e3, { '': null }], 'at all': '"\\' }])
  for (let at = members.length - 1; at > 0; at--) {
    const other = next(at + 1)
    ;[members[at], members[other]] = [members[other] as [string, unknown], members[at] as [string, unknown]]
  }
  const written = members.map(
    ([name, member]) =>
      `${space()}${oddString(name, next)}${space()}:${space()}${writeOddly(member, next)}${space()}`,
  )
  return `{${written.join(',')}}`
}

function oddString(text: string, next: (below: number) => number): string {
  const oddness = next(3) === 0 ? 3 : 40
  let json = ''
  for (const character of text) {
    const isLoneSurrogate = character.length === 1 && character >= '\ud800' && character < '\ue000'
    if (isLoneSurrogate || next(oddness) === 0)
      json += character
        .split('')
        .map((unit) => escaped(unit, next))
        .join('')
    else if (character === '/' && next(2) === 0) json += '\\/'
    else json += JSON.stringify(character).slice(1, -1)
  }
  return `"${json}"`
}

function escaped(unit: string, next: (below: number) => number): string {
  const hex = unit.charCodeAt(0).toString(16).padStart(4, '0')
  return `\\u${next(2) === 0 ? hex.toUpperCase() : hex}`
}
