/** A strict parser of both text formats of `/metrics`: whatever it accepts, Prometheus accepts. */

export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export interface Family {
  readonly type: string
  readonly help: string
  readonly samples: readonly Sample[]
}

export type Families = ReadonlyMap<string, Family>

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"(,|$)/y
const NUMBER = /^(?:[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?|NaN|[+-]Inf)$/
/** Suffixes of a family's name in its samples. */
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  counter: ['_total'],
  gauge: [''],
  histogram: ['_bucket', '_sum', '_count'],
  summary: ['', '_sum', '_count'],
}

/** @throws Error that names the line, if the text violates the format */
export function parseExposition(text: string, format: 'prometheus' | 'openmetrics'): Families {
  const isOpen = format === 'openmetrics'
  if (!text.endsWith('\n')) throw new Error('the last line does not end in a newline')
  const lines = text.slice(0, -1).split('\n')
  if (isOpen && lines.pop() !== '# EOF') throw new Error('the text does not end in # EOF')
  const families = new Map<string, { type: string; help: string; samples: Sample[] }>()
  let current = ''
  let help: { name: string; text: string } | null = null
  for (const line of lines) {
    const fail = (why: string): never => {
      throw new Error(`${why}: ${line}`)
    }
    if (line === '') {
      if (isOpen) fail('an empty line')
      continue
    }
    if (line.startsWith('#')) {
      const [, keyword, name = '', rest = ''] =
        /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? fail('an unknown comment')
      if (!NAME.test(name)) fail('not a name')
      if (keyword === 'HELP') help = { name, text: rest }
      else {
        if (families.has(name)) fail('a duplicate family')
        if (!(rest in SUFFIXES)) fail('not a type')
        if (help?.name !== name) fail('a type without help')
        if (isOpen && rest === 'counter' && name.endsWith('_total'))
          fail("a counter family's name ends in _total")
        if (!isOpen && rest === 'counter' && !name.endsWith('_total'))
          fail("a counter's name does not end in _total")
        families.set(name, { type: rest, help: help?.text ?? '', samples: [] })
        current = name
      }
      continue
    }
    const [, name = '', labelText = '', number = ''] =
      /^([^\s{]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? fail('not a sample')
    const family = families.get(current) ?? fail('a sample without a type')
    const suffixes = family.type === 'counter' && !isOpen ? [''] : (SUFFIXES[family.type] ?? [])
    if (!suffixes.some((suffix) => name === current + suffix)) fail(`not of the family ${current}`)
    if (!NUMBER.test(number)) fail('not a number')
    const labels = parseLabels(labelText, fail)
    if (isOpen && labels.le !== undefined && /^[+-]?\d+$/.test(labels.le))
      fail('a bound in a form that is not canonical')
    const same = (other: Sample) =>
      other.name === name && JSON.stringify(other.labels) === JSON.stringify(labels)
    if (family.samples.some(same)) fail('a duplicate sample')
    family.samples.push({ name, labels, value: Number(number.replace('Inf', 'Infinity')) })
  }
  for (const [name, family] of families) if (family.type === 'histogram') checkHistogram(name, family)
  return families
}

function parseLabels(text: string, fail: (why: string) => never): Record<string, string> {
  const labels: Record<string, string> = {}
  for (LABEL.lastIndex = 0; LABEL.lastIndex < text.length; ) {
    const [, name = '', value = ''] = LABEL.exec(text) ?? fail('invalid labels')
    if (name in labels) fail('a duplicate label')
    labels[name] = value.replace(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char))
  }
  return labels
}

/** @throws Error unless buckets only grow, and the last one is `+Inf` and equals the count */
function checkHistogram(name: string, { samples }: Family): void {
  const series = new Map<string, { buckets: [number, number][]; sum?: number; count?: number }>()
  for (const { name: of, labels, value } of samples) {
    const { le, ...rest } = labels
    const key = JSON.stringify(rest)
    const one = series.get(key) ?? { buckets: [] }
    series.set(key, one)
    if (of.endsWith('_bucket')) one.buckets.push([Number(le?.replace('Inf', 'Infinity')), value])
    else if (of.endsWith('_sum')) one.sum = value
    else one.count = value
  }
  for (const [labels, { buckets, sum, count }] of series) {
    const grows = buckets.every(([bound, value], index) => {
      const previous = buckets[index - 1]
      return !previous || (bound > previous[0] && value >= previous[1])
    })
    const [lastBound, lastValue] = buckets.at(-1) ?? []
    if (!grows || lastBound !== Infinity || lastValue !== count || sum === undefined)
      throw new Error(`${name}${labels} is not a valid histogram`)
  }
}

/** The value of the only sample with these labels (and maybe more); undefined if there is none. */
export function sampleValue(
  families: Families,
  sample: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const found = [...families.values()]
    .flatMap(({ samples }) => samples)
    .filter(({ name }) => name === sample)
    .filter((one) => Object.entries(labels).every(([name, value]) => one.labels[name] === value))
  if (found.length > 1) throw new Error(`${found.length} samples of ${sample} have ${JSON.stringify(labels)}`)
  return found[0]?.value
}
