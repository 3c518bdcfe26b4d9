/** `filter_boring`: takes out of a debdiff what every rebuild changes, the version above all. */
import { setImmediate } from 'node:timers/promises'
import type { BuildVersions } from '../report/filter/filter-rules.ts'
import type { ControlSection, DebdiffSection } from './sections.ts'
import { type ControlField, MAX_MARKED_LENGTH, type Segment } from './wdiff-segments.ts'

/** Fields that say nothing about the change. Both are single lines in every valid package. */
const BORING_FIELDS = new Set(['Version', 'Installed-Size'])

/** Lines looked at before the event loop gets a turn. */
const LINES_PER_TURN = 500

/** The section without what is boring. Only control sections ever change. */
export async function filterSection(
  section: DebdiffSection,
  versions: BuildVersions,
): Promise<DebdiffSection> {
  if (section.kind !== 'control') return section
  const fields: ControlField[] = []
  let lines = 0
  for (const field of section.fields) {
    const left = filterField(field, versions)
    if (left !== null) fields.push(left)
    lines += field.lines.length
    if (lines < LINES_PER_TURN) continue
    lines = 0
    await setImmediate()
  }
  return fields.length > 0 ? { ...section, fields } : nothingLeft(section)
}

function nothingLeft(section: ControlSection): DebdiffSection {
  const where =
    section.package === null
      ? 'in the control files'
      : `between the control files of package ${section.package}`
  return {
    kind: 'note',
    title: null,
    lines: [`No differences were encountered ${where}`],
    blanks: section.blanks,
  }
}

function filterField(field: ControlField, versions: BuildVersions): ControlField | null {
  // debdiff leaves out a field's unchanged first line: what seems to continue a boring field belongs to another one.
  const boring = field.name !== null && BORING_FIELDS.has(field.name)
  const lines = (boring ? field.lines.slice(1) : field.lines).map((line) =>
    withoutVersionChange(line, versions),
  )
  return lines.some(isChanged) ? { name: boring ? null : field.name, lines } : null
}

/** A line too long to be searched for marks counts as changed: better shown than lost. */
function isChanged(line: readonly Segment[]): boolean {
  return line.some(({ kind, text }) => kind !== 'equal' || text.length > MAX_MARKED_LENGTH)
}

/** `[-OLD…-] {+NEW…+}` with the same tail reads as `NEW…`. */
function withoutVersionChange(line: readonly Segment[], versions: BuildVersions): readonly Segment[] {
  const { oldVersion, newVersion } = versions
  if (!oldVersion || !newVersion) return line
  const out: Segment[] = []
  for (let i = 0; i < line.length; i += 1) {
    let segment = line[i] as Segment
    const gap = line[i + 1]
    const added = line[i + 2]
    if (
      segment.kind === 'removed' &&
      gap?.kind === 'equal' &&
      gap.text === ' ' &&
      added?.kind === 'added' &&
      segment.text.startsWith(oldVersion) &&
      added.text.startsWith(newVersion) &&
      segment.text.slice(oldVersion.length) === added.text.slice(newVersion.length)
    ) {
      segment = { kind: 'equal', text: added.text }
      i += 2
    }
    const last = out.at(-1)
    if (segment.kind !== 'equal' || last?.kind !== 'equal') out.push(segment)
    else out[out.length - 1] = { kind: 'equal', text: last.text + segment.text }
  }
  return out
}
