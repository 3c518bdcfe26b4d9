/** The links from an ELF file to its debug symbols, which every rebuild changes: a package may have hundreds of files in which nothing else differs. */
import type { ElfFile } from '../../package/elf.ts'
import { type ElfSection, SECTION } from '../../package/elf-types.ts'
import type { NoiseClass } from '../types.ts'
import type { ContentDifference } from './content.ts'
import { isLawfulBuildId, isLawfulDebugLink } from './elf-notes.ts'

interface Link {
  readonly noise: NoiseClass
  isLawful(elf: ElfFile, content: Buffer): boolean
}

/** By the names of their sections. */
const LINKS: ReadonlyMap<string, Link> = new Map<string, Link>([
  ['.note.gnu.build-id', { noise: 'BUILD_ID', isLawful: isLawfulBuildId }],
  ['.gnu_debuglink', { noise: 'DEBUGLINK_CRC', isLawful: (_elf, content) => isLawfulDebugLink(content) }],
])
/** Of segments whose content is that of their sections, for all that reads it. */
const [LOAD, NOTE] = [1, 4]

/**
 * What differs between two files, where that is nothing but lawful links in their places. Null for other files, which have to be compared by their
 * sections. That finds the same in files like these, but takes ten times as long.
 * @param elf the old file
 */
export function compareLinks(oldBytes: Buffer, newBytes: Buffer, elf: ElfFile): ContentDifference | null {
  if (oldBytes.length !== newBytes.length) return null
  const links = elf.sections
    .filter(({ name }) => LINKS.has(name))
    .sort((one, other) => one.offset - other.offset)
  if (!links.every((link) => isAlone(link, elf))) return null
  let at = 0
  for (const { offset, sizeBytes } of [...links, { offset: oldBytes.length, sizeBytes: 0 }]) {
    if (newBytes.compare(oldBytes, at, offset, at, offset) !== 0) return null
    at = offset + sizeBytes
  }
  const noise = new Set<NoiseClass>()
  for (const { name, offset, sizeBytes } of links) {
    const [old, newer] = [oldBytes, newBytes].map((bytes) => bytes.subarray(offset, offset + sizeBytes)) as [
      Buffer,
      Buffer,
    ]
    if (old.equals(newer)) continue
    const link = LINKS.get(name)
    // All that decides about the bytes is the same in both files.
    if (!link?.isLawful(elf, old) || !link.isLawful(elf, newer)) return null
    noise.add(link.noise)
  }
  return { noise, changes: [] }
}

/** Whether nothing else reads these bytes: no header, and no section or segment of another use. */
function isAlone(link: ElfSection, { sections, segments, headerRanges }: ElfFile): boolean {
  const end = link.offset + link.sizeBytes
  const isApart = (from: number, to: number) => to <= link.offset || from >= end
  return (
    headerRanges.every(([from, to]) => isApart(from, to)) &&
    sections.every(
      (one) =>
        one === link ||
        (one.name !== link.name &&
          (one.type === SECTION.NOBITS || isApart(one.offset, one.offset + one.sizeBytes))),
    ) &&
    segments.every(
      ({ type, offset, sizeBytes }) => type === LOAD || type === NOTE || isApart(offset, offset + sizeBytes),
    )
  )
}
