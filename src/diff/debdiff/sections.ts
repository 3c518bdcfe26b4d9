/**
 * The structure of debdiff's output, which all formats, the filter and GraphQL use. It is lossless: the lines
 * that `printSection` returns for all sections, joined by newlines, are the original text.
 */
import { type ControlField, printSegments } from './wdiff-segments.ts'

interface SectionBase {
  /**
   * Number of empty lines after the section. In the last section, the end of the text counts as one of them.
   */
  readonly blanks: number
}

/** Text without a title: what debdiff found equal, and the remark before the file lists. */
export interface NoteSection extends SectionBase {
  readonly kind: 'note'
  readonly title: null
  readonly lines: readonly string[]
}

/** A list of files on one side only, or (with `--show-moved`) moved between packages. */
export interface FileListSection extends SectionBase {
  readonly kind: 'files'
  readonly title: string
  /**
   * `spread`: moved or copied from or to several packages. Lines `From package…: …` and `To package…: …`
   * follow each entry.
   */
  readonly change: 'added' | 'removed' | 'moved' | 'spread'
  /**
   * The package that contains the files: the new one if the change is `added`, else the old one. Null if the
   * title names no package.
   */
  readonly package: string | null
  /** The package that `moved` files are in now; null for every other change. */
  readonly movedTo: string | null
  /** Unparsed, because there may be hundreds of thousands; `parseFileEntry` parses one. */
  readonly lines: readonly string[]
}

/** Control fields that differ. */
export interface ControlSection extends SectionBase {
  readonly kind: 'control'
  readonly title: string
  /** Null if debdiff compared one package with one package. */
  readonly package: string | null
  readonly fields: readonly ControlField[]
}

/** Packages that are on one side only (with `--show-moved`). */
export interface PackageListSection extends SectionBase {
  readonly kind: 'packages'
  readonly title: string
  readonly change: 'added' | 'removed'
  /** One package name each. */
  readonly lines: readonly string[]
}

/** A section with an unknown title. */
export interface OtherSection extends SectionBase {
  readonly kind: 'other'
  readonly title: string
  readonly lines: readonly string[]
}

export type DebdiffSection =
  | NoteSection
  | FileListSection
  | ControlSection
  | PackageListSection
  | OtherSection

/** The lines that debdiff printed for the section, without line feeds. */
export function* printSection(section: DebdiffSection): Generator<string, void, void> {
  if (section.title !== null) {
    yield section.title
    yield '-'.repeat(section.title.length)
  }
  if (section.kind === 'control') {
    for (const field of section.fields) yield* field.lines.map(printSegments)
  } else {
    yield* section.lines
  }
  for (let i = 0; i < section.blanks; i += 1) yield ''
}

/** Whether the section shows a difference: debdiff prints a title only for such sections. */
export function isDifference(section: DebdiffSection): boolean {
  return section.title !== null
}

/** A line of a note. Groups: the sentence, the package's name. */
export const NO_CONTROL_DIFFERENCES =
  /^(No differences were encountered between the control files of package) (.+)$/
