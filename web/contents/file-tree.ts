/** The files that differ as a tree: packages, directories, files. Knows neither the DOM nor the network. */
import { fileKey } from '../review/viewed.ts'
import type { ListedFile } from './use-changed-files.ts'

/** A line of the tree on the screen. */
export interface TreeRow {
  readonly key: string
  /** A name; for directories several ones, joined by `/`, if nothing else is between them. */
  readonly name: string
  readonly depth: number
  /** The key of the row above it; null at the top. */
  readonly parent: string | null
  /** Null for packages and directories. */
  readonly file: ListedFile | null
  /** The number of files in it and below. */
  readonly count: number
  readonly isOpen: boolean
}

interface Folder {
  readonly key: string
  readonly name: string
  readonly folders: Map<string, Folder>
  readonly files: ListedFile[]
}

const newFolder = (key: string, name: string): Folder => ({ key, name, folders: new Map(), files: [] })

export function keyOfFile({ package: name, path }: Pick<ListedFile, 'package' | 'path'>): string {
  return fileKey(name, path)
}

/** The files whose package and path have all words of a text, in any case. */
export function filesWith(files: readonly ListedFile[], text: string): readonly ListedFile[] {
  const words = text.toLowerCase().split(' ')
  return files.filter((file) => words.every((word) => keyOfFile(file).toLowerCase().includes(word)))
}

/** The rows that are visible. @param closed keys of packages and directories */
export function treeRows(files: readonly ListedFile[], closed: ReadonlySet<string>): readonly TreeRow[] {
  const { folders } = rootOf(files)
  const packages = [...folders.values()].map(compact)
  const [only] = packages
  // One package needs no row of its own.
  const tops = packages.length === 1 && only ? below(only) : packages
  return tops.flatMap((top) => rowsOf(top, 1, null, closed))
}

/** The files in the order of the tree. */
export function inTreeOrder(files: readonly ListedFile[]): readonly ListedFile[] {
  return treeRows(files, new Set()).flatMap(({ file }) => file ?? [])
}

function rootOf(files: readonly ListedFile[]): Folder {
  const root = newFolder('', '')
  for (const file of files) {
    const parts = file.path.split('/').slice(0, -1)
    let folder = root
    for (const part of [file.package, ...parts]) {
      const next = folder.folders.get(part) ?? newFolder(`${folder.key}/${part}`, part)
      folder.folders.set(part, next)
      folder = next
    }
    folder.files.push(file)
  }
  return root
}

/** Joins chains of directories that contain nothing else. A package stays a row of its own. */
function compact(folder: Folder): Folder {
  const joined = [...folder.folders.values()].map((inner) => {
    let at = compact(inner)
    for (let [next] = at.folders.values(); next && at.folders.size === 1 && at.files.length === 0; ) {
      at = { ...next, name: `${at.name}/${next.name}` }
      ;[next] = at.folders.values()
    }
    return at
  })
  return { ...folder, folders: new Map(joined.map((one) => [one.name, one])) }
}

type Entry = Folder | ListedFile
const isFolder = (entry: Entry): entry is Folder => 'folders' in entry
const below = ({ folders, files }: Folder): readonly Entry[] => [...folders.values(), ...files]

function countOf({ folders, files }: Folder): number {
  return [...folders.values()].reduce((sum, folder) => sum + countOf(folder), files.length)
}

function rowsOf(
  entry: Entry,
  depth: number,
  parent: string | null,
  closed: ReadonlySet<string>,
): readonly TreeRow[] {
  if (!isFolder(entry)) {
    const name = entry.path.slice(entry.path.lastIndexOf('/') + 1)
    return [{ key: keyOfFile(entry), name, depth, parent, file: entry, count: 1, isOpen: false }]
  }
  const { key, name } = entry
  const isOpen = !closed.has(key)
  const row = { key, name, depth, parent, file: null, count: countOf(entry), isOpen }
  return [row, ...(isOpen ? below(entry).flatMap((one) => rowsOf(one, depth + 1, key, closed)) : [])]
}
