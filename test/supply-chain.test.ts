/** The packages that Differ depends on: their versions, hashes, install scripts and licences. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '..')
const read = (path: string) => JSON.parse(readFileSync(join(ROOT, path), 'utf8'))

interface Locked {
  readonly version: string
  readonly resolved?: string
  readonly integrity?: string
  readonly license?: string
  readonly dev?: boolean
  readonly optional?: boolean
  readonly hasInstallScript?: boolean
}
const locked = Object.entries(read('package-lock.json').packages as Record<string, Locked>).filter(
  ([path]) => path !== '',
)

/** Licences that only require attribution. */
const LICENCES = new Set([
  'MIT',
  'ISC',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'BlueOak-1.0.0',
  'Unlicense',
  'CC0-1.0',
  'Python-2.0',
])

describe('the dependencies', () => {
  it('have exact versions in package.json', () => {
    const { dependencies, devDependencies } = read('package.json')
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies }))
      expect([name, version]).toEqual([name, expect.stringMatching(/^\d+\.\d+\.\d+$/)])
  })

  it('have a hash in the lock file', () => {
    expect(locked.length).toBeGreaterThan(100)
    expect(
      locked.filter(([, { integrity }]) => !integrity?.startsWith('sha512-')).map(([path]) => path),
    ).toEqual([])
  })

  it('run no scripts when they are installed', () => {
    const setup = readFileSync(join(ROOT, 'scripts/setup/node-packages.mjs'), 'utf8')
    expect(setup).toContain("'ci', '--ignore-scripts'")
    // These have install scripts, but work without running them.
    const scripted = locked
      .filter(([, { hasInstallScript, dev }]) => hasInstallScript && !dev)
      .map(([path]) => path)
    expect(scripted.length).toBeLessThan(6)
  })

  it('have licences that only require attribution', () => {
    const shipped = locked.filter(([, { dev }]) => !dev)
    const otherLicences = shipped
      .map(([path, { license }]) => [path.replace(/^.*node_modules\//, ''), license ?? 'none'] as const)
      .filter(
        ([, licence]) =>
          !licence
            .replace(/[()]/g, '')
            .split(' OR ')
            .some((one) => one.split(' AND ').every((each) => LICENCES.has(each))),
      )
    expect(otherLicences).toEqual([])
  })
})
