import { describe, expect, it } from 'vitest'
import { script } from './script.ts'

const {
  installCommand,
  installedPostgresql,
  missingAdvice,
  missingPackages,
  rootPrefix,
  RUN_PACKAGES,
  TEST_PACKAGES,
} = await script('system-packages')

describe('the Debian packages that are missing', () => {
  const wanted = { wdiff: 'fields are left out', 'postgresql-N-debversion': 'versions sort as text' }

  it.each([
    { has: [], version: '15', missing: ['wdiff', 'postgresql-15-debversion'] },
    { has: ['wdiff'], version: '15', missing: ['postgresql-15-debversion'] },
    { has: ['wdiff', 'postgresql-15-debversion'], version: '15', missing: [] },
    { has: ['wdiff', 'postgresql-15-debversion'], version: '17', missing: ['postgresql-17-debversion'] },
    { has: ['wdiff'], version: null, missing: ['postgresql-N-debversion'] },
  ])('with $has and PostgreSQL $version are $missing', ({ has, version, missing }) => {
    expect(Object.keys(missingPackages(wanted, new Set(has), version))).toEqual(missing)
  })

  it('follow the newest PostgreSQL server that is installed, not its client', () => {
    const installed = ['postgresql-9', 'postgresql-15', 'postgresql-client-17', 'postgresql-common']
    expect(installedPostgresql(new Set(installed))).toBe('15')
    expect(installedPostgresql(new Set(['postgresql-client-17']))).toBeNull()
  })

  it('have lawful names, each with what is lost without it', () => {
    for (const [name, loss] of Object.entries({ ...RUN_PACKAGES, ...TEST_PACKAGES })) {
      expect(name.replace('-N', '-15')).toMatch(/^[a-z0-9][a-z0-9.+-]+$/)
      expect(loss).toMatch(/\w/)
    }
  })
})

describe('who may install them', () => {
  it.each([
    { uid: 0, sudoWorks: false, prefix: [] },
    { uid: 1000, sudoWorks: true, prefix: ['sudo', '-n'] },
    { uid: 1000, sudoWorks: false, prefix: null },
  ])('uid $uid, sudo without a password: $sudoWorks', ({ prefix, ...user }) => {
    expect(rootPrefix(user)).toEqual(prefix)
  })

  it('who may not is told what is lost and what to type', () => {
    const missing = { wdiff: 'debdiff leaves out control fields', zstd: '.zst files are compared as bytes' }
    expect(missingAdvice(missing, 'only root may install them')).toBe(
      [
        'Some Debian packages are missing, and only root may install them:',
        '  wdiff: without it debdiff leaves out control fields',
        '  zstd: without it .zst files are compared as bytes',
        'To install them:',
        '  sudo apt-get update && sudo apt-get install --no-install-recommends wdiff zstd',
      ].join('\n'),
    )
  })

  it('the words of a failed apt-get come last, below the command to repeat', () => {
    const lines = missingAdvice({ zstd: 'less' }, 'apt-get failed', 'E: no network').split('\n')
    expect(lines.slice(-3)).toEqual([`  ${installCommand(['zstd'])}`, 'apt-get said:', 'E: no network'])
  })
})
