/** The old service's filter, for REST's `filter_boring` alone: removes versions from a debdiff. */
import { setImmediate as yieldToEventLoop } from 'node:timers/promises'
import type { BuildVersions } from '../report/filter/boring-filter.ts'
import type { ControlSection, DebdiffSection } from './sections.ts'
import { type ControlField, MAX_MARKED_LENGTH, type Segment } from './wdiff-segments.ts'

/** Fields that say nothing about the change. In a valid package each has one line. */
const BORING_FIELDS = new Set(['Version', 'Installed-Size'])

/** Lines to filter before the event loop gets a turn. */
const LINES_PER_TURN = 500

/** The section without what every rebuild changes; sections other than control sections unchanged. */
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
    await yieldToEventLoop()
  }
  return fields.length > 0 ? { ...section, fields } : noDifferences(section)
}

/** The note that debdiff prints if the control files are equal. */
export function noDifferences(section: ControlSection): DebdiffSection {
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
  // debdiff omits a field's first line if it did not change, so lines after a boring field belong to another
  // field.
  const isBoring = field.name !== null && BORING_FIELDS.has(field.name)
  const lines = (isBoring ? field.lines.slice(1) : field.lines).map((line) =>
    withoutVersionChange(line, versions),
  )
  return lines.some(isChanged) ? { name: isBoring ? null : field.name, lines } : null
}

/** A line that was too long to parse completely counts as changed, so that no change is hidden. */
function isChanged(line: readonly Segment[]): boolean {
  return line.some(({ kind, text }) => kind !== 'equal' || text.length > MAX_MARKED_LENGTH)
}

/** Replaces `[-OLD…-] {+NEW…+}` by `NEW…` if what follows the two versions is equal. */
function withoutVersionChange(line: readonly Segment[], versions: BuildVersions): readonly Segment[] {
  const { oldVersion, newVersion } = versions
  if (!oldVersion || !newVersion) return line
  const result: Segment[] = []
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
    const last = result.at(-1)
    if (segment.kind !== 'equal' || last?.kind !== 'equal') result.push(segment)
    else result[result.length - 1] = { kind: 'equal', text: last.text + segment.text }
  }
  return result
}
