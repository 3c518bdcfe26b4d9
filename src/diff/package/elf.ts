/**
 * Reads ELF files, 32 and 64 bits, of either byte order: headers, sections, the dynamic section and dynamic symbols.
 * Source: System V ABI, gABI chapters 4 and 5; the LSB for GNU's symbol versions. Every list is bounded, since files
 * are hostile.
 */

import { type ByteSource, partOf } from './byte-source.ts'
import { ElfBytes } from './elf-bytes.ts'
import { ElfError, type ElfFacts, type ElfSection, type ElfSegment, SECTION } from './elf-types.ts'

const SEGMENT = { INTERP: 3, GNU_STACK: 0x6474e551, GNU_RELRO: 0x6474e552 } as const
const TAG = {
  NEEDED: 1,
  SONAME: 14,
  RPATH: 15,
  TEXTREL: 22,
  BIND_NOW: 24,
  RUNPATH: 29,
  FLAGS: 30,
  FLAGS_1: 0x6ffffffb,
} as const

const MAX_SECTIONS = 65_536
const MAX_SEGMENTS = 4_096
const MAX_SYMBOLS = 2_000_000
const MAX_DYNAMIC = 65_536
/** The largest section that is read as a whole, of a file that is not in memory. */
const MAX_CONTENT_BYTES = 32 << 20
/** Entries of versions that are read; libstdc++ defines and needs fewer than a hundred. */
const MAX_VERSIONS = 65_536

interface DynamicSymbols {
  readonly exported: string[]
  readonly imported: string[]
  hasStackProtector: boolean
  isFortified: boolean
}

export class ElfFile {
  readonly sizeBytes: number
  /** What stands at the beginning of the file besides the fields below: ABI and padding. */
  readonly abi: string
  readonly is64: boolean
  readonly isLittle: boolean
  /** `ET_…`: 1 object, 2 executable, 3 shared, 4 core. */
  readonly type: number
  readonly machine: number
  readonly entry: number
  readonly flags: number
  readonly sections: readonly ElfSection[]
  readonly segments: readonly ElfSegment[]
  /** Where the headers of segments and sections lie, as `[from, to)`. */
  readonly headerRanges: readonly (readonly [from: number, to: number])[]
  readonly #bytes: ElfBytes

  /** @throws ElfError */
  constructor(file: Buffer | ByteSource) {
    const bytes = new ElfBytes(file)
    this.#bytes = bytes
    this.sizeBytes = bytes.sizeBytes
    this.is64 = bytes.is64
    this.isLittle = bytes.isLittle
    this.abi = bytes.abi
    const wide = this.is64
    this.type = bytes.u16(16)
    this.machine = bytes.u16(18)
    this.entry = wide ? bytes.u64(24) : bytes.u32(24)
    const segmentsAt = wide ? bytes.u64(32) : bytes.u32(28)
    const sectionsAt = wide ? bytes.u64(40) : bytes.u32(32)
    this.flags = bytes.u32(wide ? 48 : 36)
    const at = wide ? 54 : 42
    const [segmentBytes, segmentCount, sectionBytes, sectionCount, namesIndex] = [0, 2, 4, 6, 8].map((more) =>
      bytes.u16(at + more),
    ) as [number, number, number, number, number]
    this.segments = this.#readSegments(segmentsAt, segmentBytes, segmentCount)
    this.sections = this.#readSections(sectionsAt, sectionBytes, sectionCount, namesIndex)
    this.headerRanges = [
      [0, wide ? 64 : 52],
      [segmentsAt, segmentsAt + segmentBytes * segmentCount],
      [sectionsAt, sectionsAt + sectionBytes * this.sections.length],
    ]
  }

  section(name: string): ElfSection | undefined {
    return this.sections.find((section) => section.name === name)
  }

