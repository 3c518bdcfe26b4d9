/** Hiding noise of real diffoscope reports and debdiffs: what the summary explains is hidden, everything else stays as it is. */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { OpenedReport } from '../../src/diff/rendering/render-report.ts'
import type { Report } from '../../src/diff/report/types.ts'
import { TypedDebdiff as Typed, type TypedDebdiff } from '../../src/diff/stored/typed-debdiff.ts'
import { ALL_NOISE } from '../../src/diff/summary/noise-classes.ts'
import type { Summary } from '../../src/diff/summary/types.ts'
import { type Kit, MAKE_OPTIONS, makeKit, makeRun } from './engine-kit.ts'
import { buildDeb, changelog, type DebSpec, ORDINARY_FILES } from './summary/build-side.ts'

interface Made {
  readonly summary: Summary
  /** The text of the report, and what remains of it. */
  readonly whole: string
  readonly left: string
  readonly hidden: OpenedReport['hiddenNoise']
  readonly debdiff: TypedDebdiff
  readonly debdiffText: string
}

type Side = DebSpec | readonly DebSpec[]

/** @param classes to hide */
async function make(old: Side, newer: Side, classes = ALL_NOISE): Promise<Made> {
  const kit = await makeKit()
  const pair = { old: makeRun('run-old'), new: makeRun('run-new') }
  await build(kit, pair.old.id, old)
  await build(kit, pair.new.id, newer)
  const summary = await kit.engine.make('summary', pair, MAKE_OPTIONS)
  const hide = summary.hide(classes)
  const diffoscope = await kit.engine.make('diffoscope', pair, MAKE_OPTIONS)
  const debdiff = await kit.engine.make('debdiff', pair, MAKE_OPTIONS)
  const report = await diffoscope.open({ filterBoring: false, hide })
  await report.close()
  return {
    summary: summary.summary,
    whole: await textOf(diffoscope.render('text', { filterBoring: false })),
    left: await textOf(diffoscope.render('text', { filterBoring: false, hide })),
    hidden: report.hiddenNoise,
    debdiff: new Typed(summary, classes),
    debdiffText: await textOf(debdiff.render('text', { filterBoring: false, hide })),
  }
}

async function build(kit: Kit, runId: string, side: Side): Promise<void> {
  for (const spec of [side].flat() as DebSpec[]) await buildDeb(join(kit.root, 'artifacts', runId), spec)
}

async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Buffer[] = []
  for await (const chunk of chunks) parts.push(Buffer.from(chunk))
  return Buffer.concat(parts).toString()
}

const changedLines = (text: string) =>
  text.split('\n').filter((line) => /^[│ ├└─]*[-+]/.test(line) && !/^(---|\+\+\+) /.test(line))

const files = (more: DebSpec['files'], spec: DebSpec = {}): DebSpec => ({
  ...spec,
  files: { ...ORDINARY_FILES, ...more },
})
const LATER = { mtime: 1_700_500_000 }
const OLD = '1.0-1'
const NEW = '1.0-2'

describe('a pair that differs by noise alone has an empty report when noise is hidden', () => {
  it.each<[string, Side, Side, readonly string[]]>([
    ['times of files', {}, LATER, ['MTIME']],
    ['versions, with their checksums and sizes', { version: OLD }, { version: NEW }, ['VERSION_ECHO']],
    ['umask', { umask: 0o022 }, { umask: 0o002 }, ['UMASK']],
    [
      'the order of fields',
      { fields: { Section: 'misc', Priority: 'optional' } },
      { fields: { Priority: 'optional', Section: 'misc' } },
      ['ORDER_ONLY'],
    ],
    [
      'the folding of a field',
      { fields: { Depends: 'aa, bb' } },
      { fields: { Depends: 'aa,\n bb' } },
      ['FIELD_FOLDING'],
    ],
    [
      'the changelog of a rebuild',
      files(
        { 'usr/share/doc/teapot/changelog.Debian.gz': changelog(OLD, 'Build.', DATE_1) },
        { version: OLD },
      ),
      files(
        { 'usr/share/doc/teapot/changelog.Debian.gz': changelog(NEW, 'Again.', DATE_2) },
        { version: NEW, ...LATER },
      ),
      ['CHANGELOG_TOP', 'MD5SUMS'],
    ],
  ])('%s', async (_, old, newer, classes) => {
    const { summary, whole, left, hidden, debdiff } = await make(old, newer)
    expect(summary.verdict).toBe('NOISE_ONLY')
    expect(whole).not.toBe(left)
    expect(left.split('\n').filter((line) => line.startsWith('├'))).toEqual([])
    expect(hidden.map((one) => one.class)).toEqual(expect.arrayContaining([...classes]))
    expect(debdiff.isEmpty).toBe(true)
  })
})

