import { describe, expect, it } from 'vitest'
import { negotiate } from '../../src/requests/mimeparse.ts'

const DEBDIFF = ['application/json', 'text/x-diff', 'text/plain', 'text/markdown', 'text/html'] as const
const DIFFOSCOPE = ['text/plain', 'text/html', 'application/json', 'text/markdown'] as const

/**
 * A second implementation of the rule: each supported type gets the range that matches it best (type before
 * subtype, the first of equals), the types are sorted, and the last one of the best wins.
 */
function expected(supported: readonly string[], header: string | undefined): string | null {
  const ranges: { type: string; subtype: string; q: number }[] = []
  for (const piece of (header ?? '*/*').split(',')) {
    const [media = '', ...parameters] = piece.split(';')
    const halves = (media.trim() === '*' ? '*/*' : media.trim()).split('/')
    if (halves.length !== 2 || halves.some((half) => half.trim() === '')) continue
    let q = 1
    for (const parameter of parameters) {
      const at = parameter.indexOf('=')
      if (at < 0 || !['q', 'Q'].includes(parameter.slice(0, at).trim())) continue
      let text = parameter.slice(at + 1).trim()
      if (text.length >= 2 && text.startsWith('"') && text.endsWith('"')) text = text.slice(1, -1)
      const number = text === '' ? Number.NaN : Number(text)
      q = number >= 0 && number <= 1 ? number : 1
    }
    const [type = '', subtype = ''] = halves.map((half) => half.trim())
    ranges.push({ type, subtype, q })
  }
  const scored = supported.map((media, index) => {
    const [type = '', subtype = ''] = media.split('/')
    const steps: [string, string, number][] = [
      [type, subtype, 110],
      [type, '*', 100],
      ['*', subtype, 10],
      ['*', '*', 0],
    ]
    for (const [rangeType, rangeSubtype, fitness] of steps) {
      const range = ranges.find((one) => one.type === rangeType && one.subtype === rangeSubtype)
      if (range) return { media, index, q: range.q, fitness }
    }
    return { media, index, q: 0, fitness: -1 }
  })
  scored.sort((a, b) => b.q - a.q || b.fitness - a.fitness || b.index - a.index)
  const [winner] = scored
  return winner && winner.q > 0 ? winner.media : null
}

/** Pseudo-random numbers that are the same in every run (mulberry32). */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

const TYPES = [...new Set<string>([...DEBDIFF, ...DIFFOSCOPE])].concat(
  ['*/*', '*', 'text/*', 'application/*', '*/plain', '*/html', 'image/png', 'TEXT/PLAIN', 'text/Html'],
  ['text', 'text/', '/plain', 'text/plain/x', '', ' ', 'text / plain', 'multipart/*'],
)
const QUALITIES = [
  '',
  ';q=1',
  ';q=0',
  ';q=0.5',
  ';q=0.4',
  '; q=0.01',
  ';q=0.8',
  ';Q=0.3',
  ';q="0.2"',
  ';q=1.5',
].concat(
  [
    ';q=-1',
    ';q=',
    ';q=x',
    ';q',
    ' ; q = 0.7 ',
    ';level=1',
    ';level=1;q=0.6',
    ';q=0.6;level=1',
    ';charset=utf-8',
  ],
  [';q=0.0', ';q=.5', ';q=1e-1', ';q=0.2;q=0.9'],
)

describe('negotiation', () => {
  it.each([
    ['debdiff', DEBDIFF],
    ['diffoscope', DIFFOSCOPE],
  ] as const)('follows the rule for 1500 random headers, for %s', (_kind, supported) => {
    const random = generator(20_261_123)
    const pick = (from: readonly string[]) => from[Math.floor(random() * from.length)] ?? ''
    const outcomes = new Map<string | null, number>()
    for (let count = 0; count < 1500; count++) {
      const pieces = Array.from({ length: 1 + Math.floor(random() * 5) }, () => pick(TYPES) + pick(QUALITIES))
      const header = pieces.join(pick([',', ', ', ' ,', ',,']))
      const chosen = negotiate(supported, header)
      expect([header, chosen]).toEqual([header, expected(supported, header)])
      outcomes.set(chosen, (outcomes.get(chosen) ?? 0) + 1)
    }
    // The headers only prove something if each outcome is frequent among them.
    for (const outcome of [...supported, null]) expect(outcomes.get(outcome) ?? 0).toBeGreaterThan(20)
  })

  it.each([
    { header: '', debdiff: null, diffoscope: null, why: 'a header without a range accepts nothing' },
    { header: 'text', debdiff: null, diffoscope: null, why: 'a range without a slash is invalid' },
    {
      header: 'text, text/plain',
      debdiff: 'text/plain',
      diffoscope: 'text/plain',
      why: 'an invalid range is skipped',
    },
    {
      header: 'text/plain;q=0.5, text/plain;q=1, text/html;q=0.7',
      debdiff: 'text/html',
      diffoscope: 'text/html',
      why: 'of equally fit ranges the first counts',
    },
    {
      header: 'text/plain;q=0, */*',
      debdiff: 'text/html',
      diffoscope: 'text/markdown',
      why: 'the fittest range decides, not the one of highest quality',
    },
    {
      header: 'text/*;q=0.5, */html;q=0.9',
      debdiff: 'text/html',
      diffoscope: 'text/markdown',
      why: 'a type counts for more than a subtype, and on a tie the last type wins',
    },
    {
      header: 'text/*;q=0.5, */json;q=0.9',
      debdiff: 'application/json',
      diffoscope: 'application/json',
      why: 'quality goes before fitness',
    },
    { header: '*/*;q=0', debdiff: null, diffoscope: null, why: 'quality 0 is no match' },
  ])('$header → $debdiff, $diffoscope: $why', ({ header, debdiff, diffoscope }) => {
    // Checks both implementations.
    expect([negotiate(DEBDIFF, header), expected(DEBDIFF, header)]).toEqual([debdiff, debdiff])
    expect([negotiate(DIFFOSCOPE, header), expected(DIFFOSCOPE, header)]).toEqual([diffoscope, diffoscope])
  })
})
