/** What is unpacked in the process is what dpkg-deb prints. Packages of another form are left to dpkg-deb. */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readOuterArchive } from '../../../src/diff/package/outer-archive.ts'
import { unpackSmallArchive } from '../../../src/diff/package/small-archive.ts'
import { AR_MAGIC, arHeader } from '../../fixtures/ar.ts'
import { buildPackage, type PackageSpec } from '../../fixtures/packages.ts'

const ARCHIVES = ['control', 'data'] as const
const COMPRESSIONS = ['xz', 'gzip', 'zstd']
const run = promisify(execFile)
const seeds = { seed: 20_261_130, numRuns: 300 }
const spec: PackageSpec = {
  ...{ name: 'tea', version: '1.0-1', compression: 'xz' },
  files: {
    'usr/share/tea': 'x\n'.repeat(5_000),
    'usr/bin/tea': Buffer.from('\x7fELF\xe8\0\0\0\0'.repeat(99)),
  },
}

let dir: string
let made = 0
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'differ-small-'))
})
afterAll(() => rm(dir, { recursive: true }))

function built(change: Partial<PackageSpec> = {}): Promise<string> {
  made += 1
  return buildPackage(join(dir, String(made)), { ...spec, ...change })
}

async function written(bytes: Buffer): Promise<string> {
  made += 1
  const path = join(dir, `${made}.deb`)
  await writeFile(path, bytes)
  return path
}

/** Both archives, or null for each that is left to dpkg-deb. */
function unpacked(path: string, maxBytes?: number): Promise<(Buffer | null)[]> {
  return Promise.all(ARCHIVES.map((name) => unpackSmallArchive(path, name, maxBytes)))
}

/** What dpkg-deb prints. */
function printed(path: string): Promise<Buffer[]> {
  return Promise.all(['--ctrl-tarfile', '--fsys-tarfile'].map((option) => output('dpkg-deb', [option, path])))
}

async function output(program: string, args: string[]): Promise<Buffer> {
  const { stdout } = await run(program, args, { encoding: 'buffer', maxBuffer: 64 << 20 })
  return stdout
}

interface Member {
  readonly name: string
  readonly content: Buffer
}

function archiveOf(members: readonly Member[]): Buffer {
  const parts = members.map(({ name, content }) => [
    Buffer.from(arHeader(name, content.length)),
    content,
    Buffer.from(content.length % 2 ? '\n' : ''),
  ])
  return Buffer.concat([Buffer.from(AR_MAGIC), ...parts.flat()])
}

async function membersOf(path: string): Promise<Member[]> {
  const bytes = await readFile(path)
  const { members } = await readOuterArchive(path)
  return members.map(({ name, offset, sizeBytes }) => ({
    name,
    content: bytes.subarray(offset, offset + sizeBytes),
  }))
}

/** The package with its data archive compressed by `xz` with other arguments. */
async function recompressed(args: string[], ending = 'xz'): Promise<Buffer> {
  const path = await built()
  const [, tar] = await printed(path)
  await writeFile(join(dir, 'data.tar'), tar as Buffer)
  const content = await output('xz', ['--stdout', ...args, join(dir, 'data.tar')])
  return withData(path, content, ending)
}

async function withData(path: string, content: Buffer, ending = 'xz'): Promise<Buffer> {
  const members = await membersOf(path)
  return archiveOf(members.with(2, { name: `data.tar.${ending}`, content }))
}

const version = (content: string): Member => ({ name: 'debian-binary', content: Buffer.from(content) })
const members = async (): Promise<Member[]> => membersOf(await built())
/** As `change` makes it of the compressed data archive. */
async function withChangedData(change: (content: Buffer) => Buffer): Promise<Buffer> {
  const path = await built()
  const [, , data] = await membersOf(path)
  return withData(path, change(Buffer.from((data as Member).content)))
}

async function rebuiltAs(compression: string): Promise<string> {
  const path = await built()
  const tree = join(dir, `${made}-tree`)
  await run('dpkg-deb', ['--raw-extract', path, tree])
  await run('dpkg-deb', ['--root-owner-group', `-Z${compression}`, '--build', tree, `${tree}.deb`])
  return `${tree}.deb`
}

/** With a changed size of the data archive in the index of its .xz file. The .xz file format, 4. */
function withStatedSize(change: number): Promise<Buffer> {
  return withChangedData((content) => {
    const end = content.length - 12
    const start = end - (content.readUInt32LE(end + 4) + 1) * 4
    // A zero, the number of blocks, and the two sizes of the block: a byte with the highest bit clear ends a number.
    let at = start + 2
    while ((content.readUInt8(at) & 0x80) !== 0) at += 1
    const size = at + 1
    content.writeUInt8(content.readUInt8(size + 1) + change / 128, size + 1)
    content.writeUInt32LE(crc32(content.subarray(start, end - 4)), end - 4)
    return content
  })
}

