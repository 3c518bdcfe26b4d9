/** A directory with what is below it. */
export interface Directory<File> {
  /** One name, or several joined by `/` if nothing else is between them: `usr/share/doc`. */
  readonly name: string
  readonly directories: readonly Directory<File>[]
  readonly files: readonly { readonly name: string; readonly file: File }[]
  /** The number of files in it and below. */
  readonly count: number
}

interface DirectoryBuilder<File> {
  readonly directories: Map<string, DirectoryBuilder<File>>
  readonly files: { name: string; file: File }[]
}

const newBuilder = <File>(): DirectoryBuilder<File> => ({ directories: new Map(), files: [] })

/** Files as a tree of directories. Chains of directories that contain nothing else are joined. */
export function fileTree<File extends { readonly path: string }>(files: readonly File[]): Directory<File> {
  const root = newBuilder<File>()
  for (const file of files) {
    const parts = file.path.split('/').filter((part) => part !== '')
    const name = parts.pop() ?? file.path
    let directory = root
    for (const part of parts) {
      const next = directory.directories.get(part) ?? newBuilder<File>()
      directory.directories.set(part, next)
      directory = next
    }
    directory.files.push({ name, file })
  }
  return build('', root)
}

function build<File>(name: string, { directories, files }: DirectoryBuilder<File>): Directory<File> {
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
