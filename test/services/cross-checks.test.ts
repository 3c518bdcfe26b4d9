/** What a diffoscope report does not show although the packages differ in it, with the real tool. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { MAX_UNSHOWN, unshownText } from '../../src/diff/cross-check/unshown.ts'
import { unshownSection } from '../../src/diff/rendering/diffoscope/unshown-section.ts'
import type { Finding } from '../../src/diff/summary/types.ts'
import type { RunPair } from '../../src/model.ts'
import { CrossChecks } from '../../src/services/cross-checks.ts'
import { type Kit, MAKE_OPTIONS, makeKit, makeRun } from '../diff/engine-kit.ts'
import { buildDeb, type DebSpec, ORDINARY_FILES } from '../diff/summary/build-side.ts'

interface Sides {
  readonly old: DebSpec
  readonly new: DebSpec
}

/** An ordinary package whose files, control files and fields differ as `differences` says. */
function sides(
  differences: Readonly<Record<string, readonly [old: DebSpec['files'], newer: DebSpec['files']]>>,
  more: Partial<Record<'old' | 'new', DebSpec>> = {},
): Sides {
  const side = (index: 0 | 1, spec: DebSpec = {}): DebSpec => ({
    ...spec,
    files: Object.assign({}, ORDINARY_FILES, ...Object.values(differences).map((both) => both[index])),
  })
  return { old: side(0, more.old), new: side(1, more.new) }
}

async function addPair(kit: Kit, { old, new: newer }: Sides): Promise<RunPair> {
  const pair = { old: makeRun('run-old'), new: makeRun('run-new') }
  await buildDeb(join(kit.root, 'artifacts', pair.old.id), old)
  await buildDeb(join(kit.root, 'artifacts', pair.new.id), newer)
  return pair
}

async function unshownOf(specs: Sides): Promise<{ paths: string[]; findings: readonly Finding[] }> {
  const kit = await makeKit()
  const report = await kit.engine.make('diffoscope', await addPair(kit, specs), MAKE_OPTIONS)
  const unshown = await new CrossChecks(kit.engine).of(report, MAKE_OPTIONS)
  return {
    paths: (unshown?.findings ?? []).map(({ path }) => path).sort(),
    findings: unshown?.findings ?? [],
  }
}

const compact = (command: string, number: number) => `{"cmd":"${command}","cmd":"same","n":${number}}\n`

function elf(letter: string, tail: string): Buffer {
  const bytes = readFileSync('/usr/bin/true')
  bytes.write(letter, bytes.indexOf('GNU coreutils'))
  return Buffer.concat([bytes, Buffer.from(tail)])
}

function pyc(mtime: number, code: string): Buffer {
  const header = Buffer.from('a70d0d0a000000000000000000000000', 'hex')
  header.writeUInt32LE(mtime, 8)
  return Buffer.concat([header, Buffer.from(code)])
}

