/** What differs between two contents of one file, after noise is explained. The comparers in this folder say what; the rules say whether it matters. */
import type { FileKind } from '../../package/file-kind.ts'
import type { NoiseClass } from '../types.ts'

/** How something differs that noise does not explain. */
export type Nature =
  /** Lines of text were changed, added or removed. */
  | 'LINES'
  /** Entries of this build at the top of a Debian changelog; the older ones are equal. */
  | 'NEW_ENTRIES'
  /** The same lines in another order. */
  | 'ORDER'
  /** Only comments differ. */
  | 'COMMENT'
  /** Only blanks within or at the end of lines differ. */
  | 'WHITESPACE'
  /** LF became CR LF or the reverse. */
  | 'LINE_ENDINGS'
  /** Only the newline at the end of the file. */
  | 'FINAL_NEWLINE'
  /** Byte order mark or character encoding; the characters are the same. */
  | 'ENCODING'
  /** A character that cannot be seen came or went. */
  | 'INVISIBLE'
  /** A file became empty, or was empty. */
  | 'EMPTIED'
  /** Machine code, by the section that holds it. */
  | 'CODE'
  /** Data of a program. */
  | 'DATA'
  /** Bytes of a form that is not understood. */
  | 'BYTES'
  /** Bytes after the end of a format, or in a place that nothing reads. */
  | 'HIDDEN'
  /** A typed fact of an ELF file, named in `fact`. */
  | 'FACT'

/** One difference that remains. */
export interface ContentChange {
  readonly nature: Nature
  /** Excerpts of both sides, bounded by `excerpt`. */
  readonly old: string
  readonly new: string
  /** Path inside an archive or container: `lib/core.py`; empty for the file itself. */
  readonly inner: string
  /** For `FACT`: what changed, such as `soname`. Otherwise empty. */
  readonly fact: string
}

export interface ContentDifference {
  readonly noise: ReadonlySet<NoiseClass>
  /** Empty where noise explains everything. */
  readonly changes: readonly ContentChange[]
}

/** What a comparer knows of the file besides its two contents. */
export interface FileContext {
  /** Path in the package, or inside an archive of it. */
  readonly path: string
  readonly kind: FileKind
  readonly old: SideContext
  readonly new: SideContext
  /** How deep in nested archives; 0 for a member of the package. */
  readonly depth: number
}

/** What is known of the package on one side. */
export interface SideContext {
  readonly package: string
  readonly source: string
  /** With epoch. */
  readonly version: string
  /** Version of the source; the same as `version` unless the package names another. */
  readonly sourceVersion: string
  readonly architecture: string
}

export const NO_NOISE: ReadonlySet<NoiseClass> = new Set()
const MAX_EXCERPT = 2_000
/** Of one file, such as an archive of very many. */
const MAX_CHANGES = 200

export function change(
  nature: Nature,
  old: string,
  newer: string,
  more: { inner?: string; fact?: string } = {},
): ContentChange {
  return { nature, old: excerpt(old), new: excerpt(newer), inner: more.inner ?? '', fact: more.fact ?? '' }
}

/** At most `max` characters, as a string of its own: a slice of a text keeps the whole text in memory. */
export function excerpt(text: string, max = MAX_EXCERPT): string {
  const short = text.length <= max ? text : `${text.slice(0, max - 1)}…`
  return Buffer.from(short, 'utf16le').toString('utf16le')
}

/** Compares two contents of one file; handed to comparers of archives, which call it for what they hold. */
export type ContentComparer = (oldBytes: Buffer, newBytes: Buffer, file: FileContext) => ContentDifference

/** The same changes, of a file inside another. */
export function inside(inner: string, { noise, changes }: ContentDifference): ContentDifference {
  return {
    noise,
    changes: changes.map((one) => ({ ...one, inner: one.inner ? `${inner}/${one.inner}` : inner })),
  }
}

export function combine(all: readonly ContentDifference[]): ContentDifference {
  return {
    noise: new Set(all.flatMap(({ noise }) => [...noise])),
    changes: all.flatMap(({ changes }) => changes),
  }
}

export function onlyNoise(...classes: NoiseClass[]): ContentDifference {
  return { noise: new Set(classes), changes: [] }
}

/** The first changes, and before them one of each nature and fact, so that every rule sees what it looks for. */
export function withFirstOfEach(changes: readonly ContentChange[]): readonly ContentChange[] {
  if (changes.length <= MAX_CHANGES) return changes
  const firsts = new Map(changes.toReversed().map((one) => [`${one.nature} ${one.fact}`, one]))
  return [...new Set([...firsts.values(), ...changes])].slice(0, MAX_CHANGES)
}
