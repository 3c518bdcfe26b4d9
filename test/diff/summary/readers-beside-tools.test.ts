/** What the readers of formats say agrees with the formats' own tools. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32, deflateRawSync, gzipSync } from 'node:zlib'
import { describe, expect, it, onTestFinished } from 'vitest'
import { fileKind, KIND_BYTES } from '../../../src/diff/package/file-kind.ts'
import { compareContent } from '../../../src/diff/summary/content/compare-content.ts'
import type { ContentDifference, SideContext } from '../../../src/diff/summary/content/content.ts'
import { readGzip } from '../../../src/diff/summary/content/gzip.ts'
import { removeTree } from '../../../src/diff/tools/remove-tree.ts'
import { pdfOf } from '../../fixtures/pdf.ts'

const python = (script: string, input = '') => execFileSync('python3', ['-c', script], { input })
const has = (program: string) => spawnSync('which', [program]).status === 0
const side: SideContext = {
  package: 'tea',
  source: 'tea',
  version: '1-1',
  sourceVersion: '1-1',
  architecture: 'all',
}

function compare(path: string, old: Buffer, newer: Buffer): ContentDifference {
  const kind = fileKind(newer.subarray(0, KIND_BYTES), path)
  return compareContent(old, newer, { path, kind, old: side, new: side, depth: 0 })
}

async function fileOf(name: string, bytes: Buffer): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'differ-readers-'))
  onTestFinished(() => removeTree(dir))
  const path = join(dir, name)
  await writeFile(path, bytes)
  return path
}

describe('gzip files', () => {
  const text = Buffer.from('oolong\n'.repeat(1_000))
  const one = gzipSync(text)
  const named = Buffer.concat([
    Buffer.from([0x1f, 0x8b, 8, 8, 0, 0x65, 0x53, 0xf1, 0, 3]),
    Buffer.from('tea.txt\0'),
    deflateRawSync(text),
    one.subarray(-8),
  ])
  const damaged = (at: number) => {
    const bytes = Buffer.from(one)
    bytes[at] = (bytes[at] ?? 0) ^ 0xff
    return bytes
  }
  it.each<[string, Buffer]>([
    ['of one member', one],
    ['with a name', named],
    ['of two members', Buffer.concat([one, gzipSync('sencha\n')])],
    ['with bytes after the end', Buffer.concat([one, Buffer.from('hidden')])],
    ['with zeros after the end', Buffer.concat([one, Buffer.alloc(512)])],
    ['with a wrong checksum', damaged(one.length - 8)],
    ['with a wrong size', damaged(one.length - 4)],
    ['that are cut', one.subarray(0, -9)],
  ])('%s are read as gzip reads them', async (_, bytes) => {
    const path = await fileOf('tea.gz', bytes)
    const gzip = spawnSync('gzip', ['-dc', path], { maxBuffer: 1 << 24 })
    const ours = readGzip(bytes)
    // 2: a warning of trailing garbage.
    expect(ours === null ? 1 : ours.trailing.length > 0 ? 2 : 0).toBe(gzip.status)
    if (!ours) return
    expect(ours.content.equals(gzip.stdout)).toBe(true)
    const [, checksum] = spawnSync('gzip', ['-lv', path]).stdout.toString().split('\n')[1]?.split(/\s+/) ?? []
    if (ours.members === 1 && ours.trailing.length === 0 && bytes.length < 256)
      expect(checksum).toBe(crc32(ours.content).toString(16).padStart(8, '0'))
  })
})

/** Of each member, as Python's zipfile lists it; `zipinfo` prints the same, in columns. */
interface ListedMember {
  readonly essence: string
  readonly time: string
  readonly packed: string
}

