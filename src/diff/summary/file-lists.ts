/**
 * Lists of files that came, went, moved between packages or have other attributes, for the typed debdiff. They
 * include the files of packages that only one side has, so they may be long: they are stored behind the summary,
 * one file a line, and read by pages.
 */

import type { Entry } from '../package/entry-record.ts'
import type { FileChange } from './changes.ts'
import { CONTROL_FILE } from './control-file.ts'
import { fileAttributes, haveSameAttributes } from './file-attributes.ts'
import type { SummaryPair } from './pair-sides.ts'
import { shownPath } from './shown.ts'
import type { FileAttributes, FileSummary, NoiseClass } from './types.ts'

/**
 * - `added`, `removed`: a file that only one side has, or with attributes that only one side has;
 * - `moved`: a file that another package has now, whatever its content;
 * - `changed`: a member of the control archive whose content differs, apart from `md5sums`; `control` only if
 *   no field of it differs.
 */
export type FileListChange = 'added' | 'removed' | 'moved' | 'changed'

export interface ListedFile extends FileAttributes {
  /** Absolute; `DEBIAN/…` for a member of the control archive. */
  readonly path: string
  /** Classes that explain why it is listed; empty if none does. */
  readonly noise: readonly NoiseClass[]
}

/** What is known of a list without reading it. */
export interface FileListHead {
  readonly change: FileListChange
  readonly package: string
  /** The package that `moved` files are in now; null for every other change. */
  readonly movedTo: string | null
  /** Includes files beyond `MAX_LISTED`, which are only counted. */
  readonly count: number
  /** How many files are explained by which classes of noise, joined by commas. */
  readonly explained: Readonly<Record<string, number>>
  /** The first byte of the list in `FileLists.lines`, and its length. */
  readonly start: number
  readonly bytes: number
}

export interface FileLists {
  readonly heads: readonly FileListHead[]
  /** A `ListedFile` as JSON on each line. */
  readonly lines: Buffer
  /** Packages that could not be read, one sentence each. */
  readonly unread: readonly string[]
}

/** Noise that shows in lists of files. */
const LISTED_NOISE: readonly NoiseClass[] = ['BUILD_ID', 'OWNER_NUMBERS', 'UMASK', 'VERSION_ECHO']
/** Of all packages. Further files are counted, and called neither moved nor noise. */
const MAX_LISTED = 100_000

/** Files of one package, by their paths. */
interface PackageSides {
  readonly label: string
  readonly removed: Map<string, ListedFile>
  readonly added: Map<string, ListedFile>
  readonly changed: Map<string, ListedFile>
  /** Files that are counted only. */
  readonly more: Record<'removed' | 'added' | 'changed', number>
}

/** What `addFile` has to know of the package. */
interface FileOfPackage {
  /** Whether the path is a directory above files that came or went. */
  readonly isParent: boolean
  /** Whether the fields tell how the control file differs. */
  readonly hasFields: boolean
}

/** Collects the lists of all packages. */
export class FileListCollector {
  readonly #sides = new Map<string, PackageSides>()
  readonly #unread: string[] = []
  #listed = 0

  addUnread(reason: string): void {
    this.#unread.push(reason)
  }

  /** A package that only one side has. */
  addPackage(label: string, pair: SummaryPair): void {
    for (const [path, file] of wholePackage(pair))
      this.#add(label, pair.old ? 'removed' : 'added', path, file)
  }

  /** A file of a package that both sides have. */
  addFile(
    { package: label, substantive }: FileSummary,
    change: FileChange,
    { isParent, hasFields }: FileOfPackage,
  ): void {
    const { old, new: entry, path } = change
    const noise = listedNoise(change, substantive)
    const isShown = path === CONTROL_FILE && hasFields
    if (entry && isChangedControlFile(change) && !isShown)
      this.#add(label, 'changed', path, listed(path, entry, noise))
    if (old && entry && old.path === entry.path && haveSameAttributes(old, entry)) return
    if ((entry ?? old)?.type === 'directory' && !(old && entry) && isParent) return
    const oldPath = change.oldPath ?? path
    if (old) this.#add(label, 'removed', oldPath, listed(oldPath, old, noise))
    if (entry) this.#add(label, 'added', path, listed(path, entry, noise))
  }

