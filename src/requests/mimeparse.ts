/**
 * Chooses a media type as the `mimeparse` family of libraries does (`best_match(supported, header)`), which
 * the clients of the old service rely on. `accept.ts`, which follows RFC 9110, would choose differently: here
 * the type that is named last wins a tie, and types are compared case-sensitively.
 */

interface Range {
  readonly type: string
  readonly subtype: string
  readonly quality: number
}

/** How well a range matches a type exactly; a wildcard adds nothing. */
const TYPE_FITNESS = 100
const SUBTYPE_FITNESS = 10

/**
 * The supported type that an `Accept` header prefers, or null if it accepts none of them.
 * @param supported types without parameters, in the order that decides ties: the last one wins
 * @param header undefined if the request has none, which accepts everything
 */
export function negotiate<const T extends string>(
  supported: readonly T[],
  header: string | undefined,
): T | null {
  const ranges = parseAccept(header ?? '*/*')
  let best: { type: T; quality: number; fitness: number } | null = null
  for (const type of supported) {
    const { quality, fitness } = bestRange(type, ranges)
    const wins = !best || quality > best.quality || (quality === best.quality && fitness >= best.fitness)
    if (wins) best = { type, quality, fitness }
  }
  return best && best.quality > 0 ? best.type : null
}

/**
 * Quality and fitness of the range that fits a type best, the first one of equally fit ranges. Quality 0 if
 * no range matches.
 */
function bestRange(supported: string, ranges: readonly Range[]): { quality: number; fitness: number } {
  const [type, subtype] = supported.split('/')
  let best = { quality: 0, fitness: -1 }
  for (const range of ranges) {
    const matchesType = range.type === type || range.type === '*'
    const matchesSubtype = range.subtype === subtype || range.subtype === '*'
    if (!matchesType || !matchesSubtype) continue
    const fitness =
      (range.type === type ? TYPE_FITNESS : 0) + (range.subtype === subtype ? SUBTYPE_FITNESS : 0)
    if (fitness > best.fitness) best = { quality: range.quality, fitness }
  }
  return best
}

/** Skips ranges that are malformed (no slash, or several). */
function parseAccept(header: string): Range[] {
  return header.split(',').flatMap((piece) => {
    const [range = '', ...parameters] = piece.split(';').map((part) => part.trim())
    const [type, subtype, ...more] = (range === '*' ? '*/*' : range).split('/').map((part) => part.trim())
    if (!type || !subtype || more.length > 0) return []
    return [{ type, subtype, quality: qualityOf(parameters) }]
  })
}

/** The last `q` counts, because mimeparse puts parameters into a dictionary. An invalid quality is 1. */
function qualityOf(parameters: readonly string[]): number {
  const found = parameters
    .map((parameter) => /^(?<name>[^=]*)=(?<value>.*)$/s.exec(parameter)?.groups)
    .findLast((groups) => groups?.name?.trim().toLowerCase() === 'q')
  const text = found?.value?.trim().replace(/^"(.*)"$/, '$1') ?? ''
  const quality = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN
  return quality >= 0 && quality <= 1 ? quality : 1
}
