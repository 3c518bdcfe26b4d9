/** What is known of two runs while their packages are being read for the summary. */
import { counted, size } from '../ui/format.ts'
import { type Changes, ChangeTable } from './package-changes.tsx'

/** @param changes null while they are loading */
export function Reading({ changes }: { changes: Changes | null }) {
  const list = changes?.__typename === 'BinaryChangeList' ? changes.changes : null
  const nodes = list?.nodes ?? []
  const packages = nodes.flatMap(({ old, new: newer }) => [old ?? [], newer ?? []].flat())
  const bytes = packages.reduce((sum, one) => sum + one.size, 0)
  const what = `${counted(packages.length, 'package')}, ${size(bytes)}`
  return (
    <>
      <section class="progress reading" role="status">
        <h2>
          Reading {list ? what : 'the packages'}
          {list?.pageInfo.hasNextPage && ' and more'} …
        </h2>
        <progress aria-label="Reading the packages" />
        <p>
          There is no summary of this comparison yet. Differ unpacks the packages and compares what is inside.
        </p>
      </section>
      {list && <ChangeTable of={nodes} />}
    </>
  )
}
