import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { NOISE_CLASSES } from '../../../src/diff/summary/noise-classes.ts'
import { RULE_TEXTS, RULES } from '../../../src/diff/summary/rules/index.ts'
import { rulesMarkdown } from '../../../src/diff/summary/rules/rules-markdown.ts'

const ROOT = join(import.meta.dirname, '../../..')

describe('the rules', () => {
  it('are described in docs/rules.md as they are (run `npm run codegen`)', () => {
    expect(readFileSync(join(ROOT, 'docs/rules.md'), 'utf8')).toBe(rulesMarkdown())
  })

  it('each look at something, and say what they find, why it matters and where that comes from', () => {
    expect(RULES.filter(({ file, package: ofPackage }) => !file && !ofPackage)).toEqual([])
    const incomplete = RULE_TEXTS.filter(
      ({ id, finds, why, source }) =>
        !/^[A-Z0-9_]+$/.test(id) || !finds.endsWith('.') || !why.endsWith('.') || source === '',
    )
    expect(incomplete.map(({ id }) => id)).toEqual([])
  })
})

describe('the classes of noise', () => {
  it('are described each, whatever a comparer or normaliser names', () => {
    const sources = readSources(join(ROOT, 'src/diff/summary'))
    const named = [
      ...sources.matchAll(/(?:class: |hole\(|onlyNoise\(|explained\(|noise\.add\()'([A-Z][A-Z0-9_]{3,})'/g),
    ].map(([, name]) => name ?? '')
    expect(named.length).toBeGreaterThan(20)
    expect([...new Set(named)].filter((name) => !(name in NOISE_CLASSES))).toEqual([])
  })
})

function readSources(dir: string): string {
  return ['content', 'content/normalisers', '.']
    .flatMap((folder) => listed(join(dir, folder)))
    .map((path) => readFileSync(path, 'utf8'))
    .join('\n')
}

function listed(dir: string): string[] {
  return readdirSync(dir)
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(dir, name))
}
