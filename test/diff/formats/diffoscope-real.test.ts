/**
 * Text, Markdown and JSON against what the real tool prints, on reports that the real tool made. Comparators whose programs are not installed make poorer
 * reports, which are as good for this purpose.
 */
import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { diffoscopeJson } from '../../../src/diff/formats/diffoscope-json.ts'
import { diffoscopeMarkdown } from '../../../src/diff/formats/diffoscope-markdown.ts'
import { diffoscopeText } from '../../../src/diff/formats/diffoscope-text.ts'
import { buildPackage } from '../../fixtures/packages.ts'
import { collect, withReport } from '../report/model.ts'

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'differ-real-'))
})
afterAll(() => rm(dir, { recursive: true, force: true }))

/** What a program prints; diffoscope's exit code 1 means that there are differences. */
function output(program: string, ...args: string[]): Promise<Buffer> {
  const options = {
    cwd: dir,
    encoding: 'buffer',
    maxBuffer: 1 << 28,
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
  } as const
  return new Promise((resolve, reject) => {
    execFile(program, args, options, (error, stdout, stderr) => {
      if (error && !(program === 'diffoscope' && error.code === 1)) reject(new Error(`${program}: ${stderr}`))
      else resolve(stdout)
    })
  })
}

type Maker = (side: 0 | 1, path: string) => Promise<unknown>

const lines = (from: number, count: number) =>
  Array.from({ length: count }, (_, at) => `line ${from + at}\n`).join('')
const file =
  (old: string | Buffer, fresh: string | Buffer): Maker =>
  (side, path) =>
    writeFile(path, side === 0 ? old : fresh)

/** Makes a directory of files and packs it. */
async function tar(
  path: string,
  files: Record<string, string | Buffer>,
  ...options: string[]
): Promise<void> {
  const root = await mkdtemp(join(dir, 'tar-'))
  for (const [name, content] of Object.entries(files)) await writeFile(join(root, name), content)
  await output('tar', '-cf', path, '--mtime=@1', '--owner=0', '--group=0', ...options, '-C', root, '.')
}

const KINDS: Record<string, Maker> = {
  'a text': file('one\ntwo\nthree\n', 'one\n2\nthree\nfour\n'),
  'a text with many hunks': file(lines(0, 400), lines(0, 400).replaceAll('7\n', 'seven\n')),
  'long lines': file(`${'old '.repeat(30_000)}\nsame\n`, `${'new '.repeat(30_000)}\nsame\n`),
  'no line feed at the end, before': file('one\ntwo', 'one\ntwo\n'),
  'no line feed at the end, behind': file('one\ntwo\n', 'one\n2'),
  'no line feed at both ends': file('one\ntwo', 'one\n2'),
  'carriage returns': file('one\r\ntwo\r\n', 'one\r\n\rtwo\r\r\n'),
  'white space at the end': file('a\nb\n \n\t\n', 'a\nc\n \n\t \n\n\n'),
  'control characters': file(
    'a\x07\x1b[31mred\x1b[0m\x7f\x0b\x0c\x1c\n',
    'b\x08\x1b[32mgreen\x1b[0m\x85\x1d\u2028\n',
  ),
  'quotes, backslashes, markup': file('"\\n" <b>`x`</b> {{}} &amp;\n', "'\\\\u0041' <script>``` ## *\n"),
  'other scripts': file('äöü € 😀 עברית\n', 'ÄÖÜ £ 🎉 \u202eעברית\n'),
  'bytes that are no UTF-8': file(Buffer.from('caf\xe9\n', 'latin1'), Buffer.from('caf\xe8\n', 'latin1')),
  'binary content': file(
    Buffer.from([...Array(600).keys()]),
    Buffer.from([...Array(700).keys()].map((byte) => byte ^ 3)),
  ),
  'NULs in a text': file('a\0b\nsame\n', 'a\0c\nsame\n'),
  'an empty file on one side': file('', 'new\n'),
  JSON: file('{"a": [1, 2], "b": "x"}', '{"b": "y", "a": [1, 3]}'),
  gzip: (side, path) => writeFile(`${path}.gz`, gzipSync(lines(side, 40))),
  zip: (side, path) => writeFile(`${path}.zip`, zip('inner.txt', lines(side * 3, 20))),
  tar: (side, path) =>
    tar(`${path}.tar`, { same: 'same', changed: `${side}\n`, [`only-${side}`]: lines(0, 3) }),
  'permissions and owners': (side, path) =>
    tar(`${path}.tar`, { file: 'x' }, `--mode=${side ? '0755' : '0600'}`, `--owner=u${side}:${side + 5}`),
  'symbolic links': async (side, path) => {
    await mkdir(path)
    await symlink(`target-${side}`, join(path, 'link'))
    await writeFile(join(path, 'was-file'), 'x')
    if (side) {
      await rm(join(path, 'was-file'))
      await symlink('/etc/hostname', join(path, 'was-file'))
    }
  },
  'directories with one-sided entries': async (side, path) => {
    await mkdir(join(path, 'both'), { recursive: true })
    await writeFile(join(path, 'both', 'x'), lines(side * 5, 12))
    await chmod(join(path, 'both', 'x'), side ? 0o755 : 0o644)
    await mkdir(join(path, side ? 'new' : 'old'))
    await writeFile(join(path, side ? 'new' : 'old', 'y'), 'y')
  },
  'names with odd characters': (side, path) =>
    tar(`${path}.tar`, {
      'a b\tc"d\\e<b>`x`': `${side}`,
      'line\nfeed': `${side}`,
      'back```tick': `${side}\n`,
      'end ': `${side}\n`,
    }),
  'deep nesting': async (side, path) => {
    let inner: Buffer = Buffer.from(`${side}\n`)
    for (let level = 0; level < 9; level++) {
      await tar(`${path}.tmp`, {
        [`level${level}.tar`]: inner,
        [`note${level}`]: level % 3 ? 'same' : `${side}`,
      })
      inner = await readFile(`${path}.tmp`)
    }
    await rm(`${path}.tmp`)
    await writeFile(`${path}.tar`, inner)
  },
  ELF: async (side, path) => {
    const elf = await readFile('/bin/true')
    if (side) elf.write('differ was here', elf.indexOf('GNU coreutils'))
    await writeFile(path, elf)
  },
  'Python bytecode': async (side, path) => {
    await writeFile(`${path}.py`, `def f(x):\n    return x + ${side}\n`)
    await output(
      'python3',
      '-c',
      'import py_compile, sys; py_compile.compile(sys.argv[1], sys.argv[2])',
      `${path}.py`,
      `${path}.pyc`,
    )
    await rm(`${path}.py`)
  },
  PNG: (side, path) => writeFile(`${path}.png`, png(side ? 0x80 : 0x20)),
  'a Debian package': (side, path) =>
    buildPackage(path, {
      name: 'hello',
      version: `1.${side}-1`,
      control: { Depends: side ? 'libc6 (>= 2.36)' : 'libc6 (>= 2.34)' },
      files: {
        'usr/share/doc/hello/README': lines(side, 30),
        'usr/bin/hello': { content: '#!/bin/sh\n', mode: side ? 0o755 : 0o644 },
      },
    }),
}

