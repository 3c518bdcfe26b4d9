/**
 * The readers of packages and of what packages hold. Their seeds are real files: archives of tar, dpkg-deb, gzip and zip, a program, a compiled
 * Python module, a message catalogue. Mutated archives get their checksums right again, or else every input would be refused at its first header.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32, deflateSync, gzipSync } from 'node:zlib'
import { bufferSource } from '../../src/diff/package/byte-source.ts'
import { groupText, parseParagraphs, parseRelations } from '../../src/diff/package/deb822.ts'
import { compareVersions } from '../../src/diff/package/debian-version.ts'
import { ElfFile } from '../../src/diff/package/elf.ts'
import { ElfError } from '../../src/diff/package/elf-types.ts'
import { fileKind, KIND_BYTES } from '../../src/diff/package/file-kind.ts'
import { readOuterArchive } from '../../src/diff/package/outer-archive.ts'
import { TarError, type TarHeader, TarReader } from '../../src/diff/package/tar-reader.ts'
import type { PackageSide } from '../../src/diff/summary/changes.ts'
import { compareContent } from '../../src/diff/summary/content/compare-content.ts'
import type { FileContext, SideContext } from '../../src/diff/summary/content/content.ts'
import { compareMd5sums } from '../../src/diff/summary/md5sums.ts'
import { AR_MAGIC, arHeader } from '../fixtures/ar.ts'
import { buildRun } from '../fixtures/packages.ts'
import type { Target } from './targets.ts'

const MAX_BUFFER = { maxBuffer: 1 << 26 }

/** @param dir an empty directory for the samples and the files of the targets */
export async function packageTargets(dir: string): Promise<Target[]> {
  const samples = await makeSamples(dir)
  return [
    tarTarget(samples.tars),
    outerArchiveTarget(dir, samples.debs),
    CONTROL_TARGET,
    VERSION_TARGET,
    elfTarget(samples.programs),
    ...contentTargets(samples),
    md5sumsTarget(),
  ]
}

interface Samples {
  readonly tars: readonly Buffer[]
  readonly debs: readonly Buffer[]
  readonly programs: readonly Buffer[]
  /** By path, which decides how content is compared. */
  readonly contents: Readonly<Record<string, Buffer>>
}

