/** The typed debdiff says what differs in the packages, whatever text they contain. */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { fieldLines } from '../../src/diff/debdiff/field-lines.ts'
import { printSegments } from '../../src/diff/debdiff/wdiff-segments.ts'
import type { FilesSection } from '../../src/diff/stored/typed-debdiff.ts'
import { TypedDebdiff } from '../../src/diff/stored/typed-debdiff.ts'
import { ALL_NOISE } from '../../src/diff/summary/noise-classes.ts'
import { MAKE_OPTIONS, makeKit, makeRun } from './engine-kit.ts'
import { buildDeb, type DebSpec, ORDINARY_FILES } from './summary/build-side.ts'

type Side = DebSpec | readonly DebSpec[]

interface Shown {
  readonly isEmpty: boolean
  readonly fields: readonly unknown[]
  /** `added teapot /usr/bin/x -rwxr-xr-x`, in order. */
  readonly files: readonly string[]
  readonly packages: readonly string[]
  readonly notes: readonly string[]
}

async function debdiffOf(old: Side, newer: Side, hide: readonly string[] = []): Promise<Shown> {
  const kit = await makeKit()
  const pair = { old: makeRun('run-old'), new: makeRun('run-new') }
  for (const [run, side] of [
    [pair.old, old],
    [pair.new, newer],
  ] as const)
    for (const spec of [side].flat() as DebSpec[]) await buildDeb(join(kit.root, 'artifacts', run.id), spec)
  const debdiff = new TypedDebdiff(await kit.engine.make('summary', pair, MAKE_OPTIONS), hide)
  const files: string[] = []
  for (const section of debdiff.sections)
    if (section.kind === 'files') files.push(...(await linesOf(debdiff, section)))
  return {
    isEmpty: debdiff.isEmpty,
    fields: debdiff.sections.flatMap((one) =>
      one.kind === 'fields'
        ? one.fields.map(({ name, old: before, new: after }) => [name, before, after])
        : [],
    ),
    files,
    packages: debdiff.sections.flatMap((one) => (one.kind === 'packages' ? one.packages : [])),
    notes: debdiff.sections.flatMap((one) => (one.kind === 'note' ? one.lines : [])),
  }
}

async function linesOf(debdiff: TypedDebdiff, section: FilesSection): Promise<string[]> {
  const { change, package: name, movedTo } = section.list
  const files = await debdiff.files(section, { first: 1000, offset: 0 })
  expect(files).toHaveLength(section.count)
  return files.map(({ path, mode, target }) =>
    [change, name, movedTo && `to ${movedTo}`, path, mode, target && `-> ${target}`]
      .filter(Boolean)
      .join(' '),
  )
}

const files = (more: DebSpec['files'], spec: DebSpec = {}): DebSpec => ({
  ...spec,
  files: { ...ORDINARY_FILES, ...more },
})
const described = (description: string, fields: DebSpec['fields'] = {}): DebSpec => ({
  fields: { ...fields, Description: description },
})