const DATE_1 = 'Sat, 10 Jan 2026 08:00:00 +0000'
const DATE_2 = 'Sun, 11 Jan 2026 21:17:43 +0000'

describe('what matters stays among hidden noise, and its lines are not rewritten', () => {
  it.each<[string, Side, Side, readonly string[]]>([
    [
      'an address that contains the versions',
      files({ 'etc/teapot.conf': 'server=10.2.0.1\n' }, { version: '2' }),
      files({ 'etc/teapot.conf': 'server=10.3.0.1\n' }, { version: '3', ...LATER }),
      ['-server=10.2.0.1', '+server=10.3.0.1'],
    ],
    [
      'a dependency whose version begins with that of the package',
      { version: OLD, fields: { Depends: 'libother (= 1.0-10)' } },
      { version: NEW, fields: { Depends: 'libother (= 1.0-20)' }, ...LATER },
      ['-Depends: libother (= 1.0-10)', '+Depends: libother (= 1.0-20)'],
    ],
    [
      'a newline at the end of a file',
      files({ 'etc/teapot.conf': 'degrees = 80\n' }),
      files({ 'etc/teapot.conf': 'degrees = 80' }, LATER),
      ['./etc/teapot.conf'],
    ],
    [
      'a link that leads elsewhere',
      files({ 'usr/lib/libtea.so': { link: 'libtea.so.1.0' } }, { version: '1.0' }),
      files({ 'usr/lib/libtea.so': { link: 'libtea.so.1.1' } }, { version: '1.1', ...LATER }),
      ['libtea.so.1.0', 'libtea.so.1.1'],
    ],
    [
      'a mode among other times of all files',
      files({ 'usr/bin/teapot': { content: 'x', mode: 0o755 } }),
      files({ 'usr/bin/teapot': { content: 'x', mode: 0o4755 } }, LATER),
      ['-rwsr-xr-x'],
    ],
    ['a file that is new', {}, files({ 'usr/bin/kettle': '#!/bin/sh\n' }, LATER), ['./usr/bin/kettle']],
    [
      'a word of a maintainer script beside the own version',
      { version: '5', control: { postinst: '#!/bin/sh\nchmod u+x,g=5 /x\nrun a\n' } },
      { version: '6', control: { postinst: '#!/bin/sh\nchmod u+x,g=6 /x\nrun b\n' } },
      ['-chmod u+x,g=5 /x', '+chmod u+x,g=6 /x', '-run a', '+run b'],
    ],
    [
      'a checksum that is not that of its file',
      { md5sums: `${'0'.repeat(32)}  usr/bin/teapot\n` },
      { md5sums: `${'1'.repeat(32)}  usr/bin/teapot\n`, ...LATER },
      ['./md5sums'],
    ],
  ])('%s', async (_, old, newer, shown) => {
    const { summary, whole, left, debdiffText } = await make(old, newer)
    expect(summary.verdict).toBe('SUBSTANTIVE')
    for (const text of shown) expect(`${left}\n${debdiffText}`).toContain(text)
    expect(changedLines(left).filter((line) => !changedLines(whole).includes(line))).toEqual([])
  })
})

