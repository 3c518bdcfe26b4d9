/** Compares ELF files section by section, and the facts that matter to their users. */
import { createHash } from 'node:crypto'
import { type ByteSource, sameContent } from '../../package/byte-source.ts'
import { ElfFile } from '../../package/elf.ts'
import { ElfError, type ElfFacts, type ElfSection, FLAG, SECTION } from '../../package/elf-types.ts'
import type { NoiseClass } from '../types.ts'
import { compareBytes } from './bytes.ts'
import { type ContentChange, type ContentDifference, change, type FileContext, onlyNoise } from './content.ts'
import { explainDebug, withoutConsequences } from './elf-debug.ts'
import { compareLinks } from './elf-links.ts'
import { loadChanges } from './elf-load.ts'
import {
  isCompilerList,
  isLawfulAltLink,
  isLawfulBuildId,
  isLawfulDebugLink,
  isLawfulGoBuildId,
  isNameTable,
  packageNoteText,
} from './elf-notes.ts'
import { compareStrings } from './section-strings.ts'
import { describeBytes, MAX_SHOWN_BYTES } from './strings.ts'
import { compareDecoded } from './text.ts'

export function compareElf(oldBytes: Buffer, newBytes: Buffer, file: FileContext): ContentDifference {
  try {
    const old = new ElfFile(oldBytes)
    return compareLinks(oldBytes, newBytes, old) ?? compareElfFiles(old, new ElfFile(newBytes), file)
  } catch (error) {
    if (!(error instanceof ElfError)) throw error
    return compareBytes(oldBytes, newBytes, file)
  }
}

/** @throws ElfError for a file that is damaged */
export function compareElfFiles(old: ElfFile, newer: ElfFile, file: FileContext): ContentDifference {
  const noise = new Set<NoiseClass>()
  const changes = [
    ...headerChanges(old, newer),
    ...factChanges(old.facts(), newer.facts(), file),
    ...sectionChanges(old, newer, file, noise),
    ...uncoveredChanges(old, newer),
  ]
  return {
    noise,
    changes: [...changes, ...loadChanges(old, newer, changes), ...staleBuildId(old, newer, changes)],
  }
}

/** The build id is a hash of the program: where code or data differ under one id, somebody changed the program after it was linked. */
function staleBuildId(old: ElfFile, newer: ElfFile, others: readonly ContentChange[]): ContentChange[] {
  const id = old.buildId()
  const isChanged = others.some(
    ({ nature, fact }) => nature === 'CODE' || (nature === 'DATA' && /^\.(ro)?data/.test(fact)),
  )
  return id !== null && id === newer.buildId() && isChanged
    ? [change('FACT', id, id, { fact: 'stale build id' })]
    : []
}

/** Kind of file, machine and entry; a moved entry alone follows from moved code. */
function headerChanges(old: ElfFile, newer: ElfFile): ContentChange[] {
  const describe = (elf: ElfFile) =>
    `${elf.is64 ? 'ELF64' : 'ELF32'} ${elf.isLittle ? 'little' : 'big'} endian, type ${elf.type}, machine ${elf.machine}, ABI ${elf.abi}, flags ${elf.flags.toString(16)}`
  return describe(old) === describe(newer)
    ? []
    : [change('FACT', describe(old), describe(newer), { fact: 'machine' })]
}

/** One change for each fact that differs; rules know what each means. */
function factChanges(old: ElfFacts, newer: ElfFacts, { kind }: FileContext): ContentChange[] {
  if (kind !== 'elf') return []
  const single = (fact: string, one: unknown, other: unknown) =>
    String(one) === String(other) ? [] : [change('FACT', String(one ?? ''), String(other ?? ''), { fact })]
  return [
    ...single('soname', old.soname, newer.soname),
    ...nameChanges('needed', missingIn(newer.needed, old.needed), missingIn(old.needed, newer.needed)),
    ...single('rpath', old.rpath.join(':'), newer.rpath.join(':')),
    ...single('runpath', old.runpath.join(':'), newer.runpath.join(':')),
    ...single('interpreter', old.interpreter, newer.interpreter),
    ...symbolChanges('symbol', old.exported, newer.exported),
    ...symbolChanges('import', old.imported, newer.imported),
    ...single('position independent', old.isPie, newer.isPie),
    ...single('relro', old.relro, newer.relro),
    ...single('stack protector', old.hasStackProtector, newer.hasStackProtector),
    ...single('fortified', old.isFortified, newer.isFortified),
    ...single('executable stack', old.hasExecutableStack, newer.hasExecutableStack),
    ...single('text relocations', old.hasTextRelocations, newer.hasTextRelocations),
    ...single('symbol table', old.hasSymbolTable, newer.hasSymbolTable),
    ...single('debug information', old.hasDebugInformation, newer.hasDebugInformation),
  ]
}

/** The names that one list has and the other does not. */
function missingIn(list: readonly string[], names: readonly string[]): string[] {
  const known = new Set(list)
  return names.filter((name) => !known.has(name))
}

