import type { Difference } from './compare.ts'
import { FAULTS } from './known-differences.ts'
import type { CheckRequest } from './requests.ts'

/** One request to both services. `trouble`: one of them did not answer. */
export interface Checked {
  readonly request: CheckRequest
  readonly differences: readonly Difference[]
  readonly trouble: { readonly old: string | null; readonly new: string | null } | null
}

export interface Tally {
  readonly requests: number
  readonly same: number
  /** Requests whose differences are all known faults. */
  readonly known: number
  readonly different: number
  readonly trouble: number
}

export function tallyOf(checked: readonly Checked[]): Tally {
  const isKnown = ({ fault }: Difference) => fault !== null
  const answered = checked.filter(({ trouble }) => !trouble)
  const same = answered.filter(({ differences }) => differences.length === 0).length
  const different = answered.filter(({ differences }) => !differences.every(isKnown)).length
  return {
    requests: checked.length,
    same,
    different,
    known: answered.length - same - different,
    trouble: checked.length - answered.length,
  }
}

/** A table of what differs, what nobody expected first, and a summary. */
export function describe(checked: readonly Checked[]): string {
  const rows = checked.flatMap(({ request, differences, trouble }) => [
    ...(trouble
      ? [{ order: 0, mark: 'TROUBLE', request, what: 'no answer', old: trouble.old, new: trouble.new }]
      : []),
    ...differences.map(({ fault, what, old, new: fresh }) => ({
      order: fault === null ? 1 : 1 + fault,
      mark: fault === null ? 'DIFFERS' : `fault ${fault}`,
      request,
      what,
      old,
      new: fresh,
    })),
  ])
  rows.sort((a, b) => a.order - b.order)
  const body = rows.map(
    ({ mark, request, what, old, new: fresh }) =>
      `${mark.padEnd(9)} ${nameOf(request)}\n${' '.repeat(10)}${what}\n${side('old', old)}${side('new', fresh)}`,
  )
  const { requests, same, known, different, trouble } = tallyOf(checked)
  const met = [...new Set(checked.flatMap((one) => one.differences.map(({ fault }) => fault)))]
    .filter((fault) => fault !== null)
    .sort((a, b) => a - b)
  return [
    ...body,
    ...(body.length > 0 ? [''] : []),
    `${requests} requests: ${same} answered alike, ${known} differ by known faults of the old service, ${different} differ otherwise, ${trouble} not answered.`,
    ...met.map((fault) => `  fault ${fault}: ${FAULTS[fault]}`),
    '',
  ].join('\n')
}

const SHOWN = 160

function side(name: string, text: string | null): string {
  return text === null ? '' : `${' '.repeat(12)}${name}: ${visible(text).slice(0, SHOWN)}\n`
}

function nameOf({ method, path, accept }: CheckRequest): string {
  return visible(`${method} ${path}${accept === null ? '' : `   Accept: ${accept}`}`)
}

/** What a service says is not to steer a terminal. */
function visible(text: string): string {
  return text.replace(
    /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