describe('every hidden line belongs to a file that is noise, or repeats what the report shows', () => {
  const NOISY: DebSpec = files({ 'usr/share/doc/teapot/a.html': '<p>Generated on Mon Jan 1 2024</p>\n' })
  it.each<[string, Side, Side]>([
    ['an ordinary rebuild', NOISY, { ...NOISY, ...LATER, version: '1.0-1+b1' }],
    [
      'one changed file among many with other times',
      files({ 'usr/share/teapot/colour': 'green\n' }),
      files({ 'usr/share/teapot/colour': 'black as night\n' }, LATER),
    ],
    [
      'names that look like lines of a list',
      files({ 'usr/share/a -> b': 'one\n', 'usr/share/a': 'same\n' }),
      files({ 'usr/share/a -> b': 'two!\n', 'usr/share/a': 'same\n' }, LATER),
    ],
    [
      'a name of two lines',
      files({
        'usr/share/a\n-rw-r--r--   0 root         (0) root         (0)        5 2023-11-14 22:13:20.000000 .':
          'x',
      }),
      files({ 'usr/share/b': 'x' }, LATER),
    ],
    [
      'packages that came and went',
      [{ name: 'teapot' }, { name: 'kettle' }],
      [{ name: 'teapot', ...LATER }, { name: 'samovar' }],
    ],
  ])('%s', async (_, old, newer) => {
    const { summary, whole, left } = await make(old, newer)
    const substantive = summary.files.filter((file) => file.substantive).map(({ path }) => path)
    const hiddenLines = changedLines(whole).filter((line) => !changedLines(left).includes(line))
    for (const line of hiddenLines) {
      const path = / \.\/(\S*?)\/?( -> .*)?$/.exec(line)?.[1] ?? ''
      // The line of a list for a file that differs in content only, which has a node of its own.
      if (substantive.includes(path)) expect(left).toContain(`./${path}`)
    }
    for (const path of substantive.filter((one) => !one.startsWith('control')))
      if (whole.includes(path)) expect(left).toContain(path)
  })
})

describe('the classes to hide', () => {
  const old = files({ 'usr/share/doc/teapot/a.html': '<p>Generated on Mon Jan 1 2024</p>\n' })
  const newer = files({ 'usr/share/doc/teapot/a.html': '<p>Generated on Tue Jan 2 2024</p>\n' }, LATER)

  it('are the only ones that are hidden', async () => {
    const { left } = await make(old, newer, ['MTIME'])
    expect(left).toContain('Generated on Tue')
    expect((await make(old, newer, [])).hidden).toEqual([])
  })

  it('are counted with their hunks and files', async () => {
    const { hidden } = await make(old, newer)
    for (const { hunks, files: count } of hidden) {
      expect(hunks).toBeGreaterThanOrEqual(0)
      expect(count).toBeGreaterThan(0)
    }
    expect(hidden.find((one) => one.class === 'DOC_DATE')).toEqual({ class: 'DOC_DATE', hunks: 1, files: 1 })
  })
})

describe('a filtered report', () => {
  it('is made once, and again if its counts are damaged', async () => {
    const kit = await makeKit()
    const pair = { old: makeRun('run-old'), new: makeRun('run-new') }
    await build(kit, pair.old.id, {})
    await build(kit, pair.new.id, LATER)
    const hide = (await kit.engine.make('summary', pair, MAKE_OPTIONS)).hide(['MTIME'])
    const stored = await kit.engine.make('diffoscope', pair, MAKE_OPTIONS)
    const open = async (use: (report: OpenedReport) => Promise<unknown> = async () => {}) => {
      const report = await stored.open({ filterBoring: false, hide })
      try {
        await use(report)
        return { path: report.path, hidden: report.hiddenNoise }
      } finally {
        await report.close()
      }
    }
    const first = await open()
    expect(first.hidden.length).toBeGreaterThan(0)
    const { writeFile, stat } = await import('node:fs/promises')
    const { mtimeMs } = await stat(first.path)
    expect(await open()).toEqual(first)
    expect((await stat(first.path)).mtimeMs).toBe(mtimeMs)
    await writeFile(`${first.path}.hidden`, '[{"cl')
    expect(await open()).toEqual(first)
    expect(await open((report: Report) => report.node(0))).toEqual(first)
  })
})
