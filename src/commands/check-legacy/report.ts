import { printable } from '../printable.ts'
import type { Difference } from './compare-replies.ts'
import { FAULTS } from './known-differences.ts'
import type { CheckRequest } from './requests.ts'

/** One request to both services and its result. */
export interface Checked {
  readonly request: CheckRequest
  readonly differences: readonly Difference[]
  /** Why a service did not respond; null if both did. */
  readonly failures: { readonly old: string | null; readonly new: string | null } | null
}

export interface Tally {
  readonly requests: number
  readonly same: number
  /** Requests of which all differences are known faults. */
  readonly known: number
  /** Requests with other differences. */
  readonly different: number
  readonly unanswered: number
}

export function tallyOf(checked: readonly Checked[]): Tally {
  const isKnown = ({ fault }: Difference) => fault !== null
  const answered = checked.filter(({ failures }) => !failures)
  const same = answered.filter(({ differences }) => differences.length === 0).length
  const different = answered.filter(({ differences }) => !differences.every(isKnown)).length
  return {
    requests: checked.length,
    same,
    different,
    known: answered.length - same - different,
    unanswered: checked.length - answered.length,
  }
}

/** A list of the differences, unexpected ones first, and a summary. */
export function describe(checked: readonly Checked[]): string {
  const rows = checked.flatMap(({ request, differences, failures }) => [
    ...(failures
      ? [{ order: 0, label: 'FAILED', request, what: 'no response', old: failures.old, new: failures.new }]
      : []),
    ...differences.map(({ fault, what, old: oldText, new: newText }) => ({
      order: fault === null ? 1 : 1 + fault,
      label: fault === null ? 'DIFFERS' : `fault ${fault}`,
      request,
      what,
      old: oldText,
      new: newText,
    })),
  ])
  rows.sort((a, b) => a.order - b.order)
  const body = rows.map(
    ({ label, request, what, old: oldText, new: newText }) =>
      `${label.padEnd(9)} ${nameOf(request)}\n${' '.repeat(10)}${what}\n${side('old', oldText)}${side('new', newText)}`,
  )
  const { requests, same, known, different, unanswered } = tallyOf(checked)
  const faults = [...new Set(checked.flatMap((one) => one.differences.map(({ fault }) => fault)))]
    .filter((fault) => fault !== null)
    .sort((a, b) => a - b)
  return [
    ...body,
    ...(body.length > 0 ? [''] : []),
    `${requests} requests: ${same} have equal responses, ${known} differ by known faults of the old service, ${different} differ otherwise, ${unanswered} failed.`,
    ...faults.map((fault) => `  fault ${fault}: ${FAULTS[fault]}`),
    '',
  ].join('\n')
}

const MAX_SHOWN = 160

function side(name: string, text: string | null): string {
  return text === null ? '' : `${' '.repeat(12)}${name}: ${printable(text).slice(0, MAX_SHOWN)}\n`
}

function nameOf({ method, path, accept }: CheckRequest): string {
  return printable(`${method} ${path}${accept === null ? '' : `   Accept: ${accept}`}`)
}