async function makeSamples(dir: string): Promise<Samples> {
  const tree = join(dir, 'tree')
  await mkdir(join(tree, 'usr/share', 'n'.repeat(120)), { recursive: true })
  await writeFile(join(tree, 'usr/share', 'n'.repeat(120), 'leaf'), 'oolong\n')
  await writeFile(join(tree, 'usr/empty'), '')
  await symlink('empty', join(tree, 'usr/link'))
  const tars = ['gnu', 'posix'].map((format) =>
    execFileSync('tar', ['-C', tree, `--format=${format}`, '-cf', '-', '.'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  )
  await buildRun(join(dir, 'run'), [
    { name: 'tea', version: '1.0-1', control: { Depends: 'a (>= 1) | b:any' }, files: { 'usr/tea': 'x\n' } },
  ])
  const program = await readFile('/usr/bin/true')
  return {
    tars,
    debs: [await readFile(join(dir, 'run', 'tea_1.0-1_all.deb'))],
    programs: [program],
    contents: {
      'usr/bin/true': program,
      'usr/share/tea.gz': Buffer.concat([gzipSync('oolong\nsencha\n'), gzipSync('assam\n')]),
      'usr/share/tea.tar': tars[0] ?? Buffer.alloc(0),
      'usr/share/tea.jar': fromPython(ZIP_SCRIPT),
      'usr/lib/python3/tea.pyc': fromPython(PYC_SCRIPT),
      'usr/share/locale/de/LC_MESSAGES/tea.mo': fromPython(MO_SCRIPT),
      'usr/lib/libtea.a': archiveOf(['tea.o', 'pot.o']),
      'usr/share/doc/tea/tea.pdf': pdf(),
      'usr/share/tea.png': png(),
      'usr/share/tea.json': Buffer.from('{"a": [1, -0.0, "\\u00fc"], "b": {"c": null}}\n'),
      'usr/share/man/man1/tea.1': Buffer.from('.TH TEA 1 "January 2026" "tea 1.0"\n.SH NAME\ntea\n'),
      'usr/share/doc/tea/changelog.Debian': Buffer.from(
        'tea (1.0-1) unstable; urgency=low\n\n  * New.\n\n -- A <a@b>  Sat, 10 Jan 2026 08:00:00 +0000\n',
      ),
      'usr/share/doc/tea/index.html': Buffer.from(
        '<html><body>Generated on 2026-01-10 by Doxygen 1.9 &copy; 2026 /build/tea-1.0/x</body></html>\n',
      ),
    },
  }
}

const ZIP_SCRIPT = `
import io, sys, zipfile
out = io.BytesIO()
with zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED) as z:
    z.writestr(zipfile.ZipInfo('META-INF/MANIFEST.MF', (2026, 1, 10, 8, 0, 0)), 'Built-By: tea\\n')
    z.writestr(zipfile.ZipInfo('tea.txt', (2026, 1, 10, 8, 0, 0)), 'oolong\\n' * 20)
sys.stdout.buffer.write(out.getvalue())`
const PYC_SCRIPT = `
import importlib._bootstrap_external as b, sys
code = compile('def tea():\\n    return "oolong"\\n', 'tea.py', 'exec')
sys.stdout.buffer.write(bytes(b._code_to_timestamp_pyc(code, 1700000000, 33)))`
const MO_SCRIPT = `
import struct, sys
pairs = [(b'', b'POT-Creation-Date: 2026-01-10 08:00+0000\\n'), (b'tea', b'Tee')]
ids = b''.join(i + b'\\0' for i, _ in pairs); strs = b''.join(s + b'\\0' for _, s in pairs)
start = 28 + 16 * len(pairs); koff, voff, k, v = [], [], 0, 0
for i, s in pairs:
    koff += [len(i), start + k]; voff += [len(s), start + len(ids) + v]; k += len(i) + 1; v += len(s) + 1
sys.stdout.buffer.write(struct.pack('<7I', 0x950412de, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, 0) + struct.pack('<%dI' % len(koff), *koff) + struct.pack('<%dI' % len(voff), *voff) + ids + strs)`

function fromPython(script: string): Buffer {
  return execFileSync('python3', ['-c', script], MAX_BUFFER)
}

function archiveOf(names: readonly string[]): Buffer {
  const members = names.map((name) => `${arHeader(`${name}/`, 4)}leaf`)
  return Buffer.from(`${AR_MAGIC}${members.join('')}`, 'latin1')
}

function pdf(): Buffer {
  const stream = deflateSync('BT (oolong) Tj ET').toString('latin1')
  return Buffer.from(
    `%PDF-1.4\n1 0 obj\n<< /Length ${stream.length} >>\nstream\n${stream}\nendstream\nendobj\n2 0 obj\n<< /CreationDate (D:20260110080000Z) >>\nendobj\nxref\n0 1\n0000000000 65535 f \ntrailer\n<< /ID [<00> <01>] >>\nstartxref\n9\n%%EOF\n`,
    'latin1',
  )
}

function png(): Buffer {
  const chunk = (type: string, content: Buffer) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), content])
    const head = Buffer.alloc(4)
    head.writeUInt32BE(content.length)
    const sum = Buffer.alloc(4)
    sum.writeUInt32BE(crc32(body))
    return Buffer.concat([head, body, sum])
  }
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', Buffer.from([0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0])),
    chunk('tIME', Buffer.from([7, 234, 1, 10, 8, 0, 0])),
    chunk('IDAT', deflateSync(Buffer.from([0, 0]))),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

