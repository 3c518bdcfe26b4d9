/** The tar reader: archives that tar(1) writes in every format, and archives that it refuses. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TarError, type TarHeader, TarReader } from '../../../src/diff/package/tar-reader.ts'

interface Member extends TarHeader {
  readonly sha256: string
}

function readTar(bytes: Buffer, pieceBytes = bytes.length): Member[] {
  const members: Member[] = []
  let header: TarHeader | null = null
  let hash = createHash('sha256')
  const reader = new TarReader({
    onEntry(entry) {
      header = entry
      hash = createHash('sha256')
    },
    onData: (chunk) => hash.update(chunk),
    onEntryEnd() {
      if (header) members.push({ ...header, sha256: hash.digest('hex') })
    },
  })
  for (let at = 0; at < bytes.length; at += Math.max(1, pieceBytes))
    reader.push(bytes.subarray(at, at + pieceBytes))
  reader.end()
  return members
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

/** A header block by its fields, with the right checksum unless the fields have one. */
function header(fields: {
  name?: string
  mode?: string
  size?: string | Buffer
  mtime?: string | Buffer
  type?: string
  link?: string
  magic?: string
  prefix?: string
  uid?: string | Buffer
  checksum?: string
}): Buffer {
  const block = Buffer.alloc(512)
  const put = (at: number, value: string | Buffer | undefined) =>
    Buffer.isBuffer(value) ? value.copy(block, at) : block.write(value ?? '', at, 'latin1')
  put(0, fields.name ?? 'tea')
  put(100, fields.mode ?? '0000644\0')
  put(108, fields.uid ?? '0000000\0')
  put(116, '0000000\0')
  put(124, fields.size ?? '00000000000\0')
  put(136, fields.mtime ?? '00000000000\0')
  put(156, fields.type ?? '0')
  put(157, fields.link)
  put(257, fields.magic ?? 'ustar\x0000')
  put(345, fields.prefix)
  put(148, '        ')
  const sum = block.reduce((total, byte) => total + byte, 0)
  put(148, fields.checksum ?? `${sum.toString(8).padStart(6, '0')}\0 `)
  return block
}

const padded = (content: string | Buffer) => {
  const bytes = Buffer.from(content)
  return Buffer.concat([bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)])
}
const octal = (number: number) => `${number.toString(8).padStart(11, '0')}\0`
const END = Buffer.alloc(1024)
const archive = (...parts: Buffer[]) => Buffer.concat([...parts, END])
const withContent = (content: string, fields: Parameters<typeof header>[0] = {}) =>
  Buffer.concat([header({ size: octal(content.length), ...fields }), padded(content)])
const pax = (record: string, type = 'x') => withContent(record, { name: 'PaxHeader', type })
/** A pax record with its length, which counts itself. */
function record(text: string): string {
  const length = text.length + 4
  return `${length} ${text}\n`
}
/** A number in base 256, as GNU tar writes what octal digits cannot hold. */
function base256(value: bigint, bytes = 12): Buffer {
  const field = Buffer.alloc(bytes, value < 0n ? 0xff : 0)
  field.writeBigInt64BE(value, bytes - 8)
  if (value >= 0n) field[0] = 0x80
  return field
}

