/** What is read of an ELF file, as plain data. */

/** A file that begins like ELF but is damaged. The message completes the sentence "The ELF file …". */
export class ElfError extends Error {}

export interface ElfSection {
  readonly name: string
  /** `SHT_…` number. */
  readonly type: number
  /** `SHF_…` bits. */
  readonly flags: number
  readonly address: number
  readonly offset: number
  /** 0 for a section without content in the file. */
  readonly sizeBytes: number
  /** Size in memory. */
  readonly memoryBytes: number
  readonly link: number
  readonly entryBytes: number
}

export interface ElfSegment {
  readonly type: number
  readonly flags: number
  readonly offset: number
  readonly address: number
  readonly sizeBytes: number
}

export const SECTION = {
  NOBITS: 8,
  NOTE: 7,
  DYNAMIC: 6,
  DYNSYM: 11,
  SYMTAB: 2,
  STRTAB: 3,
  GNU_VERSYM: 0x6fffffff,
  GNU_VERNEED: 0x6ffffffe,
  GNU_VERDEF: 0x6ffffffd,
} as const

export const FLAG = { WRITE: 1, ALLOC: 2, EXEC: 4, COMPRESSED: 0x800 } as const

/** Facts that matter to programs that link with the file, and to people who run it. */
export interface ElfFacts {
  readonly soname: string | null
  readonly needed: readonly string[]
  readonly rpath: readonly string[]
  readonly runpath: readonly string[]
  readonly interpreter: string | null
  readonly buildId: string | null
  /** Names with their versions, `tea_brew@TEA_1`, in the order of the file. */
  readonly exported: readonly string[]
  readonly imported: readonly string[]
  readonly isPie: boolean
  readonly relro: 'none' | 'partial' | 'full'
  readonly hasStackProtector: boolean
  readonly isFortified: boolean
  /** Whether the stack may be executed. */
  readonly hasExecutableStack: boolean
  readonly hasTextRelocations: boolean
  readonly hasSymbolTable: boolean
  readonly hasDebugInformation: boolean
}
