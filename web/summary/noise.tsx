/** The classes of noise as grey lines with counts; each opens to its files. */
import { useState } from 'preact/hooks'
import { request } from '../api/request.ts'
import { NoiseFilesDocument } from '../generated/graphql.ts'
import type { Pair } from '../pair.ts'
import { Failure } from '../ui/failure.tsx'
import { count, counted, visible } from '../ui/format.ts'
import { FileItems } from './changed-files.tsx'
import type { ChangedFile, Summary } from './summary.ts'

export function Noise({ of, pair }: { of: Summary['noise']; pair: Pair }) {
  if (of.length === 0) return null
  return (
    <section class="noise" aria-labelledby="answer-noise">
      <h2 id="answer-noise">Noise, which every rebuild makes</h2>
      {of.map((one) => (
        <NoiseClass key={one.class} of={one} pair={pair} />
      ))}
    </section>
  )
}

interface Files {
  readonly files: readonly ChangedFile[]
  readonly after: string | null
  /** Null before the first page. */
  readonly total: number | null
}

const NOT_LOADED: Files = { files: [], after: null, total: null }

function NoiseClass({ of, pair }: { of: Summary['noise'][number]; pair: Pair }) {
  const [{ files, after, total }, setFiles] = useState(NOT_LOADED)
  const [failure, setFailure] = useState<Error | null>(null)
  const loadMore = async () => {
    setFailure(null)
    try {
      const { comparison } = await request(NoiseFilesDocument, { ...pair, class: of.class, after })
      const summary = 'summary' in comparison ? comparison.summary : {}
      if (!('files' in summary)) return
      const { nodes, pageInfo, totalCount } = summary.files
      setFiles({ files: [...files, ...nodes], after: pageInfo.endCursor ?? null, total: totalCount })
    } catch (error) {
      setFailure(error as Error)
    }
  }
  const open = (isOpen: boolean) => {
    if (isOpen && total === null) void loadMore()
  }
  const left = (total ?? 0) - files.length
  return (
    <details onToggle={(event) => open(event.currentTarget.open)}>
      <summary>
        <strong>{visible(of.description)}</strong> <small>{counted(of.files, 'file')}</small>{' '}
        <code>{of.class}</code>
      </summary>
      {total === 0 && <p class="empty">This is in the package itself or its control file.</p>}
      <FileItems files={files} pair={pair} />
      {failure && <Failure of={failure} retry={() => void loadMore()} />}
      {left > 0 && (
        <button type="button" onClick={() => void loadMore()}>
          Show more files of {count(left)}
        </button>
      )}
    </details>
  )
}
