/**
 * What debdiff's subject is, typed: packages that came or went, lists of files, and control fields. It comes
 * from the packages' contents, because text in a package can imitate debdiff's output, and debdiff's output
 * lacks files that moved between packages, members of the control archive, and white space.
 */
import type { FileListHead, ListedFile } from '../summary/file-lists.ts'
import type { FieldSummary, NoiseClass, PackageSummary } from '../summary/types.ts'
import type { StoredSummary } from './stored-summary.ts'

interface SectionBase {
  /** In debdiff's words where it has such a section; null for a note. */
  readonly title: string | null
}

export interface PackagesSection extends SectionBase {
  readonly kind: 'packages'
  readonly packages: readonly string[]
}

export interface FilesSection extends SectionBase {
  readonly kind: 'files'
  readonly list: FileListHead
  /** How many files the list has without those that are hidden. */
  readonly count: number
  readonly debdiff: TypedDebdiff
}

export interface FieldsSection extends SectionBase {
  readonly kind: 'fields'
  readonly package: string
  readonly fields: readonly FieldSummary[]
}

export interface NoteSection extends SectionBase {
  readonly kind: 'note'
  readonly lines: readonly string[]
}

export type TypedSection = PackagesSection | FilesSection | FieldsSection | NoteSection

export class TypedDebdiff {
  readonly sections: readonly TypedSection[]
  readonly #stored: StoredSummary
  readonly #hide: ReadonlySet<NoiseClass>

  /** @param hide classes of noise: what they explain completely is left out */
  constructor(stored: StoredSummary, hide: readonly NoiseClass[]) {
    this.#stored = stored
    this.#hide = new Set(hide)
    const { packages, fields } = stored.summary
    this.sections = [
      ...unreadSections(stored.unread),
      ...packageSections(packages),
      ...stored.lists.flatMap((list) => this.#filesSection(list)),
      ...packages.flatMap((one) =>
        this.#controlSections(
          one,
          fields.filter((field) => field.package === one.package),
        ),
      ),
    ]
  }

  /** Whether nothing differs that debdiff's subject covers, apart from what is hidden. */
  get isEmpty(): boolean {
    return this.sections.length === 0
  }

  /** A page of the files of a list. @throws as `StoredSummary.files` */
  async files(
    { list }: FilesSection,
    { first, offset }: { readonly first: number; readonly offset: number },
  ): Promise<ListedFile[]> {
    const found: ListedFile[] = []
    let position = 0
    for await (const file of this.#stored.files(list)) {
      if (this.#isHidden(file.noise)) continue
      if (position >= offset) found.push(file)
      position += 1
      if (found.length === first) break
    }
    return found
  }

  #isHidden(noise: readonly NoiseClass[]): boolean {
    return noise.length > 0 && noise.every((name) => this.#hide.has(name))
  }

  #filesSection(list: FileListHead): FilesSection[] {
    let count = list.count
    for (const [classes, explained] of Object.entries(list.explained))
      if (this.#isHidden(classes.split(','))) count -= explained
    return count === 0 ? [] : [{ kind: 'files', title: listTitle(list), list, count, debdiff: this }]
  }

  #controlSections(one: PackageSummary, fields: readonly FieldSummary[]): TypedSection[] {
    const shown = fields.filter(({ noise, substantive }) => substantive || !this.#isHidden(noise))
    const sections: TypedSection[] = []
    if (shown.length > 0)
      sections.push({
        kind: 'fields',
        title: `Control files of package ${one.package}: lines which differ (wdiff format)`,
        package: one.package,
        fields: shown,
      })
    if (one.noise.includes('ORDER_ONLY') && !this.#hide.has('ORDER_ONLY'))
      sections.push({
        kind: 'note',
        title: null,
        lines: [`The control files of package ${one.package} have their fields in another order`],
      })
    return sections
  }
}

function unreadSections(unread: readonly string[]): NoteSection[] {
  return unread.length === 0
    ? []
    : [{ kind: 'note', title: null, lines: unread.map((reason) => `Could not be read: ${reason}`) }]
}

function packageSections(packages: readonly PackageSummary[]): PackagesSection[] {
  return (['REMOVED', 'ADDED'] as const).flatMap((change) => {
    const names = packages.filter((one) => one.change === change).map((one) => one.package)
    const [here, there] = change === 'REMOVED' ? ['first', 'second'] : ['second', 'first']
    const title = `Warning: these package names were in the ${here} list but not in the ${there}:`
    return names.length === 0 ? [] : [{ kind: 'packages', title, packages: names }]
  })
}

function listTitle({ change, package: name, movedTo }: FileListHead): string {
  switch (change) {
    case 'added':
      return `New files in second set of .debs, found in package ${name}`
    case 'removed':
      return `Files only in first set of .debs, found in package ${name}`
    case 'moved':
      return `Files moved from package ${name} to package ${movedTo}`
    case 'changed':
      return `Files of the control archive of package ${name} whose content differs`
  }
}
