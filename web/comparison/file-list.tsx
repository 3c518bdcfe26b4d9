/** One list of files of a debdiff, as a tree of directories. */
import { useState } from 'preact/hooks'
import { request } from '../api/request.ts'
import { DebdiffFilesDocument, type FileFactsFragment } from '../generated/graphql.ts'
import type { Pair } from '../pair.ts'
import { DirectoryList } from '../ui/directory-list.tsx'
import { Failure } from '../ui/failure.tsx'
import { type FileAddress, urlOfFile } from '../ui/file-address.ts'
import { fileTree } from '../ui/file-tree.ts'
import { count, counted, visible } from '../ui/format.ts'
import { grantsMore } from '../ui/grants-more.ts'
import { hideOf } from '../ui/hide.ts'
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
        show={(name, file) => (
          <FileFacts
            of={file}
            name={name}
            isNew={of.change !== 'REMOVED'}
            url={urlOfFile(pair, addressOf(of, file.path), 'debdiff', filter)}
          />
        )}
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

interface FileFactsProps {
  readonly of: FileFactsFragment
  readonly name: string
  readonly url: string
  /** Whether the new package has it. */
  readonly isNew: boolean
}

function FileFacts({ of, name, url, isNew }: FileFactsProps) {
  return (
    <>
      <code class="path">
        <a href={url}>{visible(name)}</a>
        {of.target !== null && <span class="target"> → {visible(of.target)}</span>}
      </code>{' '}
      <code class={isNew && grantsMore('', of.mode) ? 'mode chip bad' : 'mode'}>{visible(of.mode)}</code>{' '}
      <code class="owner">{[of.owner, of.group].map((one) => visible(one)).join(':')}</code>
    </>
  )
}
