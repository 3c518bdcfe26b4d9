/** A short run of `npm run fuzz` with fixed seeds, including those that found a fault before. */
import { describe, expect, it } from 'vitest'
import { countOf } from '../fixtures/seeds.ts'
import { tryOne } from './fuzz.ts'
import { withTargets } from './targets.ts'

const RUNS = countOf(40, 300)
/** Seeds that found a fault, by target. */
const FOUND: Readonly<Record<string, readonly number[]>> = {}

describe('mutated real inputs', () => {
  it('are parsed, or refused with an expected error', async () => {
    await withTargets(async (targets) => {
      expect(targets.length).toBeGreaterThan(5)
      for (const target of targets) {
        const seeds = [...Array.from({ length: RUNS }, (_, n) => n + 1), ...(FOUND[target.name] ?? [])]
        for (const seed of seeds) {
          const finding = await tryOne(target, seed)
          expect(finding && { ...finding, input: finding.input.toString('base64') }).toBeNull()
        }
      }
    })
  })

  it('reveal a fault', async () => {
    const broken = {
      name: 'broken',
      seeds: [Buffer.from('abc')],
      run: () => Promise.reject(new Error('it broke')),
    }
    expect((await tryOne(broken, 1))?.reason).toContain('it broke')
  })
})
