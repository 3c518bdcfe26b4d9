/** The fields of the control file that differ, with both values as the packages have them. */
import type { PackagePairChanges } from './changes.ts'
import { fieldNoise } from './package-noise.ts'
import { unfolded } from './rules/control-rules.ts'
import { shownText } from './shown.ts'
import type { FieldSummary } from './types.ts'

/** Of a value, in characters. Genuine ones are far shorter; the rest is cut. */
const MAX_VALUE_LENGTH = 262_144

function shownValue(value: string): string {
  const text = shownText(value)
  return text.length > MAX_VALUE_LENGTH ? `${text.slice(0, MAX_VALUE_LENGTH)}…` : text
}

/**
 * In the order of the new control file, then those that only the old one has.
 * @param found paths of the package's findings, such as `control:Depends`
 */
export function fieldSummaries(pair: PackagePairChanges, found: ReadonlySet<string>): FieldSummary[] {
  const { old, new: newer, label } = pair
  const names = new Map(
    [...newer.fields.names(), ...old.fields.names()].map((name) => [name.toLowerCase(), name]),
  )
  const findings = new Set([...found].map((path) => path.toLowerCase()))
  return [...names].flatMap(([lower, name]): FieldSummary[] => {
    const [before = null, after = null] = [old.fields.get(name), newer.fields.get(name)]
    if (before === after) return []
    const isFolding = before !== null && after !== null && unfolded(name, before) === unfolded(name, after)
    const noise = isFolding ? 'FIELD_FOLDING' : fieldNoise(name, pair)
    return [
      {
        package: label,
        name,
        old: before === null ? null : shownValue(before),
        new: after === null ? null : shownValue(after),
        noise: noise === null ? [] : [noise],
        substantive: noise === null || findings.has(`control:${lower}`),
      },
    ]
  })
}
