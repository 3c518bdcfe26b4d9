import { describe, expect, it } from 'vitest'
import { script } from './script.ts'

const { isInstalled } = await script('node-packages')

const a = { version: '1.0.0', integrity: 'sha512-a' }
const darwinOnly = { version: '2.0.0', integrity: 'sha512-d', optional: true }
const lock = { packages: { '': {}, 'node_modules/a': a, 'node_modules/d': darwinOnly } }

describe('npm packages count as installed', () => {
  it.each([
    ['nothing was installed', null, false],
    ['all but those for other platforms are', { 'node_modules/a': a }, true],
    ['those for other platforms are too', { 'node_modules/a': a, 'node_modules/d': darwinOnly }, true],
    ['another version is', { 'node_modules/a': { ...a, version: '1.0.1' } }, false],
    ['the same version with other contents is', { 'node_modules/a': { ...a, integrity: 'sha512-b' } }, false],
    ['one is missing', { 'node_modules/d': darwinOnly }, false],
    ['one is too many', { 'node_modules/a': a, 'node_modules/z': a }, false],
  ])('%s', (_, packages, expected) => {
    expect(isInstalled(lock, packages && { packages })).toBe(expected)
  })
})
