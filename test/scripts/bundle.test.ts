import { describe, expect, it } from 'vitest'
import { script } from './script.ts'

const { planBundle } = await script('bundle')

describe('what goes to dist/ beside main.js', () => {
  it('are workers, each bundled, and files read at run time, copied; TypeScript is inside, notes stay out', () => {
    const files = [
      '/src/main.ts',
      '/src/db/worker.mjs',
      '/src/page/page.css',
      '/src/page/README.md',
      '/src/a/b.ts',
    ]
    expect(planBundle(files)).toEqual({ workers: ['/src/db/worker.mjs'], assets: ['/src/page/page.css'] })
  })

  it.each([
    ['two of one name', ['/src/a/worker.mjs', '/src/b/worker.mjs']],
    ['one that is named as the main file', ['/src/a/main.js']],
  ])('%s are refused, not lost', (_, files) => {
    expect(() => planBundle(files)).toThrow(/rename one/)
  })
})