interface TarResult {
  readonly members: readonly (TarHeader & { readonly sha256: string })[]
  readonly error: string | null
  /** What unpackers skip. */
  readonly hidden: string
}

function readTar(bytes: Buffer, pieceBytes: number): TarResult {
  const members: (TarHeader & { sha256: string })[] = []
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
  try {
    for (let at = 0; at < bytes.length; at += pieceBytes) reader.push(bytes.subarray(at, at + pieceBytes))
    reader.end()
    return { members, error: null, hidden: reader.hidden }
  } catch (error) {
    if (!(error instanceof TarError)) throw error
    return { members, error: error.message, hidden: '' }
  }
}

/** Puts the right checksum into whatever looks like a header of a member. */
function withChecksums(bytes: Buffer): Buffer {
  const repaired = Buffer.from(bytes)
  for (let at = 0; at + 512 <= repaired.length; at += 512) {
    if (repaired.toString('latin1', at + 257, at + 262) !== 'ustar') continue
    repaired.fill(0x20, at + 148, at + 156)
    const sum = repaired.subarray(at, at + 512).reduce((total, byte) => total + byte, 0)
    repaired.write(`${sum.toString(8).padStart(6, '0')}\0 `, at + 148, 'latin1')
  }
  return repaired
}

function tarTarget(seeds: readonly Buffer[]): Target {
  return {
    name: 'tar archives, in one piece and in many',
    seeds,
    run(input) {
      for (const bytes of [input, withChecksums(input)]) {
        const whole = JSON.stringify(readTar(bytes, Math.max(1, bytes.length)))
        for (const pieceBytes of [100, 512])
          if (JSON.stringify(readTar(bytes, pieceBytes)) !== whole)
            throw new Error(`it reads otherwise in pieces of ${pieceBytes} bytes`)
      }
    },
  }
}

function outerArchiveTarget(dir: string, seeds: readonly Buffer[]): Target {
  const path = join(dir, 'mutated.deb')
  return {
    name: 'the outer archive of a package',
    seeds,
    async run(input) {
      await writeFile(path, input)
      const { members, trailingBytes, sizeBytes } = await readOuterArchive(path)
      const inAll = members.reduce((sum, member) => sum + member.sizeBytes, trailingBytes)
      const isOutside = members.some(({ offset, sizeBytes: size }) => offset + size > sizeBytes)
      if (isOutside || inAll > sizeBytes)
        throw new Error(
          `its members do not fit into it: ${JSON.stringify({ members, trailingBytes, sizeBytes })}`,
        )
    },
  }
}

const CONTROL_TARGET: Target = {
  name: 'control files and relations',
  seeds: [
    'Package: tea\nDepends: libc6 (>= 2.36), python3:any | perl [amd64] <!nocheck>,\n kettle (= 1:2-3)\nDescription: x\n .\n y\n',
    'Template: tea/a\nType: note\n\nTemplate: tea/b\n',
  ].map((text) => Buffer.from(text)),
  run(input) {
    for (const paragraph of parseParagraphs(input.toString('latin1')))
      for (const { name, value } of paragraph.fields) {
        if (paragraph.get(name) === undefined) throw new Error(`the field ${name} is not found`)
        const groups = parseRelations(value)
        const again = parseRelations(groups.map(groupText).join(', '))
        if (JSON.stringify(again) !== JSON.stringify(groups))
          throw new Error(`relations are read otherwise from their text: ${groups.map(groupText).join(', ')}`)
      }
  },
}

const VERSION_TARGET: Target = {
  name: 'the order of versions',
  seeds: ['1:2.0~rc1-1+deb12u1\n1:2.0-1\n0.9', '1.0a+b.c-2\n1.0a+b-c-2\n007'].map((text) =>
    Buffer.from(text),
  ),
  run(input) {
    const [a = '', b = '', c = ''] = input.toString('latin1').split('\n')
    const order = (one: string, other: string) => Math.sign(compareVersions(one, other))
    if (order(a, b) + order(b, a) !== 0) throw new Error('the order depends on the side')
    if (order(a, a) !== 0) throw new Error('a version differs from itself')
    if (order(a, b) <= 0 && order(b, c) <= 0 && order(a, c) > 0) throw new Error('the order is a circle')
  },
}

