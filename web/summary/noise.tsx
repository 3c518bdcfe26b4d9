/** The classes of noise as grey lines with counts; each opens to its files. */
import { request } from '../api/request.ts'
import { NoiseFilesDocument } from '../generated/graphql.ts'
import type { Pair } from '../pair.ts'
import { counted, visible } from '../ui/format.ts'
import { More, usePages } from '../ui/more.tsx'
import { FileItems } from './changed-files.tsx'
import type { ChangedFile, Summary } from './summary.ts'

export function Noise({ of, pair }: { of: Summary['noise']; pair: Pair }) {
  if (of.length === 0) return null
  return (
    <section class="noise" aria-labelledby="answer-noise">
      <h2 id="answer-noise">Noise, which every rebuild makes</h2>
      <NoiseLines of={of} pair={pair} />
    </section>
  )
}

/** A grey line for each class. */
export function NoiseLines({ of, pair }: { of: Summary['noise']; pair: Pair }) {
  if (of.length === 0) return null
  return (
    <div class="noise">
      {of.map((one) => (
        <NoiseClass key={one.class} of={one} pair={pair} />
      ))}
    </div>
  )
}

function NoiseClass({ of, pair }: { of: Summary['noise'][number]; pair: Pair }) {
  const pages = usePages<ChangedFile>(null, async (after) => {
    const { comparison } = await request(NoiseFilesDocument, { ...pair, class: of.class, after })
    const summary = 'summary' in comparison ? comparison.summary : {}
    return 'files' in summary ? summary.files : null
  })
  const open = (isOpen: boolean) => {
    if (isOpen && pages.total === null) pages.loadMore()
  }
  return (
    <details onToggle={(event) => open(event.currentTarget.open)}>
      <summary>
        <strong>{visible(of.description)}</strong> <small>{counted(of.files, 'file')}</small>{' '}
        <code>{of.class}</code>
      </summary>
      {pages.total === 0 && <p class="empty">This is in the package itself or its control file.</p>}
      <FileItems files={pages.nodes} pair={pair} />
      <More of={pages} what="files" />
    </details>
  )
}
