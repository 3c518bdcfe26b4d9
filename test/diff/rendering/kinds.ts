/** Two sides of many kinds of content, for diffoscope to compare. */
import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { crc32, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { buildPackage } from '../../fixtures/packages.ts'

/**
 * Creates one side at `path`, to which it may append an extension. It may use the directory above for other
 * files.
 */
type Maker = (side: 0 | 1, path: string) => Promise<unknown>

const execFileAsync = promisify(execFile)

const lines = (from: number, count: number) =>
  Array.from({ length: count }, (_, at) => `line ${from + at}\n`).join('')
const file =
  (old: string | Buffer, newer: string | Buffer): Maker =>
  (side, path) =>
    writeFile(path, side === 0 ? old : newer)

/** Packs files. The name of their directory does not begin like a side's, so that it is not taken for one. */
async function tar(
  path: string,
  files: Record<string, string | Buffer>,
  ...options: string[]
): Promise<void> {
  const root = await mkdtemp(join(dirname(path), 'tar-'))
  for (const [name, content] of Object.entries(files)) await writeFile(join(root, name), content)
  await execFileAsync('tar', [
    '-cf',
    path,
    '--mtime=@1',
    '--owner=0',
    '--group=0',
    ...options,
    '-C',
    root,
    '.',
  ])
}

/** Contents to compare, two sides each. */
export const KINDS: Readonly<Record<string, Maker>> = {
  'a text': file('one\ntwo\nthree\n', 'one\n2\nthree\nfour\n'),
  'a text with many hunks': file(lines(0, 400), lines(0, 400).replaceAll('7\n', 'seven\n')),
  'long lines': file(`${'old '.repeat(30_000)}\nsame\n`, `${'new '.repeat(30_000)}\nsame\n`),
  'no line feed at the end of the old side': file('one\ntwo', 'one\ntwo\n'),
  'no line feed at the end of the new side': file('one\ntwo\n', 'one\n2'),
  'no line feed at the end of both sides': file('one\ntwo', 'one\n2'),
  'carriage returns': file('one\r\ntwo\r\n', 'one\r\n\rtwo\r\r\n'),
  'white space at the end': file('a\nb\n \n\t\n', 'a\nc\n \n\t \n\n\n'),
  'control characters': file(
    'a\x07\x1b[31mred\x1b[0m\x7f\x0b\x0c\x1c\n',
    'b\x08\x1b[32mgreen\x1b[0m\x85\x1d\u2028\n',
  ),
  'quotes, backslashes, markup': file('"\\n" <b>`x`</b> {{}} &amp;\n', "'\\\\u0041' <script>``` ## *\n"),
  'other scripts': file('äöü € 😀 עברית\n', 'ÄÖÜ £ 🎉 \u202eעברית\n'),
  'bytes that are not UTF-8': file(Buffer.from('caf\xe9\n', 'latin1'), Buffer.from('caf\xe8\n', 'latin1')),
  'binary content': file(
    Buffer.from([...Array(600).keys()]),
    Buffer.from([...Array(700).keys()].map((byte) => byte ^ 3)),
  ),
  'NULs in a text': file('a\0b\nsame\n', 'a\0c\nsame\n'),
  'long blocks': file(`same\n${lines(0, 300)}same\n`, `same\n${lines(1000, 310)}same\n`),
  'a hexdump of many hunks': file(noise(20_000, 0), noise(20_000, 997)),
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
    const script = 'import py_compile, sys; py_compile.compile(sys.argv[1], sys.argv[2])'
    await execFileAsync('python3', ['-c', script, `${path}.py`, `${path}.pyc`])
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

/** Pseudorandom bytes; with `every`, one byte in so many differs. */
function noise(length: number, every: number): Buffer {
  let state = 1
  return Buffer.from(
    Array.from({ length }, (_, at) => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
      return ((state >>> 16) + (every > 0 && at % every === 0 ? 1 : 0)) & 0xff
    }),
  )
}

/** A ZIP archive of one file. */
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
