/** Hides noise in debdiff's own text: fields and lines that the summary explains. What stays is not changed. */
import { parseFileEntry } from '../debdiff/file-entry.ts'
import { noDifferences } from '../debdiff/filter-debdiff.ts'
import type { ControlSection, DebdiffSection, FileListSection } from '../debdiff/sections.ts'
import { canImitateLines } from './listed-line.ts'
import type { FileSummary, NoiseClass, Summary } from './types.ts'

/** Returns a section without what is hidden; null if nothing is left of it. */
export type SectionHiding = (section: DebdiffSection) => DebdiffSection | null

export function debdiffHiding(summary: Summary, hide: readonly NoiseClass[]): SectionHiding {
  const classes = new Set(hide)
  const files = new Map<string, FileSummary[]>()
  for (const file of summary.files)
    for (const path of new Set([file.path, file.oldPath ?? file.path]))
      files.set(path, [...(files.get(path) ?? []), file])
  return (section) => {
    if (section.kind === 'control') return withoutFields(section, summary, classes)
    return section.kind === 'files' ? withoutFiles(section, files, classes) : section
  }
}

function isHidden(
  noise: readonly NoiseClass[],
  substantive: boolean,
  classes: ReadonlySet<NoiseClass>,
): boolean {
  return !substantive && noise.length > 0 && noise.every((name) => classes.has(name))
}

/** debdiff names packages without their architecture, or not at all if each side has one. */
function withoutFields(
  section: ControlSection,
  summary: Summary,
  classes: ReadonlySet<NoiseClass>,
): DebdiffSection {
  const known = summary.fields.filter(
    (field) =>
      section.package === null ||
      field.package === section.package ||
      field.package.replace(/:[^:]*$/, '') === section.package,
  )
  const areHidden = (fields: typeof known) =>
    fields.length > 0 && fields.every(({ noise, substantive }) => isHidden(noise, substantive, classes))
  const left = section.fields.filter(({ name }) => {
    // A line without a name belongs to a field that debdiff does not name.
    const fields = known.filter((field) => name === null || field.name.toLowerCase() === name.toLowerCase())
    return !areHidden(fields)
  })
  return left.length > 0 ? { ...section, fields: left } : noDifferences(section)
}

function withoutFiles(
  section: FileListSection,
  files: ReadonlyMap<string, readonly FileSummary[]>,
  classes: ReadonlySet<NoiseClass>,
): DebdiffSection | null {
  const lines = section.lines.filter((line) => {
    const shown = parseFileEntry(line)?.path
    const path = shown?.startsWith('DEBIAN/') ? `control/${shown.slice(7)}` : shown?.slice(1)
    const known = path === undefined || canImitateLines(path) ? [] : (files.get(path) ?? [])
    const isExplained =
      known.length > 0 &&
      known.every(
        ({ noise, substantive, undecided }) => undecided !== true && isHidden(noise, substantive, classes),
      )
    return !isExplained
  })
  return lines.length > 0 ? { ...section, lines } : null
}
