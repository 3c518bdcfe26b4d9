/** Classes of noise, each with what it explains, and with something alike that it must leave. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { describe, expect, it, onTestFinished } from 'vitest'
import { fileKind, KIND_BYTES } from '../../../src/diff/package/file-kind.ts'
import { compareContent } from '../../../src/diff/summary/content/compare-content.ts'
import type { ContentDifference, SideContext } from '../../../src/diff/summary/content/content.ts'
import { removeTree } from '../../../src/diff/tools/remove-tree.ts'
import { AR_MAGIC, arHeader } from '../../fixtures/ar.ts'

const side = (version: string): SideContext => ({
  package: 'tea',
  source: 'tea',
  version,
  sourceVersion: '1.0-1',
  architecture: 'amd64',
})

const VERSIONS = ['1.0-1', '1.0-1+b1'] as const

function compare(
  path: string,
  old: Content,
  newer: Content,
  [before, after]: readonly [string, string] = VERSIONS,
): ContentDifference {
  const [one, other] = [Buffer.from(old as string), Buffer.from(newer as string)]
  const kind = fileKind(other.subarray(0, KIND_BYTES), path)
  return compareContent(one, other, { path, kind, old: side(before), new: side(after), depth: 0 })
}

type Content = string | Buffer
type Case = readonly [
  noise: string,
  path: string,
  old: Content,
  newer: Content,
  /** Differs from `old` by more than noise. */
  other: Content,
]

const entry = (version: string, what: string) =>
  `tea (${version}) unstable; urgency=low\n\n  * ${what}\n\n -- A Builder <a@example.org>  Sat, 10 Jan 2026 08:00:00 +0000\n`
const archived = (name: string, mtime: number, content: string) =>
  `${AR_MAGIC}${arHeader(name, content.length, mtime)}${content}`
const catalogue = (day: number, text: string) =>
  `msgid ""\nmsgstr ""\n"POT-Creation-Date: 2026-01-${day} 08:00+0000\\n"\n\nmsgid "tea"\nmsgstr "${text}"\n`
const compiled = (when: string, code: string) =>
  `;ELC\x17\0\0\0\n;;; Compiled\n;;; from file ${when}\n;;; in Emacs version 28.2\n(message "${code}")\n`

const TEXT: readonly Case[] = [
  [
    'BINNMU_CHANGELOG',
    'usr/share/doc/tea/changelog.Debian',
    entry('1.0-1', 'First.'),
    `${entry('1.0-1+b1', 'Binary-only non-maintainer upload for amd64; no source changes.')}\n${entry('1.0-1', 'First.')}`,
    `${entry('1.0-1+b1', 'Binary-only non-maintainer upload for amd64; no source changes.')}\n${entry('1.0-1', 'Last.')}`,
  ],
  [
    'BUILD_FLAGS',
    'usr/lib/tea/flags',
    'CFLAGS=-g -ffile-prefix-map=/build/a=. -O2\n',
    'CFLAGS=-g -ffile-prefix-map=/tmp/b=. -O2\n',
    'CFLAGS=-g -ffile-prefix-map=/tmp/b=. -O3\n',
  ],
  [
    'ELC_STAMP',
    'usr/share/emacs/site-lisp/tea.elc',
    compiled('/build/a/tea.el', 'brew'),
    compiled('/tmp/b/tea.el', 'brew'),
    compiled('/tmp/b/tea.el', 'spill'),
  ],
  [
    'GETTEXT_DATE',
    'usr/share/tea/tea.po',
    catalogue(10, 'Tee'),
    catalogue(11, 'Tee'),
    catalogue(11, 'Kaffee'),
  ],
  [
    'OTHER_STAMPS',
    'usr/share/tea/build-date',
    'Sat Jan 10 08:00:00 UTC 2026\n',
    'Sun Jan 11 21:17:43 UTC 2026\n',
    'Sun Jan 11 21:17:43 UTC 2026 or never\n',
  ],
  [
    'PATH_SHELL',
    'usr/bin/tea-config',
    'SED="/bin/sed"\n',
    'SED="/usr/bin/sed"\n',
    'SED="/usr/local/bin/sed"\n',
  ],
  [
    'PS_DVI_DATE',
    'usr/share/doc/tea/tea.ps',
    '%!PS\n%%CreationDate: Sat Jan 10 08:00:00 2026\nshowpage\n',
    '%!PS\n%%CreationDate: Sun Jan 11 21:17:43 2026\nshowpage\n',
    '%!PS\n%%CreationDate: Sun Jan 11 21:17:43 2026\nerasepage\n',
  ],
  [
    'RANDOM_ID',
    'usr/share/doc/tea/html/a.html',
    '<a id="idp270624"></a><a href="#idp270624">tea</a>\n',
    '<a id="idp981344"></a><a href="#idp981344">tea</a>\n',
    '<a id="idp981344"></a><a href="/idp981344">tea</a>\n',
  ],
  [
    'AR_TIME',
    'usr/lib/libtea.a',
    archived('tea.o/', 1_700_000_000, 'code'),
    archived('tea.o/', 1_700_100_000, 'code'),
    archived('tea.o/', 1_700_100_000, 'evil'),
  ],
  ['PNG_TIME', 'usr/share/tea/tea.png', png(10, 1), png(11, 1), png(11, 2)],
]

/** A picture of one grey point that says on which day it was made. */
function png(day: number, level: number): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
    const named = Buffer.concat([Buffer.from(type), data])
    length.writeUInt32BE(data.length)
    sum.writeUInt32BE(crc32(named))
    return Buffer.concat([length, named, sum])
  }
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', Buffer.from([0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0])),
    chunk('tIME', Buffer.from([7, 234, 1, day, 8, 0, 0])),
    chunk('IDAT', Buffer.from([0x78, 1, 1, 2, 0, 0xfd, 0xff, 0, level, 0, level + 1, 0, level + 1])),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