describe('control fields', () => {
  it.each<[string, Side, Side, readonly unknown[]]>([
    [
      'have their own values, also above a changed line of the description',
      described('synopsis\n first\n second line', { Depends: 'aa' }),
      described('synopsis\n first\n second LINE', { Depends: 'aa, bb' }),
      [
        ['Description', 'synopsis\n first\n second line', 'synopsis\n first\n second LINE'],
        ['Depends', 'aa', 'aa, bb'],
      ],
    ],
    [
      'are not changed by marks in their text',
      { ...described('run tool [-h-] {+x+}'), version: '1.0-1' },
      { ...described('run tool [-h-] {+x+}'), version: '1.0-2' },
      [['Version', '1.0-1', '1.0-2']],
    ],
    [
      'have the values of the packages where these hold marks',
      described('a [-b-] c'),
      described('a {+b+} c'),
      [['Description', 'a [-b-] c', 'a {+b+} c']],
    ],
    [
      'that are folded otherwise differ',
      { fields: { Depends: 'aa, bb' } },
      { fields: { Depends: 'aa,\n bb' } },
      [['Depends', 'aa, bb', 'aa,\n bb']],
    ],
    [
      'that one side lacks are null there',
      { fields: { Homepage: 'https://example.org' } },
      { fields: { Recommends: 'kettle' } },
      [
        ['Recommends', null, 'kettle'],
        ['Homepage', 'https://example.org', null],
      ],
    ],
    [
      'of two architectures are those of each',
      [
        { architecture: 'amd64', fields: { Depends: 'libc6 (>= 2.1)' } },
        { architecture: 'i386', fields: { Depends: 'libc6 (>= 2.1)' } },
      ],
      [
        { architecture: 'amd64', fields: { Depends: 'libc6 (>= 2.9)' } },
        { architecture: 'i386', fields: { Depends: 'libc6 (>= 2.1)' } },
      ],
      [['Depends', 'libc6 (>= 2.1)', 'libc6 (>= 2.9)']],
    ],
  ])('%s', async (_, old, newer, fields) => {
    const shown = await debdiffOf(old, newer)
    expect(shown.fields).toEqual(fields)
    expect(shown.isEmpty).toBe(false)
    expect(shown.files).toEqual([])
  })

  it('in another order are a note, and nothing if that is hidden', async () => {
    const old = { fields: { Section: 'misc', Priority: 'optional' } }
    const newer = { fields: { Priority: 'optional', Section: 'misc' } }
    expect(await debdiffOf(old, newer)).toMatchObject({
      isEmpty: false,
      notes: [expect.stringMatching(/order/)],
    })
    expect(await debdiffOf(old, newer, ['ORDER_ONLY'])).toMatchObject({ isEmpty: true, notes: [] })
  })
})

describe('lists of files', () => {
  const scripts = (text: string): Readonly<Record<string, string>> => ({
    postinst: `#!/bin/sh\necho ${text}\n`,
    conffiles: `/etc/teapot.${text}\n`,
    shlibs: `libx 1 xx (>= ${text})\n`,
    triggers: `interest /usr/${text}\n`,
  })
  const etc = { 'etc/teapot.old': 'x', 'etc/teapot.new': 'x' }
  it.each<[string, Side, Side, readonly string[]]>([
    [
      'have files that came and went',
      files({ 'usr/bin/old': 'x' }),
      files({ 'usr/bin/new': { content: 'y', mode: 0o4755 } }),
      ['removed teapot /usr/bin/old -rw-r--r--', 'added teapot /usr/bin/new -rwsr-xr-x'],
    ],
    [
      'have a file whose mode or link changed on both sides',
      files({ 'usr/a': { content: 'x', mode: 0o644 }, 'usr/l': { link: 'a -> b' } }),
      files({ 'usr/a': { content: 'x', mode: 0o755 }, 'usr/l': { link: 'c' } }),
      [
        'removed teapot /usr/a -rw-r--r--',
        'removed teapot /usr/l lrwxrwxrwx -> a -> b',
        'added teapot /usr/a -rwxr-xr-x',
        'added teapot /usr/l lrwxrwxrwx -> c',
      ],
    ],
    [
      'have a file that another package has now',
      [files({ 'usr/bin/x': 'moved' }), { name: 'kettle' }],
      [{}, files({ 'usr/bin/x': 'moved' }, { name: 'kettle' })],
      ['moved teapot to kettle /usr/bin/x -rw-r--r--'],
    ],
    [
      'have a file in each package if several have it now',
      [files({ 'usr/x': 'x' }), { name: 'kettle' }, { name: 'samovar' }],
      [{}, files({ 'usr/x': 'x' }, { name: 'kettle' }), files({ 'usr/x': 'x' }, { name: 'samovar' })],
      [
        'removed teapot /usr/x -rw-r--r--',
        'added kettle /usr/x -rw-r--r--',
        'added samovar /usr/x -rw-r--r--',
      ].sort(),
    ],
    [
      'have members of the control archive whose content changed',
      { files: etc, control: scripts('old') },
      { files: etc, control: scripts('new') },
      ['conffiles', 'postinst', 'shlibs', 'triggers'].map(
        (name) => `changed teapot DEBIAN/${name} ${name === 'postinst' ? '-rwxr-xr-x' : '-rw-r--r--'}`,
      ),
    ],
    [
      'have a maintainer script that is new, and none that a description imitates',
      described('x'),
      {
        ...described('x\n     12 bytes,     3 lines   *  postinst             #!/bin/sh'),
        control: { preinst: '#!/bin/sh\n' },
      },
      ['added teapot DEBIAN/preinst -rwxr-xr-x'],
    ],
    [
      'have names of several lines and arrows as they are',
      {},
      files({ 'usr/a -> b\nc': 'x' }),
      ['added teapot /usr/a -> b\nc -rw-r--r--'],
    ],
    [
      'do not have files whose content alone differs',
      files({ 'usr/share/teapot/kinds': 'oolong' }),
      files({ 'usr/share/teapot/kinds': 'sencha' }),
      [],
    ],
  ])('%s', async (_, old, newer, expected) => {
    const shown = await debdiffOf(old, newer)
    expect([...shown.files].sort()).toEqual([...expected].sort())
  })

  it('have the files of packages that came and went', async () => {
    const shown = await debdiffOf(
      [{}, { name: 'kettle', files: { 'usr/k': 'x' } }],
      [{}, { name: 'samovar', files: { 'usr/s': 'y' } }],
    )
    expect(shown.packages).toEqual(['kettle', 'samovar'])
    expect(shown.files).toEqual(['removed kettle /usr/k -rw-r--r--', 'added samovar /usr/s -rw-r--r--'])
  })

  it('are read by pages', async () => {
    const kit = await makeKit()
    const pair = { old: makeRun('run-old'), new: makeRun('run-new') }
    const names = Array.from({ length: 250 }, (_, index) => `usr/share/n${String(index).padStart(3, '0')}`)
    await buildDeb(join(kit.root, 'artifacts', pair.old.id), {})
    await buildDeb(
      join(kit.root, 'artifacts', pair.new.id),
      files(Object.fromEntries(names.map((name) => [name, 'x']))),
    )
    const debdiff = new TypedDebdiff(await kit.engine.make('summary', pair, MAKE_OPTIONS), [])
    const [section] = debdiff.sections.filter((one) => one.kind === 'files')
    if (section?.kind !== 'files') throw new Error('There is no list of files')
    expect(section.count).toBe(250)
    const page = await debdiff.files(section, { first: 100, offset: 200 })
    expect(page.map(({ path }) => path)).toEqual(names.slice(200).map((name) => `/${name}`))
    expect(await debdiff.files(section, { first: 10, offset: 250 })).toEqual([])
  })
})