describe('the check of a report against the summary', () => {
  it('finds nothing in ordinary changes, which the report shows', async () => {
    const { paths } = await unshownOf(
      sides(
        {
          text: [{ 'usr/share/teapot/a.txt': 'one\n' }, { 'usr/share/teapot/a.txt': 'two\n' }],
          json: [
            { 'usr/share/teapot/a.json': '{"hot": "sencha", "n": 1}\n' },
            { 'usr/share/teapot/a.json': '{"hot": "oolong", "n": 1}\n' },
          ],
          gzip: [
            { 'usr/share/teapot/b.gz': gzipSync('some text\n') },
            { 'usr/share/teapot/b.gz': gzipSync('other text\n') },
          ],
          program: [{ 'usr/bin/brew': elf('G', '') }, { 'usr/bin/brew': elf('H', '') }],
          mode: [
            { 'usr/bin/pot': { content: '#!/bin/sh\n', mode: 0o755 } },
            { 'usr/bin/pot': { content: '#!/bin/sh\n', mode: 0o4755 } },
          ],
          link: [{ 'usr/bin/tea': { link: 'teapot' } }, { 'usr/bin/tea': { link: '/tmp/x' } }],
          presence: [{ 'usr/share/teapot/gone': 'gone\n' }, { 'usr/share/teapot/came': 'came in\n' }],
          order: [{ 'usr/share/teapot/o': 'a\nb\n' }, { 'usr/share/teapot/o': 'b\na\n' }],
        },
        {
          old: { control: { postinst: '#!/bin/sh\nset -e\n' }, fields: { Depends: 'aa' } },
          new: {
            control: { postinst: '#!/bin/sh\nset -e\ntrue\n', prerm: '#!/bin/sh\n' },
            fields: { Depends: 'bb' },
          },
        },
      ),
    )
    expect(paths).toEqual([])
  })

  it('finds what the forms that diffoscope shows leave out', async () => {
    const { paths, findings } = await unshownOf(
      sides({
        json: [
          { 'usr/share/teapot/a.json': compact('GOOD', 1) },
          { 'usr/share/teapot/a.json': compact('EVIL', 2) },
        ],
        digits: [
          { 'usr/share/teapot/b.json': '{"v":1.0000000000000001,"n":1}\n' },
          { 'usr/share/teapot/b.json': '{"v":1.0,"n":2}\n' },
        ],
        xml: [
          { 'usr/share/teapot/c.xml': '<?xml version="1.0"?>\n<r><s>  wide  </s><n>1</n></r>\n' },
          { 'usr/share/teapot/c.xml': '<?xml version="1.0"?>\n<r><s>wide</s><n>2</n></r>\n' },
        ],
        python: [
          { 'usr/lib/python3/m.pyc': pyc(1_600_000_000, 'GOODCODE') },
          { 'usr/lib/python3/m.pyc': pyc(1_600_000_777, 'EVILCODE') },
        ],
        program: [{ 'usr/bin/brew': elf('G', 'good') }, { 'usr/bin/brew': elf('H', 'evil') }],
        hardlink: [
          { 'usr/bin/a': 'good\n', 'usr/bin/c': 'evil\n', 'usr/bin/z': { hardlink: 'usr/bin/a' } },
          { 'usr/bin/a': 'good\n', 'usr/bin/c': 'evil\n', 'usr/bin/z': { hardlink: 'usr/bin/c' } },
        ],
      }),
    )
    expect(paths).toEqual([
      'usr/bin/brew',
      'usr/bin/z',
      'usr/lib/python3/m.pyc',
      'usr/share/teapot/a.json',
      'usr/share/teapot/b.json',
      'usr/share/teapot/c.xml',
    ])
    const json = findings.find(({ path }) => path.endsWith('a.json')) as Finding
    expect(unshownText(json)).toBe(
      'The report does not show a difference in usr/share/teapot/a.json of teapot (CONTENT_CHANGED); see the summary.',
    )
  })

  it('finds changes of which the report says that only the order differs', async () => {
    const { paths } = await unshownOf(
      sides({
        newline: [{ 'usr/share/teapot/n': 'a\nb\nx' }, { 'usr/share/teapot/n': 'a\nb\nx\n' }],
        ends: [{ 'usr/share/teapot/e': 'a\r\nb\r\n' }, { 'usr/share/teapot/e': 'a\nb\n' }],
      }),
    )
    expect(paths).toEqual(['usr/share/teapot/e', 'usr/share/teapot/n'])
  })

  it('finds files that diffoscope does not compare: a checksum that lies, a name with the version', async () => {
    const lie = { 'usr/share/teapot/kinds': 'good\n' }
    const { paths } = await unshownOf(
      sides(
        {
          lie: [lie, { 'usr/share/teapot/kinds': 'evil\n' }],
          renamed: [
            { 'usr/lib/libtea.so.1.2.3': `${'tea\n'.repeat(2000)}good\n` },
            { 'usr/lib/libtea.so.1.2.4': `${'tea\n'.repeat(2000)}evil\n` },
          ],
          other: [{ 'usr/share/teapot/o': 'one\n' }, { 'usr/share/teapot/o': 'two\n' }],
        },
        {
          old: {
            md5sums: `${'0'.repeat(32)}  usr/share/teapot/kinds\n${'1'.repeat(32)}  usr/share/teapot/o\n`,
          },
          new: {
            md5sums: `${'0'.repeat(32)}  usr/share/teapot/kinds\n${'2'.repeat(32)}  usr/share/teapot/o\n`,
          },
        },
      ),
    )
    expect(paths).toEqual(['usr/lib/libtea.so.1.2.4', 'usr/share/teapot/kinds'])
  })

  it('finds everything in a package that is compared with nothing, as its architecture changed', async () => {
    const { paths } = await unshownOf({
      old: { architecture: 'all' },
      new: {
        architecture: 'amd64',
        files: { ...ORDINARY_FILES, 'usr/bin/teapot': '#!/bin/sh\necho other\n' },
      },
    })
    expect(paths).toEqual(expect.arrayContaining(['control:Architecture', 'usr/bin/teapot']))
  })

  it('does not make a summary without options, and uses one that is cached', async () => {
    const kit = await makeKit()
    const pair = await addPair(
      kit,
      sides({ a: [{ 'usr/share/a.json': compact('GOOD', 1) }, { 'usr/share/a.json': compact('EVIL', 2) }] }),
    )
    const report = await kit.engine.make('diffoscope', pair, MAKE_OPTIONS)
    const checks = new CrossChecks(kit.engine)
    expect(await checks.of(report, null)).toBeNull()
    await kit.engine.make('summary', pair, MAKE_OPTIONS)
    expect(await checks.of(report, null)).toMatchObject({ count: 1 })
  })
})

