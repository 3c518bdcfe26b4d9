/** What hard links of an archive stand for: several paths of one file. */
import type { Entry } from '../package/entry-record.ts'
import type { EntryTable } from '../package/entry-table.ts'

export interface LinksOfPair {
  readonly old: HardLinks
  readonly new: HardLinks
}

export class HardLinks {
  readonly #table: EntryTable
  /** From the path of a file to all its paths; made when first needed. */
  #groups: ReadonlyMap<string, readonly string[]> | null = null

  constructor(table: EntryTable) {
    this.#table = table
  }

  /** The file at a path; null for what is neither a file nor a link to one. */
  fileOf(entry: Entry): Entry | null {
    const file = entry.type === 'hardlink' ? this.#table.find(entry.link) : entry
    return file?.type === 'file' ? file : null
  }

  /** All paths of the file that has this path, sorted. */
  pathsOf(entry: Entry): readonly string[] {
    this.#groups ??= groupsOf(this.#table)
    return this.#groups.get(entry.type === 'hardlink' ? entry.link : entry.path) ?? [entry.path]
  }
}

function groupsOf(table: EntryTable): Map<string, readonly string[]> {
  const groups = new Map<string, string[]>()
  for (const { type, path, link } of table) {
    if (type !== 'hardlink') continue
    const group = groups.get(link) ?? [link]
    group.push(path)
    groups.set(link, group)
  }
  for (const group of groups.values()) group.sort()
  return groups
}

/** Whether two members are the same file by the same paths: which of them the archive has first is its order alone. */
export function isSameLinkGroup(old: Entry, newer: Entry, links: LinksOfPair): boolean {
  const [before, after] = [links.old.fileOf(old), links.new.fileOf(newer)]
  return (
    (old.type === 'hardlink' || newer.type === 'hardlink') &&
    before !== null &&
    after !== null &&
    before.sha256 === after.sha256 &&
    before.mode === after.mode &&
    links.old.pathsOf(old).join('\0') === links.new.pathsOf(newer).join('\0')
  )
}

export interface FilePair {
  readonly old: Entry
  readonly new: Entry
}

/** What identifies the contents of two files. */
export const keyOfContents = ({ old, new: newer }: FilePair) => `${old.sha256} ${newer.sha256}`

/** The files of two members whose contents differ; null if they do not, or are none. */
export function differingFiles(old: Entry, newer: Entry, links: LinksOfPair): FilePair | null {
  // Two hard links to one path differ only if the file at that path does, which is compared itself.
  if (old.type === 'hardlink' && newer.type === 'hardlink' && old.link === newer.link) return null
  const [before, after] = [links.old.fileOf(old), links.new.fileOf(newer)]
  return before && after && before.sha256 !== after.sha256 ? { old: before, new: after } : null
}
