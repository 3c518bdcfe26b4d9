import { describe, expect, it } from 'vitest'
import { script } from './script.ts'

const { isInstalled } = await script<{ isInstalled(lock: object, record: object | null): boolean }>(
  'node-packages',
)

const a = { version: '1.0.0', integrity: 'sha512-a' }
const darwinOnly = { version: '2.0.0', integrity: 'sha512-d', optional: true }
const lock = { packages: { '': {}, 'node_modules/a': a, 'node_modules/d': darwinOnly } }

describe('isInstalled', () => {
  it.each([
    ['is false without an installation', null, false],
    ['is true if only packages for other platforms are missing', { 'node_modules/a': a }, true],
    [
      'is true if packages for other platforms are installed',
      { 'node_modules/a': a, 'node_modules/d': darwinOnly },
      true,
    ],
    ['is false for another version', { 'node_modules/a': { ...a, version: '1.0.1' } }, false],
    [
      'is false for the same version with other contents',
      { 'node_modules/a': { ...a, integrity: 'sha512-b' } },
      false,
    ],
    ['is false if a package is missing', { 'node_modules/d': darwinOnly }, false],
    ['is false if there is another package', { 'node_modules/a': a, 'node_modules/z': a }, false],
  ])('%s', (_, packages, expected) => {
    expect(isInstalled(lock, packages && { packages })).toBe(expected)
  })
})
