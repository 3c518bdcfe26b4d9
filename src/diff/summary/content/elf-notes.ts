/** Sections of ELF files that name a build: whether they hold what their form allows and nothing else. */
import type { ElfFile } from '../../package/elf.ts'

/** `namesz` 4, `descsz` 8 to 64 in steps that hash functions have, type 3, "GNU": nothing after it. */
export function isLawfulBuildId({ isLittle }: ElfFile, note: Buffer): boolean {
  if (note.length < 16) return false
  const number = (at: number) => (isLittle ? note.readUInt32LE(at) : note.readUInt32BE(at))
  return (
    number(0) === 4 &&
    number(8) === 3 &&
    [8, 16, 20, 32].includes(number(4)) &&
    note.length === 16 + number(4) &&
    note.toString('latin1', 12, 16) === 'GNU\0'
  )
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

/** `namesz` 4, type 4, "Go\0\0", and an id of hashes between slashes: nothing after it. Source: Go, cmd/internal/buildid. */
export function isLawfulGoBuildId({ isLittle }: ElfFile, note: Buffer): boolean {
  if (note.length < 16) return false
  const number = (at: number) => (isLittle ? note.readUInt32LE(at) : note.readUInt32BE(at))
  const length = number(4)
  return (
    number(0) === 4 &&
    number(8) === 4 &&
    note.toString('latin1', 12, 16) === 'Go\0\0' &&
    note.length === 16 + ((length + 3) & ~3) &&
    /^(?:[\w-]{20}\/){3}[\w-]{20}\0{0,3}$|^[0-9a-f]{40}\0{0,3}$/.test(note.toString('latin1', 16))
  )
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
