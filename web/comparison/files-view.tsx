/** The files that differ, according to the summary. Each leads to its own report. */
import { useState } from 'preact/hooks'
import { request } from '../api/request.ts'
import { FilesPageDocument, type FilesPageQuery } from '../generated/graphql.ts'
import { NotReady } from '../jobs/not-ready.tsx'
import type { Pair } from '../pair.ts'
import { fileKey } from '../review/viewed.ts'
import { Failure } from '../ui/failure.tsx'
import { urlOfFile } from '../ui/file-address.ts'
import { FilterSwitch } from '../ui/filter-switch.tsx'
import { count, counted, visible, words } from '../ui/format.ts'
import { More, usePages } from '../ui/more.tsx'
import { useLoaded } from '../ui/use-loaded.ts'
import { WhenLoaded } from '../ui/when-loaded.tsx'
import { useViewedFiles } from './use-viewed-files.ts'
import { ViewedBox } from './viewed-box.tsx'

type Comparison = Extract<FilesPageQuery['comparison'], { __typename: 'Comparison' }>
type FilesPage = Extract<Comparison['summary'], { __typename: 'Summary' }>['files']
type ChangedFile = FilesPage['nodes'][number]

/** With noise hidden, only files that differ by more than noise. */
const variablesOf = (pair: Pair, filter: boolean, after: string | null) => ({
  ...pair,
  substantive: filter ? true : null,
  after,
})

export function FilesView({ pair, filter }: { pair: Pair; filter: boolean }) {
  const about = `${pair.old}\n${pair.new}\n${filter}`
  const loaded = useLoaded(
    (signal) => request(FilesPageDocument, variablesOf(pair, filter, null), signal),
    about,
  )
  const { reload } = loaded
  return (
    <WhenLoaded of={loaded}>
      {({ comparison }) => {
        if (comparison.__typename !== 'Comparison') return <Failure of={comparison} retry={reload} />
        const { summary } = comparison
        if (summary.__typename !== 'Summary') return <NotReady of={summary} pair={pair} reload={reload} />
        return <FileTable key={about} first={summary.files} pair={pair} filter={filter} />
      }}
    </WhenLoaded>
  )
}

function FileTable({ first, pair, filter }: { first: FilesPage; pair: Pair; filter: boolean }) {
  const pages = usePages(first, async (after) => {
    const { comparison } = await request(FilesPageDocument, variablesOf(pair, filter, after))
    const summary = comparison.__typename === 'Comparison' ? comparison.summary : null
    return summary?.__typename === 'Summary' ? summary.files : null
  })
  const [wanted, setWanted] = useState('')
  const viewed = useViewedFiles(pair)
  const parts = wanted.toLowerCase().split(' ')
  const files = pages.nodes.filter((file) =>
    parts.every((word) => `${file.package} ${file.path}`.toLowerCase().includes(word)),
  )
  const seen = pages.nodes.filter((file) => viewed.has(fileKey(file.package, file.path))).length
  return (
    <div class="page">
      <div class="toolbar">
        <label class="narrow">
          <span class="hidden">Filter files</span>
          <input
            type="search"
            placeholder="Filter files"
            maxLength={200}
            value={wanted}
            onInput={(event) => setWanted(event.currentTarget.value)}
          />
        </label>
        <p class="totals">
          <strong>{counted(first.totalCount, 'file')}</strong>{' '}
          {filter ? 'differ by more than noise' : 'differ'}, {count(seen)} viewed
        </p>
        <FilterSwitch on={filter} />
      </div>
      {first.totalCount === 0 && <p class="empty">No differences{filter && ' apart from noise'}.</p>}
      {first.totalCount > 0 && files.length === 0 && <p class="empty">No file matches.</p>}
      {files.length > 0 && (
        <section class="scrolls" aria-label="Files" tabindex={0}>
          <table>
            <thead>
              <tr>
                <th scope="col">File</th>
                <th scope="col">Package</th>
                <th scope="col">Change</th>
                <th scope="col">Noise</th>
                <th scope="col">Viewed</th>
              </tr>
            </thead>
            <tbody>
              {files.map((file) => (
                <FileRow
                  key={fileKey(file.package, file.path)}
                  of={file}
                  pair={pair}
                  filter={filter}
                  isViewed={viewed.has(fileKey(file.package, file.path))}
                />
              ))}
            </tbody>
          </table>
        </section>
      )}
      <More of={pages} what="files" />
    </div>
  )
}

interface FileRowProps {
  readonly of: ChangedFile
  readonly pair: Pair
  readonly filter: boolean
  readonly isViewed: boolean
}

function FileRow({ of, pair, filter, isViewed }: FileRowProps) {
  const { package: name, path, oldPath = null, change, noise, substantive } = of
  const file = { package: name, path, oldPath, oldPackage: null }
  return (
    <tr class={isViewed ? 'viewed' : undefined}>
      <th scope="row">
        <a href={urlOfFile(pair, file, 'files', filter && substantive)}>
          <code>{visible(path)}</code>
        </a>
        {oldPath !== null && (
          <small>
            {' '}
            was <code>{visible(oldPath)}</code>
          </small>
        )}
      </th>
      <td>{visible(name)}</td>
      <td>
        <span class={`change ${change.toLowerCase()}`}>{words(change)}</span>
      </td>
      <td>
        {noise.join(', ')}
        {noise.length > 0 && substantive && ' and more'}
      </td>
      <td>
        <ViewedBox pair={pair} file={fileKey(name, path)} isViewed={isViewed} path={path} />
      </td>
    </tr>
  )
}
