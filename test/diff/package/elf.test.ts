/** ELF files: what readelf says of real programs, and files that would take hours or gigabytes. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ElfFile } from '../../../src/diff/package/elf.ts'
import { ElfError } from '../../../src/diff/package/elf-types.ts'

const readelf = (...args: string[]) =>
  execFileSync('readelf', ['-W', ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    env: { PATH: process.env.PATH, LC_ALL: 'C' },
  })
const matches = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, found = '']) => found)

/** Programs and libraries that every Debian has. */
const FILES = [
  '/usr/bin/true',
  '/usr/bin/dpkg-deb',
  '/lib/x86_64-linux-gnu/libc.so.6',
  '/lib/x86_64-linux-gnu/libz.so.1',
  '/lib64/ld-linux-x86-64.so.2',
]
  .filter(existsSync)
  .map((path) => realpathSync(path))

describe.each(FILES)('%s', (path) => {
  const elf = new ElfFile(readFileSync(path))
  const facts = elf.facts()

  it('has the dynamic section that readelf prints', () => {
    const dynamic = readelf('-d', path)
    expect(facts.needed).toEqual(matches(dynamic, /\(NEEDED\).*\[(.*)\]/g))
    expect(facts.soname ?? '').toBe(matches(dynamic, /\(SONAME\).*\[(.*)\]/g)[0] ?? '')
    expect(facts.runpath).toEqual(matches(dynamic, /\(RUNPATH\).*\[(.*)\]/g))
  })

  it('has the sections that readelf prints', () => {
    const printed = matches(readelf('-S', path), /^ *\[ *[1-9]\d*\] (\S*) +[A-Z]/gm)
    expect(elf.sections.map(({ name }) => name).slice(1)).toEqual(printed)
  })

  it('has the build id and the interpreter that readelf prints', () => {
    expect(facts.buildId ?? '').toBe(matches(readelf('-n', path), /Build ID: ([0-9a-f]+)/g)[0] ?? '')
    expect(facts.interpreter ?? '').toBe(matches(readelf('-l', path), /interpreter: (.*)\]/g)[0] ?? '')
  })

  it('exports and needs the symbols that readelf prints', () => {
    const rows = readelf('--dyn-syms', path)
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter((row) => /^\d+:$/.test(row[0] ?? '') && row[0] !== '0:')
    const label = (row: string[]) => (row[7] ?? '').replace('@@', '@')
    const needed = rows.filter((row) => row[6] === 'UND').map(label)
    const exported = rows.filter((row) => row[6] !== 'UND' && row[4] !== 'LOCAL').map(label)
    // A library's own name among its symbols has the version that it names.
    const own = (name: string) => name.replace(/^([^@]+)@\1$/, '$1')
    expect(facts.imported.map(own).sort()).toEqual(needed.map(own).sort())
    expect(facts.exported.map(own).sort()).toEqual(exported.map(own).sort())
  })
})

/** A section of a made-up file. */
interface Part {
  readonly type: number
  readonly content?: Buffer
  readonly link?: number
  readonly name?: number
}

/** A 64-bit little-endian file of these sections; the last one has the names. */
function elfOf(parts: readonly Part[]): Buffer {
  const header = Buffer.alloc(64)
  header.write('\x7fELF\x02\x01\x01', 'latin1')
  header.writeUInt16LE(3, 16)
  header.writeUInt16LE(62, 18)
  header.writeUInt16LE(56, 54)
  header.writeUInt16LE(64, 58)
  header.writeUInt16LE(parts.length, 60)
  header.writeUInt16LE(parts.length - 1, 62)
  let offset = 64
  const headers = parts.map(({ type, content = Buffer.alloc(0), link = 0, name = 0 }) => {
    const section = Buffer.alloc(64)
    section.writeUInt32LE(name, 0)
    section.writeUInt32LE(type, 4)
    section.writeBigUInt64LE(BigInt(offset), 24)
    section.writeBigUInt64LE(BigInt(content.length), 32)
    section.writeUInt32LE(link, 40)
    offset += content.length
    return section
  })
  header.writeBigUInt64LE(BigInt(offset), 40)
  return Buffer.concat([header, ...parts.map(({ content = Buffer.alloc(0) }) => content), ...headers])
}

const DYNSYM = 11
const STRTAB = 3
const VERSYM = 0x6fffffff
const VERNEED = 0x6ffffffe

/** Entries of needed versions that begin one byte after another, and each of which has as many parts. */
function overlappingVersions(): Buffer {
  const bytes = Buffer.alloc(200_000, 1)
  for (let at = 0; at + 4 <= bytes.length; at += 4) bytes.writeUInt32LE(1, at)
  return bytes
}

describe('a hostile ELF file', () => {
  it.each<[what: string, parts: readonly Part[], message: RegExp]>([
    [
      'with versions that lie over one another',
      [
        { type: 0 },
        { type: DYNSYM, content: Buffer.alloc(48), link: 4 },
        { type: VERSYM, content: Buffer.alloc(4) },
        { type: VERNEED, content: overlappingVersions(), link: 4 },
        { type: STRTAB, content: Buffer.from('\0x\0') },
      ],
      /has more than 65536 versions|points outside/,
    ],
    [
      'whose million symbols have names of a megabyte',
      [
        { type: 0 },
        { type: DYNSYM, content: Buffer.alloc(24 * 500_000), link: 2 },
        { type: STRTAB, content: Buffer.alloc(1 << 20, 'x') },
      ],
      /has names of more than/,
    ],
    [
      'whose sections have names of megabytes',
      [
        ...Array.from({ length: 30_000 }, () => ({ type: 1 })),
        { type: STRTAB, content: Buffer.alloc(1 << 20, 'x') },
      ],
      /has names of more than/,
    ],
  ])('%s is refused in time', (_what, parts, message) => {
    const startedMs = performance.now()
    expect(() => new ElfFile(elfOf(parts)).facts()).toThrow(ElfError)
    expect(() => new ElfFile(elfOf(parts)).facts()).toThrow(message)
    expect(performance.now() - startedMs).toBeLessThan(20_000)
  })

  it.each<[what: string, change: (bytes: Buffer) => Buffer, message: RegExp]>([
    ['of three bytes', (bytes) => bytes.subarray(0, 3), /damaged header/],
    ['of an unknown class', (bytes) => with8(bytes, 4, 7), /damaged header/],
    ['of an unknown byte order', (bytes) => with8(bytes, 5, 0), /damaged header/],
    ['that ends in its section headers', (bytes) => bytes.subarray(0, bytes.length - 10), /points outside/],
    ['with section headers that are too small', (bytes) => with8(bytes, 58, 8), /damaged section headers/],
    ['whose section headers lie outside', (bytes) => with8(bytes, 46, 255), /points outside/],
    [
      'with a section that ends outside',
      (bytes) => with8(bytes, bytes.length - 64 + 35, 255),
      /ends within a section/,
    ],
  ])('%s is refused', (_what, change, message) => {
    const bytes = elfOf([{ type: 0 }, { type: STRTAB, content: Buffer.from('\0x\0') }])
    expect(new ElfFile(bytes).sections).toHaveLength(2)
    expect(() => new ElfFile(change(bytes))).toThrow(ElfError)
    expect(() => new ElfFile(change(bytes))).toThrow(message)
  })
})

function with8(bytes: Buffer, at: number, value: number): Buffer {
  const changed = Buffer.from(bytes)
  changed[at] = value
  return changed
}