/** Sorted: linkers write symbols in an order of their own. */
function symbolChanges(fact: string, old: readonly string[], newer: readonly string[]): ContentChange[] {
  // So it is in nearly all files, and some have many thousands.
  if (old.length === newer.length && old.every((name, index) => name === newer[index])) return []
  return nameChanges(fact, missingIn(newer, old).sort(), missingIn(old, newer).sort())
}

function nameChanges(fact: string, removed: readonly string[], added: readonly string[]): ContentChange[] {
  return [
    ...(removed.length > 0 ? [change('FACT', removed.join(' '), '', { fact: `${fact} removed` })] : []),
    ...(added.length > 0 ? [change('FACT', '', added.join(' '), { fact: `${fact} added` })] : []),
  ]
}

function sectionChanges(
  old: ElfFile,
  newer: ElfFile,
  file: FileContext,
  noise: Set<NoiseClass>,
): ContentChange[] {
  const changes: ContentChange[] = []
  const [oldByName, newByName] = [sectionsByName(old), sectionsByName(newer)]
  const differing: string[] = []
  for (const name of new Set([...oldByName.keys(), ...newByName.keys()])) {
    const one = oldByName.get(name) ?? []
    const other = newByName.get(name) ?? []
    if (one.length !== 1 || other.length !== 1) {
      const isSame = (section: ElfSection, index: number) => {
        const partner = other[index]
        return partner !== undefined && sameContent(partIn(old, section), partIn(newer, partner))
      }
      if (one.length === other.length && one.every(isSame)) continue
      differing.push(name)
      changes.push(oneSided(name, one, other))
      continue
    }
    const [oldSection, newSection] = [one[0] as ElfSection, other[0] as ElfSection]
    const sameForm =
      oldSection.type === newSection.type &&
      (oldSection.flags & ~FLAG.COMPRESSED) === (newSection.flags & ~FLAG.COMPRESSED)
    if (
      sameForm &&
      oldSection.memoryBytes === newSection.memoryBytes &&
      sameContent(partIn(old, oldSection), partIn(newer, newSection))
    )
      continue
    differing.push(name)
    const explained = explainSection(name, old, oldSection, newer, newSection, file)
    for (const one of explained.noise) noise.add(one)
    changes.push(...explained.changes)
  }
  return withoutConsequences(changes, differing, noise)
}

function sectionsByName({ sections }: ElfFile): Map<string, ElfSection[]> {
  const found = new Map<string, ElfSection[]>()
  for (const section of sections) {
    const others = found.get(section.name)
    if (others) others.push(section)
    else found.set(section.name, [section])
  }
  return found
}

const partIn = (elf: ElfFile, { offset, sizeBytes }: ElfSection) => elf.part(offset, sizeBytes)

/** A section on one side only, or several of one name. */
function oneSided(name: string, one: readonly ElfSection[], other: readonly ElfSection[]): ContentChange {
  const section = (one[0] ?? other[0]) as ElfSection
  const shown = (list: readonly ElfSection[]) =>
    list.length === 0 ? '' : `${name} (${list.map(({ memoryBytes }) => memoryBytes).join(', ')} bytes)`
  return change(section.flags & FLAG.EXEC ? 'CODE' : 'DATA', shown(one), shown(other), { fact: name })
}

