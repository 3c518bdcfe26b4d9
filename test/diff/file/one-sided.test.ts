/** Files that only one side has: they can be read, or are described, without a tool. */
import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import type { PackageSpec } from '../../fixtures/packages.ts'
import { MAKE_OPTIONS, makeKit } from '../engine-kit.ts'
import { gzip } from './compress.ts'
import { png } from './pictures.ts'
import { shownNodes } from './read-report.ts'

type FileSpec = NonNullable<PackageSpec['files']>[string]

async function nodesOf(path: string, file: FileSpec, side: 'old' | 'new' = 'new') {
  const kit = await makeKit()
  const spec = (files: PackageSpec['files'] = {}): PackageSpec => ({ name: 'tea', version: '1', files })
  const packages = side === 'new' ? [spec(), spec({ [path]: file })] : [spec({ [path]: file }), spec()]
  const [old, newer] = packages.map((one) => [one])
  const pair = await kit.addPair('tea', old ?? [], newer ?? [])
  const address = {
    package: 'tea',
    path: path.replace(/^DEBIAN/, 'control'),
    oldPath: null,
    oldPackage: null,
  }
  const stored = await kit.engine.files.get(pair, address, false, MAKE_OPTIONS)
  expect(await kit.startedTools()).toEqual([])
  return { nodes: stored && (await shownNodes(stored)), pictures: stored?.entry.origin.pictures }
}

describe('a file that only the new side has', () => {
  it.each<[what: string, path: string, file: FileSpec, lines: readonly string[]]>([
    [
      'a unit',
      'lib/systemd/system/tea.service',
      '[Service]\nExecStart=/usr/bin/tea\n',
      ['+ExecStart=/usr/bin/tea'],
    ],
    ['a cron job', 'etc/cron.d/tea', '* * * * * root /usr/bin/tea\n', ['+* * * * * root /usr/bin/tea']],
    [
      'a maintainer script, with its mode',
      'DEBIAN/postinst',
      { content: '#!/bin/sh\nset -e\n', mode: 0o755 },
      ['+#!/bin/sh', '+set -e', '+mode: 0755'],
    ],
    [
      'a setuid script, with its interpreter and mode',
      'usr/bin/tea',
      { content: '#!/usr/bin/perl -T\nexec "kettle";\n', mode: 0o4755 },
      ['+#!/usr/bin/perl -T', '+mode: 4755'],
    ],
    ['text in gzip', 'usr/share/doc/tea/NEWS.gz', gzip('Hot.\n'), ['+Hot.']],
    ['a file without a newline at its end', 'etc/tea', 'hot', ['+hot', '\\ No newline at end of file']],
    ['data', 'usr/share/tea/leaf', Buffer.from([0, 1, 2]), ['+kind: data', '+size: 3 bytes']],
    ['an empty file', 'usr/share/tea/empty', '', ['+type: file', '+mode: 0644']],
    [
      'a symbolic link',
      'usr/share/tea/link',
      { link: '/etc/shadow' },
      ['+type: symlink', '+target: /etc/shadow'],
    ],
  ])('can be read: %s', async (_what, path, file, lines) => {
    const { nodes } = await nodesOf(path, file)
    const shown = (nodes ?? []).flatMap(({ diff = '' }) => diff.split('\n'))
    expect(shown).toEqual(expect.arrayContaining([...lines]))
    expect(shown.filter((line) => line.startsWith('-'))).toEqual([])
  })

  it('is described by its kind, size, mode, and what it needs and exports, if it is a setuid program', async () => {
    const content = await readFile('/usr/bin/true')
    const { nodes } = await nodesOf('usr/bin/tea', { content, mode: 0o4755 })
    const shown = (nodes ?? []).map(({ diff }) => diff).join('')
    expect(shown).toContain(`+kind: elf\n+size: ${content.length} bytes\n`)
    expect(shown).toMatch(/^\+interpreter: \/lib64?\//m)
    expect(shown).toMatch(/^\+needs: libc\.so\.6$/m)
    expect(shown).toContain('+mode: 4755\n')
  })

  it('has the names that a library exports', async () => {
    const path = '/lib/x86_64-linux-gnu/libm.so.6'
    const { nodes } = await nodesOf('usr/lib/libm.so.6', await readFile(path))
    expect(nodes?.[0]?.diff).toMatch(/^\+soname: libm\.so\.6$/m)
    expect(nodes?.[0]?.diff).toMatch(/^\+exports: cos/m)
  })

  it('can be shown if it is a picture', async () => {
    const content = png(3, 2)
    const { pictures } = await nodesOf('usr/share/pixmaps/tea.png', content)
    expect(pictures).toMatchObject({ old: null, new: { type: 'image/png', width: 3, height: 2 } })
  })
})

it('a file that only the old side has can be read, too', async () => {
  const { nodes } = await nodesOf('etc/cron.d/tea', '@daily root tea\n', 'old')
  expect(nodes?.[0]).toMatchObject({
    comments: ['Only in the old package'],
    diff: '@@ -1 +0,0 @@\n-@daily root tea\n',
  })
})

it('content of 100,000 lines is read page by page', async () => {
  const kit = await makeKit()
  const text = Array.from({ length: 100_000 }, (_, line) => `line ${line}\n`).join('')
  const spec = (files: NonNullable<PackageSpec['files']>): PackageSpec[] => [
    { name: 'tea', version: '1', files },
  ]
  const pair = await kit.addPair('tea', spec({}), spec({ 'etc/tea': text }))
  const address = { package: 'tea', path: 'etc/tea', oldPath: null, oldPackage: null }
  const stored = await kit.engine.files.get(pair, address, false, MAKE_OPTIONS)
  const report = await stored?.open({ filterBoring: false })
  try {
    const [hunk] = (await report?.hunks(1, 0, 1)) ?? []
    expect(hunk?.lines).toBe(100_000)
    const lines: string[] = []
    if (report && hunk)
      for await (const batch of report.lines(hunk, { from: 99_998, count: 5 }))
        lines.push(...batch.map((line) => line.text))
    expect(lines).toEqual(['line 99998', 'line 99999'])
  } finally {
    await report?.close()
  }
})
