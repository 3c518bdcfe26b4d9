import type { ComponentChildren } from 'preact'
import type { Directory } from './file-tree.ts'
import { counted, visible } from './format.ts'

export interface DirectoryListProps<File> {
  readonly of: Directory<File>
  /** What is shown of a file. @param name without its directory */
  readonly show: (name: string, file: File) => ComponentChildren
}

/** A tree of files as nested lists. Directories can be folded. */
export function DirectoryList<File>({ of, show }: DirectoryListProps<File>) {
  return (
    <ul class="files">
      {of.directories.map((directory) => (
        <li key={directory.name}>
          <details open>
            <summary>
              <code>{visible(directory.name)}/</code> <small>{counted(directory.count, 'file')}</small>
            </summary>
            <DirectoryList of={directory} show={show} />
          </details>
        </li>
      ))}
      {of.files.map(({ name, file }) => (
        <li key={name} class="file">
          {show(name, file)}
        </li>
      ))}
    </ul>
  )
}
