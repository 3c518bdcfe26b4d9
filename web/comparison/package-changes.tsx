/** What became of each package, and how much larger it is. */
import type { BinaryFactsFragment, ComparisonPageQuery } from '../generated/graphql.ts'
import { Failure } from '../ui/failure.tsx'
import { count, size, sizeChange, visible, words } from '../ui/format.ts'

type Comparison = Extract<ComparisonPageQuery['comparison'], { __typename: 'Comparison' }>
type Changes = Comparison['binaryChanges']
type Change = Extract<Changes, { __typename: 'BinaryChangeList' }>['nodes'][number]

const ORDER = ['ADDED', 'REMOVED', 'CHANGED', 'UNCHANGED'] as const

export function PackageChanges({ of, retry }: { of: Changes; retry: () => void }) {
  if (of.__typename !== 'BinaryChangeList')
    return (
      <div class="page">
        <Failure of={of} retry={retry} />
      </div>
    )
  const { nodes } = of
  const kinds = ORDER.map((kind) => ({ kind, changes: nodes.filter((change) => change.kind === kind) }))
  const total = (side: 'old' | 'new') => nodes.reduce((sum, change) => sum + (change[side]?.size ?? 0), 0)
  return (
    <div class="page">
      <h2>Packages</h2>
      <ul class="summary">
        {kinds.map(({ kind, changes }) => (
          <li key={kind} class={`change ${kind.toLowerCase()}`}>
            <strong>{count(changes.length)}</strong> {words(kind)}
          </li>
        ))}
        <li>
          <strong>{sizeChange(total('new') - total('old'))}</strong> in all, of {size(total('old'))}
        </li>
      </ul>
      <div class="scrolls" role="region" aria-label="Packages" tabindex={0}>
        <table class="packages">
          <thead>
            <tr>
              <th scope="col">Package</th>
              <th scope="col">Architecture</th>
              <th scope="col">Change</th>
              <th scope="col">Old version</th>
              <th scope="col">New version</th>
              <th scope="col" class="number">
                Size
              </th>
              <th scope="col" class="number">
                Difference
              </th>
            </tr>
          </thead>
          <tbody>
            {kinds.flatMap(({ changes }) =>
              changes.map((change) => <PackageRow key={nameOf(change)} of={change} />),
            )}
          </tbody>
        </table>
      </div>
    </div>
  )
}

function PackageRow({ of: { kind, old, new: fresh } }: { of: Change }) {
  const either = (fresh ?? old) as BinaryFactsFragment
  return (
    <tr>
      <th scope="row">
        {visible(either.package)} {either.kind === 'UDEB' && <small>udeb</small>}
      </th>
      <td>{visible(either.architecture)}</td>
      <td>
        <span class={`change ${kind.toLowerCase()}`}>{words(kind)}</span>
      </td>
      <td>{old ? visible(old.version) : '–'}</td>
      <td>{fresh ? visible(fresh.version) : '–'}</td>
      <td class="number">{size(either.size)}</td>
      <td class="number">{sizeChange((fresh?.size ?? 0) - (old?.size ?? 0))}</td>
    </tr>
  )
}

function nameOf({ old, new: fresh }: Change): string {
  return `${old?.filename} ${fresh?.filename}`
}
