/** Debug information of ELF files: what of it follows from the build directory. */
import type { ElfFile } from '../../package/elf.ts'
import { type ElfSection, FLAG } from '../../package/elf-types.ts'
import type { NoiseClass } from '../types.ts'
import { type ContentChange, type ContentDifference, change, type FileContext } from './content.ts'
import { inflateExactly } from './inflate.ts'
import { lineDifference } from './line-difference.ts'
import { compareStrings } from './section-strings.ts'
import { describeBytes, readAsStrings } from './strings.ts'

/** A debug section that is compressed may unpack to this much. */
const MAX_DEBUG_BYTES = 512 << 20

/**
 * Debug information: compressed otherwise it is the same. Where its strings differ by the build directory alone, the rest of it, which counts in
 * offsets of these strings, is a consequence: see `withoutConsequences`.
 */
export function explainDebug(
  name: string,
  old: ElfFile,
  oldSection: ElfSection,
  newer: ElfFile,
  newSection: ElfSection,
  file: FileContext,
): ContentDifference {
  const one = unpackedDebug(old, oldSection)
  const other = unpackedDebug(newer, newSection)
  if (one && other && one.equals(other)) return { noise: new Set(['COMPRESSED_DEBUG']), changes: [] }
  const oldContent = one ?? old.contentOf(oldSection)
  const newContent = other ?? newer.contentOf(newSection)
  if (/str$|^\.debug_line$/.test(name) && differsByBuildPath(oldContent, newContent))
    return { noise: new Set(['BUILD_PATH']), changes: [] }
  if (/str$/.test(name)) return compareStrings(name, oldContent, newContent, file)
  return {
    noise: new Set(),
    changes: [change('DATA', describeBytes(oldContent), describeBytes(newContent), { fact: name })],
  }
}

/** Whether the paths in debug information are the same once one directory at their beginning is replaced by another, whatever their order. */
function differsByBuildPath(old: Buffer, newer: Buffer): boolean {
  const paths = (bytes: Buffer) => readAsStrings(bytes).filter((line) => !line.startsWith('\\x'))
  const { removed, added } = lineSurplus(paths(old), paths(newer))
  if (removed.length === 0 || removed.length !== added.length) return false
  const prefixes = removed.map((path, index) => differingPrefix(path, added[index] ?? ''))
  const [first] = prefixes
  return (
    first !== undefined &&
    prefixes.every((prefix) => prefix !== null && prefix.join() === first?.join()) &&
    (first ?? []).every((prefix) => /^\/[\w.+~/-]{3,200}$/.test(prefix))
  )
}

/** What stands before the longest common end of two paths. */
function differingPrefix(one: string, other: string): [string, string] | null {
  let length = 0
  while (length < Math.min(one.length, other.length) && one.at(-1 - length) === other.at(-1 - length))
    length += 1
  const common = one.slice(one.length - length)
  const slash = common.startsWith('/') || length === 0 ? 0 : common.indexOf('/')
  const kept = slash < 0 ? 0 : length - slash
  return one.startsWith('/') && other.startsWith('/')
    ? [one.slice(0, one.length - kept), other.slice(0, other.length - kept)]
    : null
}

function lineSurplus(
  old: readonly string[],
  newer: readonly string[],
): { removed: string[]; added: string[] } {
  const { removed, added } = lineDifference(old, newer)
  const named = (lines: readonly string[], indexes: readonly number[]) =>
    indexes.map((index) => lines[index] ?? '').sort()
  return { removed: named(old, removed), added: named(newer, added) }
}

function unpackedDebug(elf: ElfFile, section: ElfSection): Buffer | null {
  const content = elf.contentOf(section)
  if (!(section.flags & FLAG.COMPRESSED)) return content
  const header = elf.is64 ? 24 : 12
  const type = content.length < header ? 0 : elf.isLittle ? content.readUInt32LE(0) : content.readUInt32BE(0)
  if (type !== 1) return null
  return inflateExactly(content.subarray(header), MAX_DEBUG_BYTES)
}

/** Debug sections that hold offsets or hashes of strings; the others do not change with a path. Source: DWARF 5, chapter 7. */
const COUNTS_IN_STRINGS =
  /^\.z?debug_(?:info|types|line|macro|names|str_offsets|pubnames|pubtypes|abbrev|str|line_str)$|^\.gdb_index$/

/** Drops differences of debug sections that follow from paths that noise explains. What code and data say stays. */
export function withoutConsequences(
  changes: ContentChange[],
  differing: readonly string[],
  noise: ReadonlySet<NoiseClass>,
): ContentChange[] {
  const paths = differing.filter((name) => /^\.z?debug_(?:(?:line_)?str|line)$/.test(name))
  const isExplained =
    noise.has('BUILD_PATH') &&
    paths.length > 0 &&
    paths.every((name) => name.endsWith('_line') || !changes.some(({ fact }) => fact === name))
  return isExplained ? changes.filter(({ fact }) => !COUNTS_IN_STRINGS.test(fact)) : changes
}
