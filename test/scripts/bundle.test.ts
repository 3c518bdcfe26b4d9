import { describe, expect, it } from 'vitest'
import { script } from './script.ts'

const { planBundle } = await script<{
  planBundle(files: readonly string[]): { workers: string[]; assets: string[] }
}>('bundle')

describe('planBundle', () => {
  it('bundles workers, copies files that are read at run time, and ignores the rest', () => {
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
    ['two files with the same name', ['/src/a/worker.mjs', '/src/b/worker.mjs']],
    ['a file with the name of the main bundle', ['/src/a/main.js']],
  ])('rejects %s', (_, files) => {
    expect(() => planBundle(files)).toThrow(/rename one/)
  })
})
