import type { FileFactsFragment } from '../generated/graphql.ts'

export interface Directory {
  /** One name, or several joined by `/` where nothing else lies between: `usr/share/doc`. */
  readonly name: string
  readonly directories: readonly Directory[]
  readonly files: readonly { readonly name: string; readonly file: FileFactsFragment }[]
  /** Files in it and below. */
  readonly count: number
}

interface Growing {
  readonly directories: Map<string, Growing>
  readonly files: { name: string; file: FileFactsFragment }[]
}

/** Files as they lie in their directories; a chain of directories with nothing else in them is one step. */
export function fileTree(files: readonly FileFactsFragment[]): Directory {
  const root: Growing = { directories: new Map(), files: [] }
  for (const file of files) {
    const parts = file.path.split('/').filter((part) => part !== '')
    const name = parts.pop() ?? file.path
    let at = root
    for (const part of parts) {
      const next: Growing = at.directories.get(part) ?? { directories: new Map(), files: [] }
      at.directories.set(part, next)
      at = next
    }
    at.files.push({ name, file })
  }
  return settled('', root)
}

function settled(name: string, { directories, files }: Growing): Directory {
  const below = [...directories].map(([part, directory]) => settled(part, directory))
  const [only] = below
  if (name !== '' && files.length === 0 && below.length === 1 && only)
    return { ...only, name: `${name}/${only.name}` }
  return {
    name,
    directories: below,
    files,
    count: files.length + below.reduce((sum, directory) => sum + directory.count, 0),
  }
}