  /** Bytes of the file, to be read piece by piece. */
  part(offset: number, sizeBytes: number): ByteSource {
    return partOf(this.#bytes.source, offset, sizeBytes)
  }

  /** A section's bytes in the file. @throws ElfError for one that is too large to be read as a whole: see `isReadable` */
  contentOf(section: Pick<ElfSection, 'offset' | 'sizeBytes'>): Buffer {
    if (!this.isReadable(section)) throw new ElfError(`has a section of ${section.sizeBytes} bytes`)
    const bytes = this.#bytes.source.read(section.offset, section.sizeBytes)
    return this.#bytes.isInMemory ? bytes : Buffer.from(bytes)
  }

  isReadable({ sizeBytes }: Pick<ElfSection, 'sizeBytes'>): boolean {
    return this.#bytes.isInMemory || sizeBytes <= MAX_CONTENT_BYTES
  }

  /** Everything in one look. @throws ElfError */
  facts(): ElfFacts {
    const dynamic = this.#dynamic()
    const values = (tag: number) => dynamic.get(tag) ?? []
    const strings = this.#dynamicStrings()
    const named = (tag: number) => values(tag).map((offset) => this.#bytes.text(strings, offset))
    const stack = this.segments.find(({ type }) => type === SEGMENT.GNU_STACK)
    const interpreter = this.segments.find(({ type }) => type === SEGMENT.INTERP)
    const flags = values(TAG.FLAGS)[0] ?? 0
    const flags1 = values(TAG.FLAGS_1)[0] ?? 0
    const bindsNow = values(TAG.BIND_NOW).length > 0 || (flags & 8) !== 0 || (flags1 & 1) !== 0
    const hasRelro = this.segments.some(({ type }) => type === SEGMENT.GNU_RELRO)
    return {
      soname: named(TAG.SONAME)[0] ?? null,
      needed: named(TAG.NEEDED),
      rpath: named(TAG.RPATH),
      runpath: named(TAG.RUNPATH),
      interpreter: interpreter ? this.#bytes.text(this.contentOf(interpreter), 0) : null,
      buildId: this.buildId(),
      ...this.#dynamicSymbols(),
      isPie: this.type === 3 && interpreter !== undefined,
      relro: hasRelro ? (bindsNow ? 'full' : 'partial') : 'none',
      hasExecutableStack: stack !== undefined && (stack.flags & 1) !== 0,
      hasTextRelocations: values(TAG.TEXTREL).length > 0 || (flags & 4) !== 0,
      hasSymbolTable: this.sections.some(({ type }) => type === SECTION.SYMTAB),
      hasDebugInformation: this.sections.some(
        ({ name, type }) => /^\.z?debug_info$/.test(name) && type !== SECTION.NOBITS,
      ),
    }
  }

  /** Hexadecimal, or null without a lawful one. */
  buildId(): string | null {
    const section = this.section('.note.gnu.build-id')
    if (!section) return null
    const note = this.contentOf(section)
    if (note.length < 16) return null
    const size = this.isLittle ? note.readUInt32LE(4) : note.readUInt32BE(4)
    return size > 0 && 16 + size === note.length ? note.toString('hex', 16) : null
  }

  /**
   * Of the dynamic linker's table, which a static program and an object do not have. Libraries have thousands of symbols, so no object is made for each.
   */
  #dynamicSymbols(): DynamicSymbols {
    const found: DynamicSymbols = { exported: [], imported: [], hasStackProtector: false, isFortified: false }
    const table = this.sections.find(({ type }) => type === SECTION.DYNSYM)
    if (!table) return found
    const versionOf = this.#symbolVersions()
    const strings = this.#stringsOf(table.link)
    const each = this.is64 ? 24 : 16
    const count = Math.min(Math.floor(table.sizeBytes / each), MAX_SYMBOLS)
    for (let index = 1; index < count; index += 1) {
      const at = table.offset + index * each
      const name = this.#bytes.text(strings, this.#bytes.u32(at))
      const version = versionOf(index)
      const label = version ? `${name}@${version}` : name
      const isDefined = this.#bytes.u16(at + (this.is64 ? 6 : 14)) !== 0
      const isLocal = this.#bytes.u8(at + (this.is64 ? 4 : 12)) >> 4 === 0
      if (!isDefined) found.imported.push(label)
      else if (!isLocal && name) found.exported.push(label)
      if (isDefined || !name.startsWith('__')) continue
      const isStackCheck = name === '__stack_chk_fail'
      found.hasStackProtector ||= isStackCheck || name === '__stack_chk_guard'
      found.isFortified ||= !isStackCheck && /^__\w+_chk$/.test(name)
    }
    return found
  }

  /** From the index of a dynamic symbol to the name of its version: `.gnu.version`, `.gnu.version_d`, `.gnu.version_r`. */
  #symbolVersions(): (index: number) => string {
    const table = this.sections.find(({ type }) => type === SECTION.GNU_VERSYM)
    if (!table) return () => ''
    const names = new Map<number, string>()
    let left = MAX_VERSIONS
    const named = (index: number, strings: Buffer, at: number) => {
      left -= 1
      if (left < 0) throw new ElfError(`has more than ${MAX_VERSIONS} versions`)
      names.set(index, this.#bytes.text(strings, this.#bytes.u32(at)))
    }
    this.#eachVersion(SECTION.GNU_VERDEF, 20, (at, strings) => {
      const first = at + this.#bytes.u32(at + 12)
      if ((this.#bytes.u16(at + 2) & 1) === 0) named(this.#bytes.u16(at + 4), strings, first)
      return this.#bytes.u32(at + 16)
    })
    this.#eachVersion(SECTION.GNU_VERNEED, 16, (at, strings) => {
      let aux = at + this.#bytes.u32(at + 8)
      for (let count = this.#bytes.u16(at + 2); count > 0; count -= 1) {
        named(this.#bytes.u16(aux + 6), strings, aux + 8)
        const next = this.#bytes.u32(aux + 12)
        if (next === 0) break
        aux += next
      }
      return this.#bytes.u32(at + 12)
    })
    return (index) => {
      const number = index * 2 + 2 <= table.sizeBytes ? this.#bytes.u16(table.offset + index * 2) : 0
      return names.get(number & 0x7fff) ?? ''
    }
  }