describe('archives of tar(1)', () => {
  let dir: string
  const long = `${'d'.repeat(90)}/${'e'.repeat(90)}/${'f'.repeat(90)}`
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'differ-tar-'))
    const root = join(dir, 'root')
    mkdirSync(join(root, 'usr/share/tea', long), { recursive: true })
    writeFileSync(join(root, 'usr/share/tea/empty'), '')
    writeFileSync(join(root, 'usr/share/tea/block'), 'x'.repeat(512))
    writeFileSync(join(root, 'usr/share/tea/grün'), 'grün\n')
    writeFileSync(join(root, 'usr/share/tea', long, 'leaf'), 'oolong\n')
    execFileSync('sh', [
      '-c',
      'cd "$1" && ln -s ../share/tea/block usr/link && ln usr/share/tea/block usr/hard && mkfifo usr/pipe && chmod 4755 usr/share/tea/empty',
      'sh',
      root,
    ])
  })
  afterAll(() => rmSync(dir, { recursive: true }))

  const make = (format: string) =>
    execFileSync(
      'tar',
      [
        '-C',
        join(dir, 'root'),
        `--format=${format}`,
        // ustar splits a name at a slash into at most 155 and 100 bytes.
        ...(format === 'ustar' ? [`--exclude=${'d'.repeat(90)}`] : []),
        '--owner=tea:12',
        '--group=pot:34',
        '--mtime=@1700000000',
        '-cf',
        '-',
        '.',
      ],
      {
        stdio: ['ignore', 'pipe', 'ignore'],
        maxBuffer: 1 << 24,
      },
    )

  it.each(['gnu', 'posix', 'oldgnu', 'ustar'])(
    'have in the format %s the members that tar lists',
    (format) => {
      const bytes = make(format)
      const listed = execFileSync('tar', ['--quoting-style=literal', '-tf', '-'], { input: bytes })
        .toString('latin1')
        .trim()
        .split('\n')
        .map((line) => line.replace(/^\.\//, '').replace(/\/$/, ''))
      const members = readTar(bytes)
      expect(members.map(({ path }) => path)).toEqual(listed)
      const of = (name: string) => members.find(({ path }) => path === name)
      expect(of('usr/share/tea/block') ?? of('usr/hard')).toMatchObject({
        sha256: expect.any(String),
        uid: 12,
        gid: 34,
        owner: 'tea',
        group: 'pot',
        mtime: 1_700_000_000,
      })
      expect(of('usr/link')).toMatchObject({ type: 'symlink', link: '../share/tea/block' })
      expect(of('usr/pipe')?.type).toBe('fifo')
      expect(of('usr/share/tea/empty')).toMatchObject({ mode: 0o4755, sizeBytes: 0, sha256: sha256('') })
      const links = members.filter(({ type }) => type === 'hardlink')
      expect(links.map(({ link, path }) => [link, path].sort())).toEqual([
        ['usr/hard', 'usr/share/tea/block'],
      ])
      if (format !== 'ustar') expect(of(`usr/share/tea/${long}/leaf`)?.sha256).toBe(sha256('oolong\n'))
    },
  )

  it.each([1, 7, 511, 512, 513, 4096])('are the same in pieces of %i bytes', (pieceBytes) => {
    const bytes = make('gnu')
    expect(readTar(bytes, pieceBytes)).toEqual(readTar(bytes))
  })

  it('give each member the position of its content', () => {
    const bytes = make('posix')
    for (const { sha256: digest, offset, sizeBytes } of readTar(bytes).filter(({ type }) => type === 'file'))
      expect(
        createHash('sha256')
          .update(bytes.subarray(offset, offset + sizeBytes))
          .digest('hex'),
      ).toBe(digest)
  })
})

describe('a member', () => {
  it.each<[what: string, bytes: Buffer, expected: Partial<Member>]>([
    ['a prefix of ustar', archive(header({ prefix: 'usr/bin' })), { path: 'usr/bin/tea' }],
    [
      'no prefix in a GNU archive',
      archive(header({ magic: 'ustar  \0', prefix: 'usr/bin' })),
      { path: 'tea' },
    ],
    ['a name of exactly 100 bytes', archive(header({ name: 'n'.repeat(100) })), { path: 'n'.repeat(100) }],
    [
      './ before its name, and slashes after it',
      archive(header({ name: './/usr///', type: '5' })),
      { path: '/usr', type: 'directory' },
    ],
    ['the name of the root', archive(header({ name: './', type: '5' })), { path: '' }],
    ['a name that leads out', archive(header({ name: '../../etc/shadow' })), { path: '../../etc/shadow' }],
    ['the type of a directory by the slash', archive(header({ name: 'usr/' })), { type: 'directory' }],
    ['an unknown type', archive(withContent('tea', { type: 'S' })), { type: 'unknown', sizeBytes: 3 }],
    ['a long name', archive(withContent('usr/long\0', { type: 'L' }), header({})), { path: 'usr/long' }],
    [
      'a long link',
      archive(withContent('usr/long\0', { type: 'K' }), header({ type: '2' })),
      { link: 'usr/long' },
    ],
    ['a pax path', archive(pax(record('path=usr/pax')), header({})), { path: 'usr/pax' }],
    ['a global pax record', archive(pax(record('uname=builder'), 'g'), header({})), { owner: 'builder' }],
    [
      'a pax record that is no path',
      archive(pax(record('SCHILY.xattr.user.a=tea')), header({})),
      { extra: 'SCHILY.xattr.user.a=tea\n' },
    ],
    ['a time before 1970', archive(header({ mtime: base256(-5n) })), { mtime: -5 }],
    [
      'a pax time with a fraction',
      archive(pax(record('mtime=1700000000.5')), header({})),
      { mtime: 1_700_000_000 },
    ],
    ['a pax time before 1970', archive(pax(record('mtime=-9')), header({})), { mtime: -9 }],
    ['a user id in base 256', archive(header({ uid: base256(3_000_000n, 8) })), { uid: 3_000_000 }],
    ['blanks around its numbers', archive(header({ mode: ' 644 \0' })), { mode: 0o644 }],
    [
      'no content, though a link has a size',
      archive(header({ type: '1', link: 'pot', size: octal(9) })),
      { type: 'hardlink', link: 'pot', sizeBytes: 0 },
    ],
  ])('has %s', (_what, bytes, expected) => {
    expect(readTar(bytes)).toMatchObject([expected])
  })

  it('keeps a long name to itself', () => {
    const bytes = archive(withContent('usr/long\0', { type: 'L' }), header({}), header({ name: 'pot' }))
    expect(readTar(bytes).map(({ path }) => path)).toEqual(['usr/long', 'pot'])
  })

  it('may be in an archive without its two blocks of zeros', () => {
    expect(readTar(header({}))).toHaveLength(1)
    expect(readTar(Buffer.alloc(0))).toEqual([])
  })
})