function explainSection(
  name: string,
  old: ElfFile,
  oldSection: ElfSection,
  newer: ElfFile,
  newSection: ElfSection,
  file: FileContext,
): ContentDifference {
  if (!old.isReadable(oldSection) || !newer.isReadable(newSection)) {
    const nature = (oldSection.flags | newSection.flags) & FLAG.EXEC ? 'CODE' : 'DATA'
    const sizes = [oldSection, newSection].map(({ sizeBytes }) => `${sizeBytes} bytes`) as [string, string]
    return { noise: new Set(), changes: [change(nature, ...sizes, { fact: name })] }
  }
  const oldContent = old.contentOf(oldSection)
  const newContent = newer.contentOf(newSection)
  const explained = onlyNoise
  const remains = (
    nature: 'CODE' | 'DATA' | 'HIDDEN',
    oldText: string,
    newText: string,
  ): ContentDifference => ({
    noise: new Set(),
    changes: [change(nature, oldText, newText, { fact: name })],
  })
  // Type and flags decide how a section is used: then its content is no longer what its name says.
  if (
    oldSection.type !== newSection.type ||
    (oldSection.flags & ~FLAG.COMPRESSED) !== (newSection.flags & ~FLAG.COMPRESSED)
  )
    return remains(
      (oldSection.flags | newSection.flags) & FLAG.EXEC ? 'CODE' : 'DATA',
      `type ${oldSection.type}, flags ${oldSection.flags}: ${describeBytes(oldContent)}`,
      `type ${newSection.type}, flags ${newSection.flags}: ${describeBytes(newContent)}`,
    )
  switch (name) {
    case '.note.gnu.build-id':
      return isLawfulBuildId(old, oldContent) && isLawfulBuildId(newer, newContent)
        ? explained('BUILD_ID')
        : remains('HIDDEN', describeBytes(oldContent), describeBytes(newContent))
    case '.gnu_debuglink':
      return isLawfulDebugLink(oldContent) && isLawfulDebugLink(newContent)
        ? explained('DEBUGLINK_CRC')
        : remains('HIDDEN', describeBytes(oldContent), describeBytes(newContent))
    case '.gnu_debugaltlink':
      return isLawfulAltLink(oldContent) &&
        isLawfulAltLink(newContent) &&
        oldContent.subarray(0, -20).equals(newContent.subarray(0, -20))
        ? explained('DEBUGLINK_CRC')
        : remains('HIDDEN', describeBytes(oldContent), describeBytes(newContent))
    case '.note.go.buildid':
      return isLawfulGoBuildId(old, oldContent) && isLawfulGoBuildId(newer, newContent)
        ? explained('GO_BUILD_ID')
        : remains('HIDDEN', describeBytes(oldContent), describeBytes(newContent))
    case '.note.package': {
      const texts = [packageNoteText(old, oldContent), packageNoteText(newer, newContent)] as const
      return texts[0] === null || texts[1] === null
        ? remains('HIDDEN', describeBytes(oldContent), describeBytes(newContent))
        : packageNotes(texts[0], texts[1], file)
    }
    case '.comment':
      return isCompilerList(oldContent) && isCompilerList(newContent)
        ? explained('TOOLCHAIN')
        : remains('HIDDEN', describeBytes(oldContent), describeBytes(newContent))
    case '.shstrtab':
      return isNameTable(old, oldContent) && isNameTable(newer, newContent)
        ? explained()
        : remains('HIDDEN', describeBytes(oldContent), describeBytes(newContent))
  }
  if (/^\.z?debug_|^\.gnu_debugdata$|^\.gdb_index$/.test(name))
    return explainDebug(name, old, oldSection, newer, newSection, file)
  if (oldSection.flags & FLAG.EXEC || newSection.flags & FLAG.EXEC)
    return remains('CODE', describeBytes(oldContent), describeBytes(newContent))
  if (/^\.(rodata|data|rodata\.str.*|data\.rel\.ro|lrodata)/.test(name)) {
    return compareStrings(name, oldContent, newContent, file)
  }
  return remains('DATA', describeBytes(oldContent), describeBytes(newContent))
}

/** Only the side's own version may differ. */
function packageNotes(old: string, newer: string, file: FileContext): ContentDifference {
  const { noise, changes } = compareDecoded(old, newer, file)
  return changes.length === 0
    ? onlyNoise('PACKAGE_NOTE')
    : { noise, changes: changes.map((one) => ({ ...one, nature: 'DATA', fact: 'PACKAGE_NOTE' })) }
}

/** Bytes that belong to no section and no header: padding, and what somebody hid there. */
function uncoveredChanges(old: ElfFile, newer: ElfFile): ContentChange[] {
  const [oldGaps, newGaps] = [gapsOf(old), gapsOf(newer)]
  // So it is in nearly all files, and takes no reading of single bytes.
  if (oldGaps.length === newGaps.length && oldGaps.every((gap, index) => isSameGap(gap, newGaps[index])))
    return []
  const one = uncovered(oldGaps)
  const other = uncovered(newGaps)
  if (one.sha256 === other.sha256) return []
  return [change('HIDDEN', one.description, other.description, { fact: 'bytes outside of sections' })]
}

const PIECE_BYTES = 1 << 16
const ZEROS = Buffer.alloc(PIECE_BYTES)

const isSameGap = (gap: ByteSource, other: ByteSource | undefined) =>
  other !== undefined && sameContent(gap, other)

/** What lies outside of sections and headers. */
function gapsOf(elf: ElfFile): ByteSource[] {
  const ranges: (readonly [from: number, to: number])[] = [...elf.headerRanges]
  for (const { type, offset, sizeBytes } of elf.sections)
    if (type !== SECTION.NOBITS) ranges.push([offset, offset + sizeBytes])
  ranges.push([elf.sizeBytes, elf.sizeBytes + 1])
  ranges.sort((one, other) => one[0] - other[0])
  const gaps: ByteSource[] = []
  let at = 0
  for (const [from, to] of ranges) {
    if (to <= from) continue
    if (from > at) gaps.push(elf.part(at, from - at))
    at = Math.max(at, to)
  }
  return gaps
}

/** All bytes that are not zero. */
function uncovered(gaps: readonly ByteSource[]): { readonly sha256: string; readonly description: string } {
  const hash = createHash('sha256')
  let beginning: Buffer = Buffer.alloc(0)
  let count = 0
  for (const gap of gaps)
    for (let start = 0; start < gap.sizeBytes; start += PIECE_BYTES) {
      const piece = gap.read(start, PIECE_BYTES)
      if (piece.equals(ZEROS.subarray(0, piece.length))) continue
      const bytes = piece.filter((byte) => byte !== 0)
      hash.update(bytes)
      count += bytes.length
      beginning = Buffer.concat([beginning, bytes.subarray(0, MAX_SHOWN_BYTES - beginning.length)])
    }
  return { sha256: hash.digest('hex'), description: describeBytes(beginning, count) }
}
