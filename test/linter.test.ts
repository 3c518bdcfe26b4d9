/** Keeps the linter on: the gate of `npm run check` must not be opened by its configuration. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '..')
const { linter, overrides, files } = JSON.parse(readFileSync(join(ROOT, 'biome.json'), 'utf8'))

/** Paths of the project's own source files. */
function sources(): string[] {
  const own = readdirSync(ROOT, { withFileTypes: true }).filter(
    ({ name }) => !name.startsWith('.') && name !== 'node_modules' && name !== 'dist',
  )
  return own
    .flatMap((entry) => {
      if (!entry.isDirectory()) return [entry.name]
      const below = readdirSync(join(ROOT, entry.name), { recursive: true, encoding: 'utf8' })
      return below.map((name) => join(entry.name, name))
    })
    .filter((path) => /\.(ts|tsx|mjs|css)$/.test(path) && !path.includes('node_modules'))
}

describe('the configuration of the linter', () => {
  it('has the recommended preset, and nothing switched off as a whole', () => {
    expect(linter.rules.preset).toBe('recommended')
    expect(linter.enabled ?? true).toBe(true)
    expect(JSON.stringify([linter, overrides])).not.toMatch(/"off"|"enabled":false/)
  })

  it('makes a function of more than 80 lines in src/ an error, and overrides nothing else', () => {
    const noExcessiveLinesPerFunction = { level: 'error', options: { maxLines: 80 } }
    expect(overrides).toEqual([
      { includes: ['src/**'], linter: { rules: { complexity: { noExcessiveLinesPerFunction } } } },
    ])
  })

  it.each([
    ['nursery', 'noFloatingPromises'],
    ['nursery', 'noMisusedPromises'],
    ['suspicious', 'noImportCycles'],
    ['correctness', 'noUnusedImports'],
    ['correctness', 'noUnusedVariables'],
    ['correctness', 'noUnusedFunctionParameters'],
    ['correctness', 'noUnusedPrivateClassMembers'],
    ['correctness', 'useExhaustiveDependencies'],
  ])('makes %s/%s an error', (group, rule) => {
    expect(linter.rules[group][rule]).toBe('error')
  })

  it('leaves out only files that are written by a program', () => {
    const left = (files.includes as string[]).filter((pattern) => pattern.startsWith('!'))
    expect(left).toEqual([
      '!**/package-lock.json',
      '!examples/generated',
      '!web/generated',
      '!clients/schema',
      '!clients/typescript/src/generated',
    ])
  })

  it('fails on warnings in npm test and npm run check', () => {
    expect(readFileSync(join(ROOT, 'package.json'), 'utf8')).toContain('biome check --error-on-warnings')
    expect(readFileSync(join(ROOT, 'scripts/test.mjs'), 'utf8')).toContain("'--error-on-warnings'")
  })
})

describe('a suppression', () => {
  it('stands on its line and has a reason', () => {
    const marker = ['biome', 'ignore'].join('-')
    const lines = sources()
      .filter((path) => path !== 'test/linter.test.ts')
      .flatMap((path) => readFileSync(join(ROOT, path), 'utf8').split('\n'))
      .filter((line) => line.includes(marker))
    expect(lines).not.toEqual([])
    const wrong = lines.filter(
      (line) =>
        !new RegExp(`${marker} [\\w/]+(?:\\(\\w+\\))?: \\S+ \\S+`).test(line) ||
        /-(all|start|end)\b/.test(line),
    )
    expect(wrong).toEqual([])
  })
})
