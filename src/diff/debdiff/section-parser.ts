/** Parses debdiff's output line by line. */

import type { DebdiffSection, FileListSection, OtherSection, PackageListSection } from './sections.ts'
import { type ControlField, fieldName, parseSegments, type Segment } from './wdiff-segments.ts'

type FileListHead = Pick<FileListSection, 'change' | 'package' | 'movedTo'>
type SectionHead =
  | ({ kind: 'files' } & FileListHead)
  | Pick<PackageListSection, 'kind' | 'change'>
  | Pick<OtherSection, 'kind'>

const CONTROL_TITLE = /^Control files(?: of package (.+))?: lines which differ \(wdiff format\)$/
const PACKAGES_TITLE =
  /^Warning: these package names were in the (first|second) list but not in the (?:first|second):$/
const FILES_TITLES: readonly [RegExp, (match: RegExpExecArray) => FileListHead][] = [
  [
    /^Files in (first|second) (?:\.deb|set of \.debs) but not in (?:first|second)$/,
    ([, side]) => ({ change: side === 'first' ? 'removed' : 'added', package: null, movedTo: null }),
  ],
  [
    /^(New files in second|Files only in first) set of \.debs, found in package (.+)$/,
    ([, which, name = null]) => ({
      change: which === 'New files in second' ? 'added' : 'removed',
      package: name,
      movedTo: null,
    }),
  ],
  [
    /^Files moved from package (.+) to package (.+)$/,
    ([, from = null, to = null]) => ({ change: 'moved', package: from, movedTo: to }),
  ],
  [
    /^Files moved or copied from at least TWO packages or to at least TWO packages$/,
    () => ({ change: 'spread', package: null, movedTo: null }),
  ],
]

/** Pass every line in order to `push`, then call `end`. Both yield the sections that are complete. */
export class SectionParser {
  /** The last line, which is a title if the next line underlines it. */
  #pending: string | null = null
  #title: string | null = null
  #lines: string[] = []
  /** The fields of a control section, else null. Parsed line by line, because a section may be long. */
  #fields: OpenField[] | null = null
  #blanks = 0;

  *push(line: string): Generator<DebdiffSection, void, void> {
    if (this.#pending !== null) {
      if (isUnderlined(this.#pending, line)) {
        yield* this.#flush()
        this.#title = this.#pending
        this.#fields = CONTROL_TITLE.test(this.#title) ? [] : null
        this.#pending = null
        return
      }
      yield* this.#take(this.#pending)
    }
    this.#pending = line
  }

  *end(): Generator<DebdiffSection, void, void> {
    if (this.#pending !== null) yield* this.#take(this.#pending)
    this.#pending = null
    yield* this.#flush()
  }

  *#take(line: string): Generator<DebdiffSection, void, void> {
    if (line === '') {
      this.#blanks += 1
      return
    }
    if (this.#blanks > 0) yield* this.#flush()
    if (this.#fields === null) this.#lines.push(line)
    else addControlLine(this.#fields, line)
  }

  *#flush(): Generator<DebdiffSection, void, void> {
    const title = this.#title
    const blanks = this.#blanks
    if (title === null) {
      if (this.#lines.length > 0 || blanks > 0) yield { kind: 'note', title, lines: this.#lines, blanks }
    } else if (this.#fields !== null) {
      const name = CONTROL_TITLE.exec(title)?.[1] ?? null
      yield { kind: 'control', title, package: name, fields: this.#fields, blanks }
    } else {
      yield { title, ...headOf(title), lines: this.#lines, blanks }
    }
    this.#title = null
    this.#lines = []
    this.#fields = null
    this.#blanks = 0
  }
}

interface OpenField extends ControlField {
  readonly lines: (readonly Segment[])[]
}

/** A line that begins with a space continues the field before it. */
function addControlLine(fields: OpenField[], line: string): void {
  const segments = parseSegments(line)
  const last = fields.at(-1)
  if (line.startsWith(' ') && last !== undefined) last.lines.push(segments)
  else fields.push({ name: fieldName(segments), lines: [segments] })
}

function isUnderlined(title: string, line: string): boolean {
  return title !== '' && line.length === title.length && /^-+$/.test(line)
}

function headOf(title: string): SectionHead {
  const packages = PACKAGES_TITLE.exec(title)
  if (packages !== null) return { kind: 'packages', change: packages[1] === 'first' ? 'removed' : 'added' }
  for (const [pattern, head] of FILES_TITLES) {
    const match = pattern.exec(title)
    if (match !== null) return { kind: 'files', ...head(match) }
  }
  return { kind: 'other' }
}