function elfTarget(seeds: readonly Buffer[]): Target {
  return {
    name: 'ELF files',
    seeds,
    run(input) {
      try {
        const elf = new ElfFile(input)
        elf.facts()
        for (const section of elf.sections) elf.contentOf(section)
      } catch (error) {
        if (!(error instanceof ElfError)) throw error
      }
    },
  }
}

const side = (version: string): SideContext => ({
  package: 'tea',
  source: 'tea',
  version,
  sourceVersion: version,
  architecture: 'amd64',
})

function contextOf(path: string, bytes: Buffer, other: Buffer): FileContext {
  const kinds = [bytes, other].map((one) => fileKind(one.subarray(0, KIND_BYTES), path))
  const kind = kinds[0] === kinds[1] ? kinds[0] : undefined
  return { path, kind: kind ?? 'data', old: side('1.0-1'), new: side('1.0-2'), depth: 0 }
}

/** A sample beside its mutation, in both directions. */
function contentTargets({ contents }: Samples): Target[] {
  return Object.entries(contents).map(([path, sample]) => ({
    name: `content of ${path}`,
    seeds: [sample],
    run(input) {
      for (const bytes of [input, withChecksums(input)]) {
        const file = contextOf(path, sample, bytes)
        const there = compareContent(sample, bytes, file)
        const back = compareContent(bytes, sample, file)
        if (!sample.equals(bytes) && there.changes.length === 0 && there.noise.size === 0)
          throw new Error('different bytes are taken for the same')
        // The versions are those of the sides, so a version that the mutation names is noise in one direction only.
        const isNoise = [there, back].map(({ changes }) => changes.length === 0)
        if (isNoise[0] !== isNoise[1] && ![...there.noise, ...back.noise].includes('VERSION_ECHO'))
          throw new Error(
            `it is noise in one direction only: ${[...there.noise].join()} and ${[...back.noise].join()}`,
          )
      }
    },
  }))
}

/** The list of checksums of a package, with one right and one wrong line, beside its mutation. */
function md5sumsTarget(): Target {
  const md5 = (text: string) => createHash('md5').update(text).digest('hex')
  const contents = new Map(['usr/tea', 'usr/pot', 'usr/a b'].map((path) => [path, `${path}\n`]))
  const lines = [...contents].map(([path, text]) => `${md5(text)}  ${path}\n`)
  const sample = Buffer.from(`${lines.join('')}${'0'.repeat(32)}  usr/none\n`)
  const find = (path: string) =>
    contents.has(path) ? { path, type: 'file', sha256: md5(path), link: '' } : null
  const side = (list: Buffer) =>
    ({
      conffiles: new Set(),
      contents: {
        controlFiles: new Map([['md5sums', { content: list, source: bufferSource(list) }]]),
        data: { find },
      },
    }) as unknown as PackageSide
  const compare = (old: Buffer, newer: Buffer) =>
    compareMd5sums({ old: side(old), new: side(newer) }, async ({ path }) => md5(contents.get(path) ?? ''))
  return {
    name: 'md5sums',
    seeds: [sample],
    async run(input) {
      const { matches, isEcho } = await compare(sample, input)
      const same = await compare(input, input)
      if (same.matches.length > 0 || same.isEcho) throw new Error('a list differs from itself')
      if (isEcho && matches.length > 0) throw new Error('a list with a wrong line is an echo')
      if (!input.equals(sample) && matches.length === 0 && !isEcho)
        throw new Error('another list is taken for the same')
      // No file differs, so no line can be called a danger.
      if (matches.some(({ severity }) => severity === 'BAD')) throw new Error('a right file is called wrong')
    },
  }
}
