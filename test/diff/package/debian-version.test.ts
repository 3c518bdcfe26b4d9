/** Versions are compared as dpkg compares them. */
import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { compareVersions, parseVersion } from '../../../src/diff/package/debian-version.ts'
import { randomFrom } from '../../fuzz/mutate.ts'

describe('parseVersion', () => {
  it.each([
    ['1.0', { epoch: '', upstream: '1.0', revision: '' }],
    ['1.0-1', { epoch: '', upstream: '1.0', revision: '1' }],
    ['2:1.0-1', { epoch: '2', upstream: '1.0', revision: '1' }],
    ['1.0-rc1-2', { epoch: '', upstream: '1.0-rc1', revision: '2' }],
    ['1:2:3', { epoch: '1', upstream: '2:3', revision: '' }],
    ['', { epoch: '', upstream: '', revision: '' }],
    ['a:1', { epoch: '', upstream: 'a:1', revision: '' }],
  ])('splits %j', (version, parts) => {
    expect(parseVersion(version)).toEqual(parts)
  })
})

/** Versions of the characters that decide the order, from a fixed seed. */
function versions(count: number): string[] {
  const random = randomFrom(7)
  const alphabet = ['0', '1', '9', '10', '007', 'a', 'Z', 'rc', '.', '+', '~', '~~', '-', 'b1']
  const pick = () => alphabet[Math.floor(random() * alphabet.length)] ?? ''
  return Array.from({ length: count }, () => {
    const rest = Array.from({ length: Math.floor(random() * 6) }, pick).join('')
    return `${random() < 0.15 ? '1:' : ''}${Math.floor(random() * 3)}${rest.replace(/-+$/, '')}`
  })
}

describe('compareVersions', () => {
  it('agrees with dpkg --compare-versions', () => {
    const all = versions(240)
    const pairs = all.slice(1).map((version, index) => [all[index] ?? '', version] as const)
    const script = pairs
      .map(
        ([a, b]) =>
          `if dpkg --compare-versions '${a}' lt '${b}'; then echo -1; elif dpkg --compare-versions '${a}' gt '${b}'; then echo 1; else echo 0; fi`,
      )
      .join('\n')
    const expected = execFileSync('sh', {
      input: script,
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'ignore'],
    })
      .trim()
      .split('\n')
    const found = pairs.map(([a, b]) => String(Math.sign(compareVersions(a, b))))
    const differing = pairs.map(([a, b], index) => [a, b, found[index], expected[index]])
    expect(differing.filter(([, , ours, dpkgs]) => ours !== dpkgs)).toEqual([])
  })

  it('orders any three versions consistently', () => {
    const all = versions(60)
    for (const a of all)
      for (const b of all) {
        expect(Math.sign(compareVersions(a, b)) + Math.sign(compareVersions(b, a))).toBe(0)
        for (const c of all.slice(0, 12))
          if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0)
            expect(compareVersions(a, c)).toBeLessThanOrEqual(0)
      }
  })

  it('compares numbers of any length without rounding', () => {
    const digits = '9'.repeat(400)
    expect(compareVersions(`1.${digits}8`, `1.${digits}9`)).toBeLessThan(0)
    expect(compareVersions(`${digits}:1`, `${digits}8:1`)).not.toBeNaN()
  })
})