describe('the archives of a small package', () => {
  it.each(COMPRESSIONS)('compressed with %s are what dpkg-deb prints', async (compression) => {
    const path = await rebuiltAs(compression)
    expect(await unpacked(path)).toEqual(await printed(path))
  })

  it.each([
    ['in blocks that state their sizes', ['--threads=2', '--block-size=1MiB']],
    ['with the checksum that the kernel uses', ['--check=crc32']],
  ])('may be compressed %s', async (_, args) => {
    const path = await written(await recompressed(args))
    expect(await unpacked(path)).toEqual(await printed(path))
  })

  it('are read many times at once, beside damaged ones', async () => {
    const path = await built()
    const whole = await readFile(path)
    const damaged = await written(
      Buffer.from(whole.map((byte, at) => (at === whole.length - 60 ? byte ^ 1 : byte))),
    )
    const expected = await printed(path)
    const results = await Promise.all(
      Array.from({ length: 60 }, async (_, index) => unpacked(index % 3 === 0 ? damaged : path)),
    )
    for (const [index, [control, data]] of results.entries()) {
      expect(control?.equals(expected[0] as Buffer)).toBe(true)
      expect(data?.equals(expected[1] as Buffer) ?? null).toBe(index % 3 === 0 ? null : true)
    }
  })
})

it('the control archive of a large package is unpacked', async () => {
  const path = await built({ files: { 'usr/share/noise': randomBytes(600_000) } })
  const [control] = await printed(path)
  expect(await unpacked(path)).toEqual([control, null])
})

describe('dpkg-deb unpacks', () => {
  it.each<[string, () => Promise<string>]>([
    ['what is not compressed', () => built({ compression: 'none' })],
    ['a dictionary of more than 8 MB', async () => written(await recompressed(['-9']))],
    ['a filter for programs', async () => written(await recompressed(['--x86', '--lzma2']))],
    ['several blocks', async () => written(await recompressed(['--block-size=2KiB']))],
    [
      'several streams',
      async () => written(await withChangedData((content) => Buffer.concat([content, content]))),
    ],
    [
      'a stream with padding',
      async () => written(await withChangedData((content) => Buffer.concat([content, Buffer.alloc(4)]))),
    ],
    ['a checksum that is not checked here', async () => written(await recompressed(['--check=sha256']))],
    ['the older format of xz', async () => written(await recompressed(['--format=lzma'], 'lzma'))],
    [
      'a member more',
      async () => written(archiveOf([...(await members()), { name: '_x', content: Buffer.from('x') }])),
    ],
    ['a file that begins otherwise', async () => written((await readFile(await built())).fill('?', 0, 1))],
    ['members in another order', async () => written(archiveOf((await members()).toReversed()))],
    [
      'another version of the format',
      async () => written(archiveOf((await members()).with(0, version('2.1\n')))),
    ],
    [
      'bytes after the last member',
      async () => written(Buffer.concat([await readFile(await built()), Buffer.from('x')])),
    ],
    [
      'what has more than 4 MB when it is unpacked',
      () => built({ files: { 'usr/share/zero': Buffer.alloc(5 << 20) } }),
    ],
  ])('%s', async (_, make) => {
    const path = await make()
    expect((await unpacked(path)).at(-1)).toBe(null)
  })

  it('what is larger than the caller allows', async () => {
    const path = await built()
    const [, data] = await printed(path)
    const size = (data as Buffer).length
    expect((await unpacked(path, size - 1)).at(-1)).toBe(null)
    expect((await unpacked(path, size)).at(-1)).toEqual(data)
  })
})

describe('a damaged package', () => {
  it.each(COMPRESSIONS)('compressed with %s never has other archives than before', async (compression) => {
    const path = await rebuiltAs(compression)
    const whole = await readFile(path)
    const expected = await printed(path)
    const change = fc.record({
      at: fc.nat(whole.length - 1),
      value: fc.nat(255),
      cut: fc.option(fc.nat(whole.length), { freq: 5 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
        let bytes = Buffer.from(whole)
        for (const { at, value, cut } of changes) {
          bytes[Math.min(at, bytes.length - 1)] = value
          if (cut !== null) bytes = bytes.subarray(0, Math.max(1, cut))
        }
        const damaged = await written(bytes)
        for (const [index, archive] of (await unpacked(damaged)).entries())
          if (archive !== null) expect(archive.equals(expected[index] as Buffer)).toBe(true)
        await rm(damaged)
      }),
      seeds,
    )
  })

  it('whose index states less than there is, is not unpacked further than that', async () => {
    const lying = await withStatedSize(-128)
    expect((await unpacked(await written(lying))).at(-1)).toBe(null)
    const honest = await withStatedSize(0)
    expect((await unpacked(await written(honest))).at(-1)).not.toBe(null)
  })
})
