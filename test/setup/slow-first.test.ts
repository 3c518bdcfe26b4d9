import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { SLOW_FILES } from './slow-first.ts'

it('names only test files that exist', () => {
  const root = join(import.meta.dirname, '..', '..')
  expect(SLOW_FILES.filter((file) => !existsSync(join(root, file)))).toEqual([])
})
