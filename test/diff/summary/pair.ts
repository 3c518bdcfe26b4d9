/** A pair of packages with the right answer, and the tests of a list of them. */
import { expect, it } from 'vitest'
import type { Severity, Summary, Verdict } from '../../../src/diff/summary/types.ts'
import { type DebSpec, ORDINARY_FILES, summariseSpecs } from './build-side.ts'

/** What a pair is: changes on top of an ordinary package, which has the same files on both sides. */
export interface Pair {
  readonly title: string
  readonly old?: DebSpec | readonly DebSpec[]
  readonly new?: DebSpec | readonly DebSpec[]
  readonly verdict: Verdict
  readonly findings?: readonly (readonly [rule: string, severity: Severity, path: string])[]
  readonly noise?: readonly string[]
}

/** An ordinary package with other files or control files. */
export const files = (more: DebSpec['files'], spec: DebSpec = {}): DebSpec => ({
  ...spec,
  files: { ...ORDINARY_FILES, ...more },
})
export const one = (path: string, content: string | Buffer, mode?: number): DebSpec =>
  files({ [path]: mode === undefined ? content : { content, mode } })
export const change = (path: string, old: string, newer: string, mode?: number) => ({
  old: one(path, old, mode),
  new: one(path, newer, mode),
})
/** One test for each pair: its verdict, its findings and its classes of noise. */
export function itAnswers(pairs: readonly Pair[]): void {
  it.each(pairs.map((pair) => [pair.title, pair] as const))('%s', async (_title, pair) => {
    const summary = await summariseSpecs(sideOf(pair.old), sideOf(pair.new))
    expect({ verdict: summary.verdict, missing: missing(summary, pair) }).toEqual({
      verdict: pair.verdict,
      missing: [],
    })
    expect(summary.noise.map((one) => one.class)).toEqual(expect.arrayContaining([...(pair.noise ?? [])]))
    if (pair.verdict === 'NOISE_ONLY') expect(summary.findings).toEqual([])
    for (const { package: name, substantive } of summary.fields)
      if (substantive)
        expect(summary.files).toContainEqual(
          expect.objectContaining({ package: name, path: 'control/control', substantive }),
        )
  })
}

function sideOf(side: Pair['old']): readonly DebSpec[] {
  return Array.isArray(side) ? (side as readonly DebSpec[]) : [(side as DebSpec | undefined) ?? {}]
}

/** Expected findings that are not there, beside all that are. */
function missing({ findings }: Summary, { findings: wanted = [] }: Pair): string[] {
  const found = findings.map(({ rule, severity, path }) => `${rule} ${severity} ${path}`)
  return wanted
    .map((one) => one.join(' '))
    .flatMap((one) => (found.includes(one) ? [] : [`${one} is not among: ${found.join('; ')}`]))
}
