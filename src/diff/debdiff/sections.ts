/**
 * debdiff's output as a structure: read once, for every format, for the filter and for GraphQL. Nothing is lost:
 * `printSection` over all sections, joined by newlines, is the text again.
 */
import { type ControlField, printSegments } from './wdiff-segments.ts'

interface SectionBase {
  /** Empty strings that follow the section's lines; the last section's count includes the text's own end. */
  readonly blanks: number
}

/** Prose without a title: what debdiff found equal, and the remark ahead of the file lists. */
export interface NoteSection extends SectionBase {
  readonly kind: 'note'
  readonly title: null
  readonly lines: readonly string[]
}

/** A list of files on one side only, or (with `--show-moved`) moved between packages. */
export interface FileListSection extends SectionBase {
  readonly kind: 'files'
  readonly title: string
  /** `spread`: moved or copied from or to several packages; each entry is followed by `From package…: …` and `To package…: …`. */
  readonly change: 'added' | 'removed' | 'moved' | 'spread'
  /** The package that holds the files, before a move or, where the change is `added`, after it; null where the title names none. */
  readonly package: string | null
  /** Where the files of a `moved` list went; null for every other change. */
  readonly movedTo: string | null
  /** As printed: `parseFileEntry` reads one. Kept as text, for there may be hundreds of thousands. */
  readonly lines: readonly string[]
}

/** Control fields that differ. */
export interface ControlSection extends SectionBase {
  readonly kind: 'control'
  readonly title: string
  /** Null where one package was compared with one. */
  readonly package: string | null
  readonly fields: readonly ControlField[]
}

/** Names of packages that are on one side only (with `--show-moved`). */
export interface PackageListSection extends SectionBase {
  readonly kind: 'packages'
  readonly title: string
  readonly change: 'added' | 'removed'
  /** One package's name each. */
  readonly lines: readonly string[]
}

/** A titled section of a kind that this reader does not know. */
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

/** The section's lines as debdiff printed them, without the newline that joins it to the next section. */
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

/** Whether the section shows a difference: debdiff gives a title to each that does, and only to those. */
export function isDifference(section: DebdiffSection): boolean {
  return section.title !== null
}

/** A note's line that says so of one package; groups: the sentence, the package's name. */
export const NO_CONTROL_DIFFERENCES =
  /^(No differences were encountered between the control files of package) (.+)$/