describe('isEmpty', () => {
  it('is true for the same packages, and where nothing but content differs', async () => {
    expect((await debdiffOf({}, {})).isEmpty).toBe(true)
    expect((await debdiffOf({}, { mtime: 1_700_500_000 })).isEmpty).toBe(true)
  })

  it('is false for white space at the end of a line of the control file', async () => {
    const shown = await debdiffOf({ fields: { Section: 'misc' } }, { fields: { Section: 'misc ' } })
    expect(shown).toMatchObject({ isEmpty: false, files: ['changed teapot DEBIAN/control -rw-r--r--'] })
  })

  it('is true for a rebuild of a program with debug symbols whose noise is hidden', async () => {
    const side = (version: string, id: string): DebSpec[] => [
      { version },
      {
        name: 'teapot-dbgsym',
        version,
        fields: { Depends: `teapot (= ${version})`, 'Build-Ids': id },
        files: { [`usr/lib/debug/.build-id/${id.slice(0, 2)}/${id.slice(2)}.debug`]: 'same\n' },
      },
    ]
    const [old, newer] = [side('1.0-1', '5f'.padEnd(40, '1')), side('1.0-2', '0a'.padEnd(40, '2'))]
    expect((await debdiffOf(old, newer)).isEmpty).toBe(false)
    expect((await debdiffOf(old, newer, ALL_NOISE)).isEmpty).toBe(true)
  })
})

describe('the lines of a field', () => {
  it.each([
    ['one word', 'aa', 'aa, bb', ['Depends: aa{+, bb+}']],
    ['a field that is new', null, 'aa\n bb', ['{+Depends: aa+}', '{+ bb+}']],
    ['a field that is gone', 'aa', null, ['[-Depends: aa-]']],
    ['a word among many', 'a (>= 1), b', 'a (>= 2), b', ['Depends: a (>= [-1-]{+2+}), b']],
    ['folding', 'a, b', 'a,\n b', ['Depends: a,', ' b']],
  ])('mark what differs: %s', (_, old, newer, lines) => {
    expect(fieldLines({ name: 'Depends', old, new: newer }).map(printSegments)).toEqual(lines)
  })
})