describe('the section of a report about what it does not show', () => {
  const finding: Finding = {
    rule: 'CONTENT_CHANGED',
    severity: 'VERIFY',
    package: 'teapot',
    path: 'usr/share/<b>',
    old: 'one ``` two',
    new: 'esc\u001b[31m',
    message: 'The content of a file has changed.',
  }
  const unshown = { findings: [finding], count: MAX_UNSHOWN + 1, texts: [] }

  it('has both sides of each finding and counts the rest', () => {
    const text = unshownSection('text', unshown)
    expect(text).toContain(
      '\nteapot: usr/share/<b>\nCONTENT_CHANGED: The content of a file has changed.\n-one ``` two\n+esc\\x1b[31m\n',
    )
    expect(text).toContain(`… and ${MAX_UNSHOWN} more: see the summary.`)
  })

  it('lets no text of a package become markup', () => {
    expect(unshownSection('html', unshown)).toContain('<h3>teapot: usr/share/&lt;b&gt;</h3>')
    expect(unshownSection('markdown', unshown)).toContain('\n````diff\n-one ``` two\n')
    expect(unshownSection('markdown', unshown)).toContain('### teapot: usr/share/&lt;b>')
  })

  it('has the text of files on one side only', () => {
    const added: Finding = {
      ...finding,
      rule: 'SCRIPT_ADDED',
      path: 'control/postinst',
      old: '',
      new: '#!/bin/sh\nreboot\n',
    }
    const text = unshownSection('text', { findings: [], count: 0, texts: [added] })
    expect(text).toContain('\nFiles on one side only\n')
    expect(text).toContain(
      '\nteapot: control/postinst\nSCRIPT_ADDED: The content of a file has changed.\n+#!/bin/sh\n+reboot\n',
    )
  })

  it('is empty for a report that shows everything, and for JSON', () => {
    expect(unshownSection('text', { findings: [], count: 0, texts: [] })).toBe('')
    expect(unshownSection('json', unshown)).toBe('')
  })
})
