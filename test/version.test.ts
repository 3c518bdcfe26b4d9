import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { VERSION } from '../src/version.ts'

it('the version is the one that the package is published under', () => {
  const text = readFileSync(join(import.meta.dirname, '../package.json'), 'utf8')
  expect(VERSION).toBe(JSON.parse(text).version)
})
