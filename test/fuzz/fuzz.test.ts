/** A short run of `npm run fuzz`, the same each time, and what it has found before. */
import { describe, expect, it } from 'vitest'
import { tryOne } from './fuzz.ts'
import { withTargets } from './targets.ts'

const RUNS = 300
/** Numbers that once found a fault, by target. */
const FOUND: Readonly<Record<string, readonly number[]>> = {}

describe('changed real inputs', () => {
  it('are refused in words or read, never more', async () => {
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

  it('show a fault where there is one', async () => {
    const broken = {
      name: 'broken',
      seeds: [Buffer.from('abc')],
      run: () => Promise.reject(new Error('it broke')),
    }
    expect((await tryOne(broken, 1))?.reason).toContain('it broke')
  })
})