  #eachVersion(type: number, entryBytes: number, read: (at: number, strings: Buffer) => number): void {
    const section = this.sections.find((one) => one.type === type)
    if (!section) return
    const strings = this.#stringsOf(section.link)
    const end = section.offset + section.sizeBytes
    let at = section.offset
    for (let left = MAX_SECTIONS; left > 0 && at + entryBytes <= end; left -= 1) {
      const next = read(at, strings)
      if (next === 0) return
      at += next
    }
  }

  /** From the tag of the dynamic section to its values. */
  #dynamic(): ReadonlyMap<number, readonly number[]> {
    const found = new Map<number, number[]>()
    const section = this.sections.find(({ type }) => type === SECTION.DYNAMIC)
    if (!section) return found
    const each = this.is64 ? 16 : 8
    const end = section.offset + Math.min(section.sizeBytes, MAX_DYNAMIC * each)
    for (let at = section.offset; at + each <= end; at += each) {
      const tag = this.is64 ? this.#bytes.u64(at) : this.#bytes.u32(at)
      if (tag === 0) break
      const value = this.is64 ? this.#bytes.u64(at + 8) : this.#bytes.u32(at + 4)
      const values = found.get(tag)
      if (values) values.push(value)
      else found.set(tag, [value])
    }
    return found
  }

  #dynamicStrings(): Buffer {
    const section = this.sections.find(({ type }) => type === SECTION.DYNAMIC)
    return section ? this.#stringsOf(section.link) : Buffer.alloc(0)
  }

  #stringsOf(index: number): Buffer {
    const section = this.sections[index]
    return section ? this.contentOf(section) : Buffer.alloc(0)
  }

  #readSegments(at: number, each: number, count: number): ElfSegment[] {
    if (count > MAX_SEGMENTS) throw new ElfError(`has ${count} segments`)
    if (count > 0 && each < (this.is64 ? 56 : 32)) throw new ElfError('has damaged program headers')
    return Array.from({ length: count }, (_, index) => {
      const from = at + index * each
      return this.is64
        ? {
            type: this.#bytes.u32(from),
            flags: this.#bytes.u32(from + 4),
            offset: this.#bytes.u64(from + 8),
            address: this.#bytes.u64(from + 16),
            sizeBytes: this.#bytes.u64(from + 32),
          }
        : {
            type: this.#bytes.u32(from),
            flags: this.#bytes.u32(from + 24),
            offset: this.#bytes.u32(from + 4),
            address: this.#bytes.u32(from + 8),
            sizeBytes: this.#bytes.u32(from + 16),
          }
    })
  }

  #readSections(at: number, each: number, declared: number, namesIndex: number): ElfSection[] {
    if (at === 0) return []
    if (each < (this.is64 ? 64 : 40)) throw new ElfError('has damaged section headers')
    // More than 65,279 sections: the count stands in the first section's size.
    const count =
      declared === 0 ? (this.is64 ? this.#bytes.u64(at + 32) : this.#bytes.u32(at + 20)) : declared
    if (count > MAX_SECTIONS) throw new ElfError(`has ${count} sections`)
    const raw = Array.from({ length: count }, (_, index) => this.#readSection(at + index * each))
    const names = raw[namesIndex === 0xffff ? (raw[0]?.link ?? 0) : namesIndex]
    const strings = names ? this.contentOf(names) : Buffer.alloc(0)
    // One literal for all, and no rest of an object: the engine reads objects of one shape several times faster.
    return raw.map((one) => ({
      name: this.#bytes.text(strings, one.nameOffset),
      type: one.type,
      flags: one.flags,
      address: one.address,
      offset: one.offset,
      sizeBytes: one.sizeBytes,
      memoryBytes: one.memoryBytes,
      link: one.link,
      entryBytes: one.entryBytes,
    }))
  }

  #readSection(at: number): Omit<ElfSection, 'name'> & { nameOffset: number } {
    const wide = this.is64
    const type = this.#bytes.u32(at + 4)
    const memoryBytes = wide ? this.#bytes.u64(at + 32) : this.#bytes.u32(at + 20)
    const offset = wide ? this.#bytes.u64(at + 24) : this.#bytes.u32(at + 16)
    const sizeBytes = type === SECTION.NOBITS || type === 0 ? 0 : memoryBytes
    if (sizeBytes > 0 && offset + sizeBytes > this.sizeBytes) throw new ElfError('ends within a section')
    return {
      nameOffset: this.#bytes.u32(at),
      type,
      flags: wide ? this.#bytes.u64(at + 8) : this.#bytes.u32(at + 8),
      address: wide ? this.#bytes.u64(at + 16) : this.#bytes.u32(at + 12),
      offset,
      sizeBytes,
      memoryBytes,
      link: this.#bytes.u32(at + (wide ? 40 : 24)),
      entryBytes: wide ? this.#bytes.u64(at + 56) : this.#bytes.u32(at + 36),
    }
  }
}
