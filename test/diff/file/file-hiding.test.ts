/** Hiding noise of the report of one file: what the summary explains is hidden and counted, everything else stays. */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ALL_NOISE } from '../../../src/diff/summary/noise-classes.ts'
import type { NoiseClass } from '../../../src/diff/summary/types.ts'
import type { FileAddress } from '../../../src/model.ts'
import { MAKE_OPTIONS, makeKit, makeRun } from '../engine-kit.ts'
import { buildDeb, changelog, type DebSpec, ORDINARY_FILES } from '../summary/build-side.ts'
import { shownNodes } from './read-report.ts'

const CHANGELOG = 'usr/share/doc/teapot/changelog.Debian.gz'
const DATE_1 = 'Sat, 10 Jan 2026 08:00:00 +0000'
const DATE_2 = 'Sun, 11 Jan 2026 21:17:43 +0000'
const side = (version: string, date: string, more: Partial<DebSpec> = {}): DebSpec => ({
  version,
  files: { ...ORDINARY_FILES, [CHANGELOG]: changelog(version, 'Build.', date) },
  ...more,
})

async function hiding(
  old: DebSpec,
  newer: DebSpec,
  file: Partial<FileAddress>,
  classes: readonly NoiseClass[] = ALL_NOISE,
) {
  const kit = await makeKit()
  const pair = { old: makeRun('run-old'), new: makeRun('run-new') }
  await buildDeb(join(kit.root, 'artifacts', pair.old.id), old)
  await buildDeb(join(kit.root, 'artifacts', pair.new.id), newer)
  const address = { package: 'teapot', path: '', oldPath: null, oldPackage: null, ...file }
  const summary = await kit.engine.make('summary', pair, MAKE_OPTIONS)
  const stored = await kit.engine.files.get(pair, address, false, MAKE_OPTIONS)
  if (!stored) throw new Error('the report needs a tool')
  const options = { filterBoring: false, hide: summary.hide(classes) }
  const report = await stored.open(options)
  await report.close()
  return {
    whole: await shownNodes(stored),
    left: await shownNodes(stored, options),
    hidden: report.hiddenNoise,
  }
}

describe('a file that differs by noise alone', () => {
  it('has an empty report, and the hidden hunks are counted by class', async () => {
    const { whole, left, hidden } = await hiding(side('1.0-1', DATE_1), side('1.0-2', DATE_2), {
      path: CHANGELOG,
    })
    expect(whole.map(({ names }) => names)).toEqual([CHANGELOG, 'changelog.Debian'])
    expect(left).toEqual([])
    expect(hidden).toContainEqual({ class: 'CHANGELOG_TOP', hunks: 1, files: 1 })
  })

  it('is hidden with its attributes', async () => {
    const { whole, left } = await hiding({ umask: 0o022 }, { umask: 0o002 }, { path: 'etc/teapot.conf' })
    expect(whole.map(({ names }) => names)).toEqual(['attributes of etc/teapot.conf'])
    expect(left).toEqual([])
  })

  it('stays if one of its classes is not to be hidden', async () => {
    const { whole, left, hidden } = await hiding(
      side('1.0-1', DATE_1),
      side('1.0-2', DATE_2),
      { path: CHANGELOG },
      ['MTIME', 'UMASK'],
    )
    expect([left, hidden]).toEqual([whole, []])
  })
})

describe('what noise does not explain', () => {
  it('stays as it is', async () => {
    const files = { ...ORDINARY_FILES, 'etc/teapot.conf': '# how hot\ndegrees = 100\n' }
    const { whole, left, hidden } = await hiding({}, { files }, { path: 'etc/teapot.conf' })
    expect(whole).toHaveLength(1)
    expect([left, hidden]).toEqual([whole, []])
  })

  it('stays if the two files are not those that the summary compares', async () => {
    const { whole, left } = await hiding(
      { umask: 0o022 },
      { umask: 0o002 },
      { path: 'etc/teapot.conf', oldPath: 'usr/share/teapot/kinds.json' },
    )
    expect(left).toEqual(whole)
    expect(whole).not.toEqual([])
  })

  it('stays in the control file, without the fields that only repeat the version', async () => {
    const { whole, left, hidden } = await hiding(
      side('1.0-1', DATE_1, { fields: { Section: 'misc', Provides: 'pot (= 1.0-1)', Suggests: 'cup' } }),
      side('1.0-2', DATE_2, { fields: { Section: 'misc', Provides: 'pot (= 1.0-2)', Suggests: 'mug' } }),
      { path: 'control/control' },
    )
    // The lines of one hunk are hidden together, or not at all.
    expect(whole).toHaveLength(1)
    expect([left, hidden]).toEqual([whole, []])
  })

  it('leaves an empty report of the control file if all its changed fields are noise', async () => {
    const { whole, left, hidden } = await hiding(side('1.0-1', DATE_1), side('1.0-2', DATE_2), {
      path: 'control/control',
    })
    expect(whole[0]?.diff).toContain('+Version: 1.0-2')
    expect(left).toEqual([])
    expect(hidden).toContainEqual({ class: 'VERSION_ECHO', hunks: 1, files: 1 })
  })
})
