/**
 * Chooses a media type as the `mimeparse` family does (`best_match(supported, header)`), which is what the old service's clients are used to. It
 * is not RFC 9110's way: on a tie the type named last wins, and types are compared as they are written.
 */

interface Range {
  readonly type: string
  readonly subtype: string
  readonly quality: number
}

/**
 * The supported type that an `Accept` header prefers, or null where it accepts none.
 * @param supported types without parameters, in the order that decides ties: the last one wins
 * @param header undefined where the request has none, which accepts everything
 */
export function negotiate<const T extends string>(
  supported: readonly T[],
  header: string | undefined,
): T | null {
  const ranges = parseAccept(header ?? '*/*')
  let best: { type: T; quality: number; fitness: number } | null = null
  for (const type of supported) {
    const { quality, fitness } = weigh(type, ranges)
    const better = !best || quality > best.quality || (quality === best.quality && fitness >= best.fitness)
    if (better) best = { type, quality, fitness }
  }
  return best && best.quality > 0 ? best.type : null
}

/** Quality and fitness of the range that fits best; of equally fit ranges the first. Quality 0 where none matches. */
function weigh(supported: string, ranges: readonly Range[]): { quality: number; fitness: number } {
  const [type, subtype] = supported.split('/')
  let best = { quality: 0, fitness: -1 }
  for (const range of ranges) {
    const typeFits = range.type === type || range.type === '*'
    const subtypeFits = range.subtype === subtype || range.subtype === '*'
    if (!typeFits || !subtypeFits) continue
    const fitness = (range.type === type ? 100 : 0) + (range.subtype === subtype ? 10 : 0)
    if (fitness > best.fitness) best = { quality: range.quality, fitness }
  }
  return best
}

/** Ranges that cannot be parsed (no slash, or several) are skipped. */
function parseAccept(header: string): Range[] {
  return header.split(',').flatMap((piece) => {
    const [range = '', ...parameters] = piece.split(';').map((part) => part.trim())
    const [type, subtype, ...more] = (range === '*' ? '*/*' : range).split('/').map((part) => part.trim())
    if (!type || !subtype || more.length > 0) return []
    return [{ type, subtype, quality: qualityOf(parameters) }]
  })
}

/** The last `q` counts, as in a dictionary that is filled in order. */
function qualityOf(parameters: readonly string[]): number {
  const given = parameters
    .map((parameter) => /^(?<name>[^=]*)=(?<value>.*)$/s.exec(parameter)?.groups)
    .findLast((groups) => groups?.name?.trim().toLowerCase() === 'q')
  const text = given?.value?.trim().replace(/^"(.*)"$/, '$1') ?? ''
  const quality = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN
  return quality >= 0 && quality <= 1 ? quality : 1
}