describe('what unpackers skip', () => {
  const hiddenOf = (bytes: Buffer, pieceBytes: number) => {
    const reader = new TarReader({ onEntry() {}, onData() {}, onEntryEnd() {} })
    for (let at = 0; at < bytes.length; at += pieceBytes) reader.push(bytes.subarray(at, at + pieceBytes))
    reader.end()
    return reader.hidden
  }
  const dirty = (content: string) => {
    const bytes = padded(content)
    bytes.write('hidden', bytes.length - 100, 'latin1')
    return Buffer.concat([header({ size: octal(content.length) }), bytes])
  }

  it.each<[what: string, bytes: Buffer, expected: RegExp]>([
    ['nothing in an ordinary archive', archive(withContent('tea')), /^$/],
    ['nothing in zeros after the end', Buffer.concat([archive(header({})), Buffer.alloc(10_240)]), /^$/],
    [
      'a member after the end',
      Buffer.concat([Buffer.alloc(512), header({ name: 'evil' })]),
      /^\d+ bytes, SHA-256/,
    ],
    [
      'bytes after the end',
      Buffer.concat([archive(header({})), Buffer.alloc(700), Buffer.from('x')]),
      /^\d+ bytes, SHA-256/,
    ],
    ['bytes in the padding of a member', archive(dirty('tea')), /^\d+ bytes, the first near tea, SHA-256/],
    [
      'the content of an unknown member',
      archive(withContent('tea', { type: 'V' })),
      /^3 bytes, the first near tea/,
    ],
  ])('is %s, in pieces of any size', (_what, bytes, expected) => {
    const whole = hiddenOf(bytes, bytes.length)
    expect(whole).toMatch(expected)
    for (const pieceBytes of [1, 100, 511, 512, 513])
      expect([pieceBytes, hiddenOf(bytes, pieceBytes)]).toEqual([pieceBytes, whole])
  })

  it('is another for another place, and for another number of zeros within it', () => {
    const hidden = (zeros: number, name = 'tea') =>
      hiddenOf(archive(withContent(`a${'\0'.repeat(zeros)}b`, { type: 'V', name })), 512)
    expect(new Set([hidden(1), hidden(2), hidden(600), hidden(1, 'pot')]).size).toBe(4)
  })
})

describe('an archive is refused that', () => {
  it.each<[what: string, bytes: Buffer, message: RegExp]>([
    ['ends in a header', header({}).subarray(0, 300), /ends in the middle/],
    ['ends in the content', withContent('x'.repeat(600)).subarray(0, 700), /ends in the middle/],
    [
      'ends in a long name',
      withContent('n'.repeat(600), { type: 'L' }).subarray(0, 700),
      /ends in the middle/,
    ],
    ['has a wrong checksum', archive(header({ checksum: '000001\0 ' })), /damaged member header/],
    ['has a letter for a size', archive(header({ size: '0000000x000\0' })), /invalid size/],
    ['has a negative size', archive(header({ size: base256(-1n) })), /invalid size/],
    ['has a negative user id', archive(header({ uid: base256(-1n, 8) })), /invalid user id/],
    ['has a size that no number holds', archive(header({ size: Buffer.alloc(12, 0xbf) })), /invalid size/],
    [
      'has a long name of two megabytes',
      header({ type: 'L', size: octal(2 << 20) }),
      /extended header of 2097152/,
    ],
    ['has a pax header of two megabytes', header({ type: 'x', size: octal(2 << 20) }), /extended header/],
    ['has a pax record without a length', archive(pax('path=x\n')), /damaged extended header/],
    ['has a pax record that is too long', archive(pax('99 path=x\n')), /damaged extended header/],
    ['has a pax record without a value', archive(pax('6 pat\n')), /damaged extended header/],
    ['has a pax record of length zero', archive(pax('0 path=x\n')), /damaged extended header/],
    ['has a pax size that is none', archive(pax(record('size=0x10')), header({})), /invalid size/],
    ['has a negative pax size', archive(pax(record('size=-1')), header({})), /invalid size/],
    ['has a pax number with two dots', archive(pax(record('size=1.2.3')), header({})), /invalid size/],
  ])('%s', (_what, bytes, message) => {
    expect(() => readTar(bytes)).toThrow(TarError)
    expect(() => readTar(bytes)).toThrow(message)
  })
})
