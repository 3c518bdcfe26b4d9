/** One list of files of a debdiff, as a tree of directories. */
import { useState } from 'preact/hooks'
import { request } from '../api/request.ts'
import { DebdiffFilesDocument, type FileFactsFragment } from '../generated/graphql.ts'
import type { Pair } from '../pair.ts'
import { Failure } from '../ui/failure.tsx'
import { type FileAddress, urlOfFile } from '../ui/file-address.ts'
import { count, counted, visible } from '../ui/format.ts'
import { hideOf } from '../ui/hide.ts'
import { type Directory, fileTree } from './file-tree.ts'
import type { Section } from './section.ts'

type Files = Extract<Section, { __typename: 'DebdiffFileList' }>

/** Files per request, as in `DebdiffPage` and `DebdiffFiles`. */
const PAGE = 200

const CHANGES: Readonly<Record<Files['change'], string>> = {
  ADDED: 'Added files',
  REMOVED: 'Removed files',
  MOVED: 'Moved files',
  CHANGED: 'Changed control files',
  SPREAD: 'Files in several packages',
}

export function FileList({
  of,
  index,
  pair,
  filter,
}: {
  of: Files
  /** Its index among the sections of the debdiff. */
  index: number
  pair: Pair
  filter: boolean
}) {
  const [moreFiles, setMoreFiles] = useState<readonly FileFactsFragment[]>([])
  const [requested, setRequested] = useState(PAGE)
  const [failure, setFailure] = useState<Error | null>(null)
  const loadMore = async () => {
    setFailure(null)
    try {
      const { comparison } = await request(DebdiffFilesDocument, {
        ...pair,
        ...hideOf(filter),
        from: requested,
      })
      const debdiff = 'debdiff' in comparison ? comparison.debdiff : {}
      const section = 'sections' in debdiff ? debdiff.sections[index] : undefined
      const files = section && 'entries' in section ? section.entries.nodes : []
      setMoreFiles((old) => [...old, ...files])
      setRequested(requested + PAGE)
    } catch (error) {
      setFailure(error as Error)
    }
  }
  const left = of.totalCount - requested
  return (
    <section class="section">
      <h2 title={of.title ?? undefined}>
        {CHANGES[of.change]}
        {' of '}
        <code>{visible(of.package)}</code>
        {of.movedTo !== null && (
          <>
            {' '}
            to <code>{visible(of.movedTo)}</code>
          </>
        )}{' '}
        <small class={`change ${of.change.toLowerCase()}`}>{count(of.totalCount)}</small>
      </h2>
      <DirectoryList
        of={fileTree([...of.entries.nodes, ...moreFiles])}
        linkTo={(path) => urlOfFile(pair, addressOf(of, path), 'debdiff', filter)}
      />
      {failure && <Failure of={failure} retry={() => void loadMore()} />}
      {left > 0 && (
        <button type="button" onClick={() => void loadMore()}>
          Show {counted(Math.min(left, PAGE), 'more file')} of {count(left)}
        </button>
      )}
    </section>
  )
}

/** A debdiff has absolute paths, and `DEBIAN/…` for the control archive. */
function addressOf({ package: name, movedTo }: Files, path: string): FileAddress {
  const isControl = path.startsWith('DEBIAN/')
  const plain = isControl ? path.replace('DEBIAN/', 'control/') : path.replace(/^\/+/, '')
  return { package: movedTo ?? name, path: plain, oldPath: null, oldPackage: movedTo === null ? null : name }
}

function DirectoryList({ of, linkTo }: { of: Directory; linkTo: (path: string) => string }) {
  return (
    <ul class="files">
      {of.directories.map((directory) => (
        <li key={directory.name}>
          <details open>
            <summary>
              <code>{visible(directory.name)}/</code> <small>{counted(directory.count, 'file')}</small>
            </summary>
            <DirectoryList of={directory} linkTo={linkTo} />
          </details>
        </li>
      ))}
      {of.files.map(({ name, file }) => (
        <li key={name} class="file">
          <code class="path">
            <a href={linkTo(file.path)}>{visible(name)}</a>
            {file.target !== null && <span class="target"> → {visible(file.target)}</span>}
          </code>{' '}
          <code class="mode">{visible(file.mode)}</code>{' '}
          <code class="owner">{[file.owner, file.group].map((name) => visible(name)).join(':')}</code>
        </li>
      ))}
    </ul>
  )
}