describe('zip files', () => {
  const zip = (options: {
    text?: string
    hour?: number
    method?: string
    mode?: string
    name?: string
    comment?: string
  }) => {
    const { text = 'oolong', hour = 8, method = 'DEFLATED', mode = '0o644', name = 'tea.txt' } = options
    return python(`
import io, sys, zipfile
out = io.BytesIO()
with zipfile.ZipFile(out, 'w') as z:
    one = zipfile.ZipInfo('${name}', (2026, 1, 10, ${hour}, 0, 0))
    one.compress_type = zipfile.ZIP_${method}; one.external_attr = ${mode} << 16; one.comment = b'${options.comment ?? ''}'
    z.writestr(one, '${text}\\n' * 20)
sys.stdout.buffer.write(out.getvalue())`)
  }
  const listed = async (bytes: Buffer): Promise<ListedMember> => {
    const path = await fileOf('tea.zip', bytes)
    const shown = execFileSync('zipinfo', ['-v', path]).toString()
    const line = (label: string) => new RegExp(`^ *${label}: +(.*)$`, 'm').exec(shown)?.[1] ?? ''
    return {
      essence: [
        shown.match(/^ {2}\S+$/m)?.[0],
        ...[
          '32-bit CRC value \\(hex\\)',
          'uncompressed size',
          'Unix file attributes.*',
          'length of file comment',
        ].map(line),
      ].join(),
      time: line('file last modified on .*'),
      packed: `${line('compression method')} ${line('compressed size')}`,
    }
  }
  it.skipIf(!has('zipinfo')).each<[string, Parameters<typeof zip>[0]]>([
    ['nothing', {}],
    ['the time', { hour: 9 }],
    ['the compression', { method: 'STORED' }],
    ['content', { text: 'sencha' }],
    ['a mode', { mode: '0o755' }],
    ['a name', { name: 'pot.txt' }],
    ['a comment', { comment: 'hidden' }],
  ])('that differ in %s differ in what zipinfo shows (skipped without zipinfo)', async (_, options) => {
    const [old, newer] = [zip({}), zip(options)]
    const [one, other] = [await listed(old), await listed(newer)]
    const { noise, changes } = compare('usr/share/tea.zip', old, newer)
    expect(changes.length > 0).toBe(one.essence !== other.essence)
    if (changes.length > 0) return
    expect([...noise].sort()).toEqual([
      ...(one.packed === other.packed ? [] : ['COMPRESSION_ONLY']),
      ...(one.time === other.time ? [] : ['ZIP_TIME']),
    ])
  })
})

describe('compiled Python modules', () => {
  const compiled = (build: string, source = 'def tea():\\n    return 1\\n') =>
    python(`
import importlib._bootstrap_external as b, sys
code = compile('${source}', 'tea.py', 'exec')
sys.stdout.buffer.write(bytes(${build}))`)
  const stamped = (time: number, size = 33) => `b._code_to_timestamp_pyc(code, ${time}, ${size})`
  const hashed = (checked: string) => `b._code_to_hash_pyc(code, b'12345678', ${checked})`
  /** Whether Python runs the same code from both, under the same check of the source. */
  const isSameToPython = (old: Buffer, newer: Buffer) =>
    python(
      `
import importlib._bootstrap_external as b, marshal, sys
def read(text):
    data = bytes.fromhex(text)
    return b._classify_pyc(data, 'tea', {}), marshal.dumps(marshal.loads(data[16:]))
one, other = sys.stdin.read().split()
print(read(one) == read(other), end='')`,
      `${old.toString('hex')} ${newer.toString('hex')}`,
    ).toString() === 'True'
  it.each<[string, string, string, string?]>([
    ['times', stamped(1), stamped(2)],
    ['sizes of the source', stamped(1), stamped(1, 34)],
    ['code', stamped(1), stamped(1), 'def tea():\\n    return 2\\n'],
    ['how the source is checked', stamped(1), hashed('True')],
    ['whether the source is checked', hashed('True'), hashed('False')],
  ])('with other %s are noise where importlib takes them for the same', (_, before, after, source) => {
    const [old, newer] = [compiled(before), compiled(after, source)]
    const { noise, changes } = compare('usr/lib/python3/dist-packages/tea.pyc', old, newer)
    expect(changes.length === 0).toBe(isSameToPython(old, newer))
    expect([...noise]).toEqual(changes.length === 0 ? ['PYC_STAMP'] : [])
  })
})

describe('PDF files', () => {
  const pdf = ({ title = 'Tea', date = '20260110', text = 'oolong' }) =>
    pdfOf(
      [
        '<< /Type /Catalog /Pages 2 0 R >>',
        '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
        '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R >>',
        `<< /Length ${text.length + 12} >>\nstream\nBT (${text}) Tj ET\nendstream`,
        `<< /Title (${title}) /CreationDate (D:${date}080000Z) >>`,
      ],
      '/Info 5 0 R ',
    )
  it.skipIf(!has('pdfinfo')).each<[string, Parameters<typeof pdf>[0]]>([
    ['a date', { date: '20260111' }],
    ['a title', { title: 'Pot' }],
  ])('with another %s differ in what pdfinfo shows (skipped without pdfinfo)', async (_, options) => {
    const [old, newer] = [pdf({}), pdf(options)]
    const shown = async (bytes: Buffer) => {
      const [date, ...rest] = execFileSync('pdfinfo', [await fileOf('tea.pdf', bytes)])
        .toString()
        .split('\n')
        .sort((line) => (line.startsWith('CreationDate') ? -1 : 1))
      return { date, rest: rest.join('\n') }
    }
    const [one, other] = [await shown(old), await shown(newer)]
    const { noise, changes } = compare('usr/share/doc/tea/tea.pdf', old, newer)
    expect(changes.length > 0).toBe(one.rest !== other.rest)
    expect(noise.has('PDF_DATE')).toBe(one.date !== other.date)
  })
})
