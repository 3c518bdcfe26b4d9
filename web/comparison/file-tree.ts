import type { FileFactsFragment } from '../generated/graphql.ts'

export interface Directory {
  /** One name, or several joined by `/` if nothing else is between them: `usr/share/doc`. */
  readonly name: string
  readonly directories: readonly Directory[]
  readonly files: readonly { readonly name: string; readonly file: FileFactsFragment }[]
  /** The number of files in it and below. */
  readonly count: number
}

interface DirectoryBuilder {
  readonly directories: Map<string, DirectoryBuilder>
  readonly files: { name: string; file: FileFactsFragment }[]
}

/** Files as a tree of directories. Chains of directories that contain nothing else are joined. */
export function fileTree(files: readonly FileFactsFragment[]): Directory {
  const root: DirectoryBuilder = { directories: new Map(), files: [] }
  for (const file of files) {
    const parts = file.path.split('/').filter((part) => part !== '')
    const name = parts.pop() ?? file.path
    let directory = root
    for (const part of parts) {
      const next: DirectoryBuilder = directory.directories.get(part) ?? { directories: new Map(), files: [] }
      directory.directories.set(part, next)
      directory = next
    }
    directory.files.push({ name, file })
  }
  return build('', root)
}

function build(name: string, { directories, files }: DirectoryBuilder): Directory {
  const below = [...directories].map(([part, directory]) => build(part, directory))
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