/** A zip of one file. */
function zip(name: string, content: string): Buffer {
  const data = deflateRawSync(content)
  const crc = crc32(Buffer.from(content))
  const common = Buffer.alloc(26)
  common.writeUInt16LE(20, 0)
  common.writeUInt16LE(8, 4)
  common.writeUInt16LE(0x21, 8)
  common.writeUInt32LE(crc, 10)
  common.writeUInt32LE(data.length, 14)
  common.writeUInt32LE(content.length, 18)
  common.writeUInt16LE(name.length, 22)
  const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, Buffer.from(name), data])
  const central = Buffer.concat([
    Buffer.from('PK\x01\x02\x14\0', 'latin1'),
    common,
    Buffer.alloc(14),
    Buffer.from(name),
  ])
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06')
  end.writeUInt16LE(1, 8)
  end.writeUInt16LE(1, 10)
  end.writeUInt32LE(central.length, 12)
  end.writeUInt32LE(local.length, 16)
  return Buffer.concat([local, central, end])
}

function png(grey: number): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type), data])
    const frame = Buffer.alloc(8)
    frame.writeUInt32BE(data.length, 0)
    frame.writeUInt32BE(crc32(body), 4)
    return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)])
  }
  const header = Buffer.from('00000008000000080800000000', 'hex')
  const rows = Buffer.concat(
    Array.from({ length: 8 }, (_, row) => Buffer.from([0, ...Array(8).fill((grey + row) & 255)])),
  )
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

async function realReport(name: string, make: Maker): Promise<string> {
  const work = await mkdtemp(join(dir, 'case-'))
  await make(0, join(work, 'old'))
  await make(1, join(work, 'new'))
  const found = async (side: string) => {
    const entry = (await readdir(work)).find((candidate) => candidate.startsWith(side)) as string
    if (name !== 'a Debian package') return join(work, entry)
    return join(work, entry, (await readdir(join(work, entry)))[0] as string)
  }
  const report = join(work, 'report.json')
  await output(
    'diffoscope',
    `--json=${report}`,
    '--exclude-directory-metadata=yes',
    await found('old'),
    await found('new'),
  )
  return report
}

describe.concurrent('a report by the real tool on', () => {
  it.each(Object.entries(KINDS))(
    '%s reads as the tool prints it',
    async (name, make) => {
      const path = await realReport(name, make)
      const content = await readFile(path)
      const [text, markdown] = await Promise.all(
        ['--text', '--markdown'].map((format) =>
          output('diffoscope', '--load-existing-diff', path, format, '-'),
        ),
      )
      await withReport(content, async (report) => {
        expect((await collect(diffoscopeText(report))).toString()).toBe(text?.toString())
        const mended = (await collect(diffoscopeMarkdown(report))).toString()
        if (SAFE.has(name)) expect(mended).toBe(markdown?.toString())
        else expect(outsideFences(mended)).not.toContain('<')
        expect((await collect(diffoscopeJson(report))).equals(content)).toBe(true)
        expect(report.counts.nodes).toBeGreaterThan(0)
        expect(report.counts.hunks).toBeGreaterThan(0)
      })
    },
    60_000,
  )
})

/** Kinds that hold nothing which the tool's own Markdown lets break out: there it is the same to the byte. */
const SAFE: ReadonlySet<string> = new Set(
  Object.keys(KINDS).filter((name) => name !== 'names with odd characters'),
)

function outsideFences(markdown: string): string {
  return markdown.replace(/^(`{3,})diff\n[\s\S]*?\n\1$/gm, '')
}
