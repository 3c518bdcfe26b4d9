/** Sections of ELF files that name a build: whether they hold what their form allows and nothing else. */
import type { ElfFile } from '../../package/elf.ts'

/**
 * The content of a note whose name has four bytes, without the zeros that fill it up to a multiple of four; null for any other note, and where something
 * follows. Source: elf(5), "Notes".
 */
function noteContent({ isLittle }: ElfFile, note: Buffer, name: string, type: number): Buffer | null {
  if (note.length < 16) return null
  const number = (at: number) => (isLittle ? note.readUInt32LE(at) : note.readUInt32BE(at))
  const end = 16 + number(4)
  const filling = note.length - end
  const isLawful =
    number(0) === 4 &&
    number(8) === type &&
    note.toString('latin1', 12, 16) === name &&
    note.length % 4 === 0 &&
    filling >= 0 &&
    filling < 4 &&
    note.subarray(end).every((byte) => byte === 0)
  return isLawful ? note.subarray(16, end) : null
}

/** A note of GNU, type 3, of 8 to 32 bytes in steps that hash functions have. */
export function isLawfulBuildId(elf: ElfFile, note: Buffer): boolean {
  return [8, 16, 20, 32].includes(noteContent(elf, note, 'GNU\0', 3)?.length ?? 0)
}

/** A file name, NUL bytes up to a multiple of four, and four bytes of checksum. */
export function isLawfulDebugLink(content: Buffer): boolean {
  const end = content.indexOf(0)
  if (end <= 0 || content.length !== ((end + 4) & ~3) + 4) return false
  return (
    /^[\w.+:~-]{1,100}\.debug$/.test(content.toString('latin1', 0, end)) &&
    content.subarray(end, content.length - 4).every((byte) => byte === 0)
  )
}

/** A file name, a NUL byte, and the 20 bytes of that file's build id. Source: dwz(1). */
export function isLawfulAltLink(content: Buffer): boolean {
  const end = content.indexOf(0)
  return (
    end > 0 && content.length === end + 1 + 20 && /^[\w./+:~-]+$/.test(content.toString('latin1', 0, end))
  )
}

/** A note of Go, type 4: an id of hashes between slashes. Source: Go, cmd/internal/buildid. */
export function isLawfulGoBuildId(elf: ElfFile, note: Buffer): boolean {
  return (
    noteContent(elf, note, 'Go\0\0', 4) !== null &&
    /^(?:[\w-]{20}\/){3}[\w-]{20}\0{0,3}$|^[0-9a-f]{40}\0{0,3}$/.test(note.toString('latin1', 16))
  )
}

/** The text of a note about the package, of type 0xcafe1a7e; null for anything else. Source: systemd's "ELF Package Metadata". */
export function packageNoteText(elf: ElfFile, note: Buffer): string | null {
  const text = noteContent(elf, note, 'FDO\0', 0xcafe1a7e)?.toString('latin1')
  return text?.replace(/\0{1,4}$/, '') ?? null
}

const COMPILER =
  /^(?:GCC: \([\w .+~-]{1,80}\) \d+\.\d+\.\d+(?: \d{8})?(?: \((?:prerelease|experimental)\))?|(?:Debian |Ubuntu |Apple )?(?:clang|LLVM|flang) version \d[\w.+~() :/-]{0,120}|rustc version \d[\w.+~() :-]{0,80}|(?:Debian |Ubuntu )?(?:Linker: )?LLD \d[\w.+~() :/-]{0,120}|GHC \d[\d.]{0,20}|FPC \d[\w.+ [\]/-]{0,80}|mold \d[\w.+~() :;/-]{0,120}|GNU (?:AS|Go|Fortran|C\d*|Ada) \d[\w.+~-]{0,40})$/

/** Whether `.comment` holds names of compilers with their versions and nothing else. */
export function isCompilerList(content: Buffer): boolean {
  return content
    .toString('latin1')
    .split('\0')
    .every((text) => text === '' || COMPILER.test(text))
}

/** Sections that a tool may have removed and whose names it left in the table. */
const REMOVED_SECTION =
  /^\.(?:symtab|strtab|comment|z?debug_\w{1,20}|rela?\.[\w.]{1,30}|gnu\.[\w.]{1,30}|note\.[\w.-]{1,30})$/

/** Whether the table of section names holds nothing but names of sections. */
export function isNameTable({ sections }: ElfFile, content: Buffer): boolean {
  const names = new Set(sections.map(({ name }) => name))
  return content
    .toString('latin1')
    .split('\0')
    .every((text) => text === '' || names.has(text) || REMOVED_SECTION.test(text))
}
