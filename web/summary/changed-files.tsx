/** Files that differ by more than noise. */

import type { Pair } from '../pair.ts'
import { urlOf } from '../router.ts'
import { DirectoryList } from '../ui/directory-list.tsx'
import { urlOfFile } from '../ui/file-address.ts'
import { fileTree } from '../ui/file-tree.ts'
import { count, visible, words } from '../ui/format.ts'
import type { ChangedFile, Summary } from './summary.ts'

export function ChangedFiles({ of: { substantive }, pair }: { of: Summary; pair: Pair }) {
  if (substantive.totalCount === 0) return null
  const left = substantive.totalCount - substantive.nodes.length
  const packages = [...new Set(substantive.nodes.map((file) => file.package))]
  return (
    <section class="changed-files" aria-labelledby="answer-files">
      <h2 id="answer-files">
        Files that differ by more than noise <small>{count(substantive.totalCount)}</small>
      </h2>
      {packages.map((name) => (
        <PackageFiles
          key={name}
          // One package needs no heading.
          name={packages.length > 1 ? name : null}
          files={substantive.nodes.filter((file) => file.package === name)}
          pair={pair}
        />
      ))}
      {left > 0 && (
        <p>
          <a href={urlOf(['compare', pair.old, pair.new], { view: 'files' })}>{count(left)} more files</a>
        </p>
      )}
    </section>
  )
}

interface PackageFilesProps {
  readonly name: string | null
  readonly files: readonly ChangedFile[]
  readonly pair: Pair
}

function PackageFiles({ name, files, pair }: PackageFilesProps) {
  return (
    <>
      {name !== null && <h3>{visible(name)}</h3>}
      <DirectoryList
        of={fileTree(files)}
        show={(last, file) => (
          <>
            <Badge of={file.change} />{' '}
            <FileLink of={file} pair={pair} before={file.path.slice(0, file.path.length - last.length)} />
          </>
        )}
      />
    </>
  )
}

const BADGES: Readonly<Record<ChangedFile['change'], string>> = {
  ADDED: 'A',
  REMOVED: 'R',
  CHANGED: 'M',
  MOVED: '→',
}

function Badge({ of }: { of: ChangedFile['change'] }) {
  return (
    <span class={`badge ${of.toLowerCase()}`} title={words(of)}>
      <span aria-hidden="true">{BADGES[of]}</span>
      <span class="hidden">{words(of)}</span>
    </span>
  )
}

/** Files with their whole paths and their packages. */
export function FileItems({ files, pair }: { files: readonly ChangedFile[]; pair: Pair }) {
  return (
    <ul>
      {files.map((file) => (
        <li key={`${file.package} ${file.path}`}>
          <Badge of={file.change} /> <FileLink of={file} pair={pair} before={null} />
        </li>
      ))}
    </ul>
  )
}

interface FileLinkProps {
  readonly of: ChangedFile
  readonly pair: Pair
  /** The beginning of the path, which stands above the link, as does the package; null if neither does. */
  readonly before: string | null
}

function FileLink({ of, pair, before }: FileLinkProps) {
  const file = { package: of.package, path: of.path, oldPath: of.oldPath ?? null, oldPackage: null }
  return (
    <>
      <a href={urlOfFile(pair, file, 'summary', of.substantive)} title={visible(of.path)}>
        <code>
          {before && <span class="hidden">{visible(before)}</span>}
          {visible(of.path.slice(before?.length ?? 0))}
        </code>
      </a>{' '}
      <small>
        {before === null && visible(of.package)}
        {file.oldPath !== null && ` · was ${visible(file.oldPath)}`}
      </small>
    </>
  )
}
