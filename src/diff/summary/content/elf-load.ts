/** What the kernel and the dynamic linker read to load an ELF file. */
import type { ElfFile } from '../../package/elf.ts'
import type { ElfSegment } from '../../package/elf-types.ts'
import { type ContentChange, change } from './content.ts'

/**
 * Rights of segments, and where the program begins. Addresses follow from code and data that differ; where these are equal, they
 * must be, too.
 */
export function loadChanges(old: ElfFile, newer: ElfFile, others: readonly ContentChange[]): ContentChange[] {
  const isMoved = others.some(({ nature }) => nature === 'CODE' || nature === 'DATA')
  if (isLoadedAlike(old, newer, isMoved)) return []
  const describe = (elf: ElfFile) =>
    [
      ...(isMoved ? [] : [`entry ${elf.entry.toString(16)}`]),
      ...elf.segments.map(
        ({ type, flags, address, offset, sizeBytes }) =>
          `segment ${type.toString(16)} flags ${flags}${isMoved ? '' : ` address ${address.toString(16)} offset ${offset} size ${sizeBytes}`}`,
      ),
      ...(isMoved ? [] : elf.sections.map(({ name, address }) => `${name} address ${address.toString(16)}`)),
    ].join('\n')
  return [change('CODE', describe(old), describe(newer), { fact: 'program headers' })]
}

/** @param isMoved whether only types and rights of segments count */
function isLoadedAlike(old: ElfFile, newer: ElfFile, isMoved: boolean): boolean {
  if (old.segments.length !== newer.segments.length) return isMoved
  const isSameSegment = (one: ElfSegment, other: ElfSegment) =>
    one.type === other.type &&
    one.flags === other.flags &&
    (isMoved ||
      (one.address === other.address && one.offset === other.offset && one.sizeBytes === other.sizeBytes))
  if (!old.segments.every((one, index) => isSameSegment(one, newer.segments[index] as ElfSegment)))
    return false
  return (
    isMoved ||
    (old.entry === newer.entry &&
      old.sections.length === newer.sections.length &&
      old.sections.every(({ name, address }, index) => {
        const other = newer.sections[index]
        return other?.name === name && other.address === address
      }))
  )
}