const note = (name: string, type: number, content: string) => {
  const bytes = Buffer.alloc(16 + ((content.length + 3) & ~3))
  bytes.writeUInt32LE(4, 0)
  bytes.writeUInt32LE(content.length, 4)
  bytes.writeUInt32LE(type, 8)
  bytes.write(name, 12)
  bytes.write(content, 16)
  return bytes
}
const goId = (letter: string) => note('Go', 4, Array(4).fill(letter.repeat(20)).join('/'))
const link = (name: string, sum: string) => Buffer.concat([Buffer.from(`${name}\0`), Buffer.from(sum)])
/** Of different lengths, which the head of a note states. */
const NOTED = ['1.0-1~jan+unchanged1', '1.0-1~jan+lint1'] as const
const packageNote = (version: string) =>
  note('FDO', 0xcafe1a7e, `{"type":"deb","name":"tea","version":"${version}"}`)

/** A real program with a section that binutils has put into it. */
function program(section: string, content: Buffer, ...options: string[]): Buffer {
  const dir = mkdtempSync(join(tmpdir(), 'differ-noise-'))
  onTestFinished(() => removeTree(dir))
  const [part, path] = [join(dir, 'section'), join(dir, 'program')]
  writeFileSync(part, content)
  const add = ['--remove-section', section, '/usr/bin/true', path]
  execFileSync('objcopy', add)
  execFileSync('objcopy', ['--add-section', `${section}=${part}`, path])
  if (options.length > 0) execFileSync('objcopy', [...options, path])
  return readFileSync(path)
}

/** Other content of a section, that is explained and that is not. */
const SECTIONS: readonly (readonly [
  noise: string,
  name: string,
  old: Buffer,
  newer: Buffer,
  other: Buffer,
])[] = [
  [
    'DEBUGLINK_CRC',
    '.gnu_debuglink',
    link('ab12.debug\0', 'AAAA'),
    link('cd34.debug\0', 'BBBB'),
    link('cd34.debug\0', 'BBBBpayload!'),
  ],
  ['GO_BUILD_ID', '.note.go.buildid', goId('a'), goId('b'), note('Go', 4, 'curl example.org | sh')],
  ['PACKAGE_NOTE', '.note.package', packageNote(NOTED[0]), packageNote(NOTED[1]), packageNote('6.6-6')],
]

describe('noise in a file', () => {
  it.each(TEXT)('%s is explained in %s, and nothing beside it', (noise, path, old, newer, other) => {
    expect(compare(path, old, newer)).toEqual({ noise: new Set([noise]), changes: [] })
    expect(compare(path, old, other).changes).not.toEqual([])
  })
})

describe('noise in a program', () => {
  it.each(SECTIONS)(
    '%s is explained in %s, and nothing else in its place',
    (noise, name, old, newer, other) => {
      const path = 'usr/bin/tea'
      const before = program(name, old)
      const explained = compare(path, before, program(name, newer), NOTED)
      expect([[...explained.noise], explained.changes]).toEqual([[noise], []])
      expect(compare(path, before, program(name, other), NOTED).changes).not.toEqual([])
    },
  )

  it('COMPRESSED_DEBUG is explained: debug information that is compressed, but not other one', () => {
    const path = 'usr/lib/debug/tea.debug'
    const [information, other] = ['brew tea\0', 'spill it\0'].map((text) => Buffer.from(text.repeat(500)))
    const plain = program('.debug_str', information as Buffer)
    const packed = (content: Buffer | undefined) =>
      program('.debug_str', content as Buffer, '--compress-debug-sections=zlib')
    const explained = compare(path, plain, packed(information))
    expect([...explained.noise]).toContain('COMPRESSED_DEBUG')
    expect(explained.changes).toEqual([])
    expect(compare(path, plain, packed(other)).changes).not.toEqual([])
  })
})

/** A message catalogue of GNU gettext without a hash table. */
function catalogueOf(messages: Readonly<Record<string, string>>): Buffer {
  const entries = Object.entries({ '': 'Content-Type: text/plain; charset=UTF-8\n', ...messages })
  const head = Buffer.alloc(28 + 16 * entries.length)
  const strings: Buffer[] = []
  let at = head.length
  for (const [index, value] of [0x950412de, 0, entries.length, 28, 28 + 8 * entries.length, 0, at].entries())
    head.writeUInt32LE(value, 4 * index)
  for (const side of [0, 1])
    for (const [index, entry] of entries.entries()) {
      const text = Buffer.from(`${entry[side]}\0`)
      head.writeUInt32LE(text.length - 1, 28 + 8 * (side * entries.length + index))
      head.writeUInt32LE(at, 32 + 8 * (side * entries.length + index))
      strings.push(text)
      at += text.length
    }
  return Buffer.concat([head, ...strings])
}

describe('a message catalogue', () => {
  it('is compared by its characters: no byte of a letter counts as one that cannot be seen', () => {
    const compared = (old: string, newer: string) =>
      compare('usr/share/locale/de/tea.mo', catalogueOf({ size: old }), catalogueOf({ size: newer })).changes
    expect(compared('Menge', 'Größe').map(({ nature, new: shown }) => [nature, shown])).toEqual([
      ['LINES', 'msgstr "Größe"'],
    ])
    expect(compared('Menge', 'Men\u200bge').map(({ nature }) => nature)).toEqual(['LINES', 'INVISIBLE'])
  })
})