  build(): FileLists {
    const lists = new Lists()
    const moves = findMoves([...this.#sides.values()])
    for (const { label, removed, added, changed, more } of this.#sides.values()) {
      for (const [path, file] of removed) {
        const to = moves.get(path)
        if (to === undefined) lists.add('removed', label, null, file)
        else lists.add('moved', label, to.label, to.file)
      }
      for (const [path, file] of added) if (!moves.has(path)) lists.add('added', label, null, file)
      for (const file of changed.values()) lists.add('changed', label, null, file)
      for (const change of ['removed', 'added', 'changed'] as const) lists.count(change, label, more[change])
    }
    return { ...lists.build(), unread: this.#unread }
  }

  #add(label: string, change: 'removed' | 'added' | 'changed', path: string, file: ListedFile): void {
    let sides = this.#sides.get(label)
    if (!sides) {
      const more = { removed: 0, added: 0, changed: 0 }
      sides = { label, removed: new Map(), added: new Map(), changed: new Map(), more }
      this.#sides.set(label, sides)
    }
    this.#listed += 1
    if (this.#listed > MAX_LISTED) sides.more[change] += 1
    else sides[change].set(path, file)
  }
}

/** All files of a package that only one side has, without the directories above them. */
function* wholePackage({
  old,
  new: newer,
}: SummaryPair): Generator<[path: string, file: ListedFile], void, void> {
  const data = (newer ?? old)?.contents?.data
  if (!data) return
  const parents = parentDirectories(data)
  for (const entry of data)
    if (entry.path !== '' && !(entry.type === 'directory' && parents.has(entry.path)))
      yield [entry.path, listed(entry.path, entry, [])]
}

function parentDirectories(entries: Iterable<Entry>): ReadonlySet<string> {
  const parents = new Set<string>()
  for (const { path } of entries)
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
      const parent = path.slice(0, at)
      if (parents.has(parent)) break
      parents.add(parent)
    }
  return parents
}

function isChangedControlFile({ path, old, new: entry }: FileChange): boolean {
  return (
    path.startsWith('control/') &&
    path !== 'control/md5sums' &&
    old?.type === 'file' &&
    entry?.type === 'file' &&
    old.sha256 !== entry.sha256
  )
}

/** The noise that explains why a file is listed; empty if something else is listed too. */
function listedNoise(change: FileChange, isSubstantive: boolean): NoiseClass[] {
  // Its noise is that of its fields.
  if (change.path === CONTROL_FILE) return []
  const isControlFile = change.path.startsWith('control/')
  const noise = [...change.noise].filter((name) => isControlFile || LISTED_NOISE.includes(name))
  return isSubstantive || change.undecided !== null ? [] : noise.sort()
}

function listed(path: string, entry: Entry, noise: readonly NoiseClass[]): ListedFile {
  const isControlFile = path === 'control' || path.startsWith('control/')
  const shown = shownPath(path)
  return {
    path: isControlFile ? `DEBIAN${shown.slice('control'.length)}` : `/${shown}`,
    ...fileAttributes(entry),
    noise,
  }
}

/** From the path of a file that exactly one package lost and exactly one other package gained to the latter. */
function findMoves(
  sides: readonly PackageSides[],
): ReadonlyMap<string, { readonly label: string; readonly file: ListedFile }> {
  const moves = new Map<string, { label: string; file: ListedFile }>()
  if (sides.length < 2) return moves
  const lost = new Map<string, string | null>()
  for (const { label, removed } of sides)
    for (const [path, { path: shown }] of removed)
      if (shown.startsWith('/')) lost.set(path, lost.has(path) ? null : label)
  const gained = new Map<string, string | null>()
  for (const { label, added } of sides)
    for (const [path, file] of added) {
      const from = lost.get(path)
      if (!from || !file.path.startsWith('/')) continue
      const isSecond = gained.has(path)
      gained.set(path, isSecond ? null : label)
      if (isSecond || from === label) moves.delete(path)
      else moves.set(path, { label, file })
    }
  return moves
}

/** A list that is being collected. */
interface OpenList {
  readonly change: FileListChange
  readonly package: string
  readonly movedTo: string | null
  readonly lines: string[]
  /** Files that have no line. */
  more: number
  readonly explained: Record<string, number>
}

/** Collects the lists by what they say of their files. */
class Lists {
  readonly #lists = new Map<string, OpenList>()

  add(change: FileListChange, label: string, movedTo: string | null, file: ListedFile): void {
    const list = this.#open(change, label, movedTo)
    list.lines.push(`${JSON.stringify(file)}\n`)
    if (file.noise.length === 0) return
    const classes = file.noise.join()
    list.explained[classes] = (list.explained[classes] ?? 0) + 1
  }

  /** Adds files without their lines. */
  count(change: FileListChange, label: string, files: number): void {
    if (files > 0) this.#open(change, label, null).more += files
  }

  #open(change: FileListChange, label: string, movedTo: string | null): OpenList {
    const key = JSON.stringify([change, label, movedTo])
    const known = this.#lists.get(key)
    if (known) return known
    const list = { change, package: label, movedTo, lines: [], more: 0, explained: {} }
    this.#lists.set(key, list)
    return list
  }

  build(): Pick<FileLists, 'heads' | 'lines'> {
    const heads: FileListHead[] = []
    const parts: Buffer[] = []
    let start = 0
    for (const { lines, more, ...head } of this.#lists.values()) {
      const part = Buffer.from(lines.join(''))
      heads.push({ ...head, count: lines.length + more, start, bytes: part.length })
      parts.push(part)
      start += part.length
    }
    return { heads, lines: Buffer.concat(parts) }
  }
}
