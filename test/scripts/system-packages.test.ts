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
} = await script<{
  installCommand(names: readonly string[]): string
  installedPostgresql(installed: ReadonlySet<string>): string | null
  missingAdvice(missing: Record<string, string>, reason: string, output?: string): string
  missingPackages(
    required: Record<string, string>,
    installed: ReadonlySet<string>,
    postgresqlVersion: string | null,
  ): Record<string, string>
  rootPrefix(user: { uid: number; sudoWorks: boolean }): string[] | null
  RUN_PACKAGES: Record<string, string>
  TEST_PACKAGES: Record<string, string>
}>('system-packages')

describe('missing Debian packages', () => {
  const required = { wdiff: 'fields are omitted', 'postgresql-N-debversion': 'versions sort as text' }

  it.each([
    { has: [], version: '15', missing: ['wdiff', 'postgresql-15-debversion'] },
    { has: ['wdiff'], version: '15', missing: ['postgresql-15-debversion'] },
    { has: ['wdiff', 'postgresql-15-debversion'], version: '15', missing: [] },
    { has: ['wdiff', 'postgresql-15-debversion'], version: '17', missing: ['postgresql-17-debversion'] },
    { has: ['wdiff'], version: null, missing: ['postgresql-N-debversion'] },
  ])('are $missing if $has are installed and PostgreSQL is $version', ({ has, version, missing }) => {
    expect(Object.keys(missingPackages(required, new Set(has), version))).toEqual(missing)
  })

  it('match the newest installed PostgreSQL server, not its client', () => {
    const installed = ['postgresql-9', 'postgresql-15', 'postgresql-client-17', 'postgresql-common']
    expect(installedPostgresql(new Set(installed))).toBe('15')
    expect(installedPostgresql(new Set(['postgresql-client-17']))).toBeNull()
  })

  it('have valid names and say what happens without them', () => {
    for (const [name, loss] of Object.entries({ ...RUN_PACKAGES, ...TEST_PACKAGES })) {
      expect(name.replace('-N', '-15')).toMatch(/^[a-z0-9][a-z0-9.+-]+$/)
      expect(loss).toMatch(/\w/)
    }
  })
})

describe('installing them', () => {
  it.each([
    { uid: 0, sudoWorks: false, prefix: [] },
    { uid: 1000, sudoWorks: true, prefix: ['sudo', '-n'] },
    { uid: 1000, sudoWorks: false, prefix: null },
  ])(
    'needs the prefix $prefix with uid $uid and sudo without a password: $sudoWorks',
    ({ prefix, ...user }) => {
      expect(rootPrefix(user)).toEqual(prefix)
    },
  )

  it('is explained to users who are not allowed to', () => {
    const missing = { wdiff: 'debdiff omits control fields', zstd: '.zst files are compared as bytes' }
    expect(missingAdvice(missing, 'only root may install them')).toBe(
      [
        'Some Debian packages are missing, and only root may install them:',
        '  wdiff: without it debdiff omits control fields',
        '  zstd: without it .zst files are compared as bytes',
        'To install them:',
        '  sudo apt-get update && sudo apt-get install --no-install-recommends wdiff zstd',
      ].join('\n'),
    )
  })

  it('prints the output of a failed apt-get last, after the command to repeat', () => {
    const lines = missingAdvice({ zstd: 'less' }, 'apt-get failed', 'E: no network').split('\n')
    expect(lines.slice(-3)).toEqual([`  ${installCommand(['zstd'])}`, 'Output of apt-get:', 'E: no network'])
  })
})
