/** The packages that were added, removed, changed or not, and their sizes. */
import { useEffect, useRef } from 'preact/hooks'
import { request } from '../api/request.ts'
import {
  type ComparisonPageQuery,
  MorePackagesDocument,
  type PackageChangesFragment,
} from '../generated/graphql.ts'
import type { Pair } from '../pair.ts'
import { Failure } from '../ui/failure.tsx'
import { count, size, sizeChange, visible, words } from '../ui/format.ts'
import { useLoaded } from '../ui/use-loaded.ts'
import { WhenLoaded } from '../ui/when-loaded.tsx'

type Comparison = Extract<ComparisonPageQuery['comparison'], { __typename: 'Comparison' }>
export type Changes = Comparison['binaryChanges']
type Change = PackageChangesFragment['nodes'][number]

const ORDER = ['ADDED', 'REMOVED', 'CHANGED', 'UNCHANGED'] as const

export interface PackageChangesProps {
  readonly of: Changes
  readonly pair: Pair
  /** The package that a link leads to; null if it leads to none. */
  readonly target: string | null
  readonly retry: () => void
}

export function PackageChanges({ of, pair, target, retry }: PackageChangesProps) {
  if (of.__typename !== 'BinaryChangeList')
    return (
      <div class="page">
        <Failure of={of} retry={retry} />
      </div>
    )
  return <AllChanges first={of.changes} {...{ pair, target }} />
}

function AllChanges({
  first,
  pair,
  target,
}: {
  first: PackageChangesFragment
  pair: Pair
  target: string | null
}) {
  const loaded = useLoaded((signal) => allChanges(first, pair, signal), `${pair.old}\n${pair.new}`)
  return (
    <WhenLoaded of={loaded}>
      {(changes) => (
        <div class="page">
          <ChangeTable of={changes} target={target} />
        </div>
      )}
    </WhenLoaded>
  )
}

/** The packages of the first page, and of those after it. */
async function allChanges(
  first: PackageChangesFragment,
  pair: Pair,
  signal: AbortSignal,
): Promise<readonly Change[]> {
  const all = [...first.nodes]
  for (let { pageInfo } = first; pageInfo.hasNextPage && pageInfo.endCursor !== null; ) {
    const { comparison } = await request(MorePackagesDocument, { ...pair, after: pageInfo.endCursor }, signal)
    const list = 'binaryChanges' in comparison ? comparison.binaryChanges : {}
    if (!('changes' in list)) break
    all.push(...list.changes.nodes)
    pageInfo = list.changes.pageInfo
  }
  return all
}

/** How many packages changed in each way, the total size, and a table of all. */
export function ChangeTable({ of: nodes, target = null }: { of: readonly Change[]; target?: string | null }) {
  const kinds = ORDER.map((kind) => ({ kind, changes: nodes.filter((change) => change.kind === kind) }))
  const total = (side: 'old' | 'new') => nodes.reduce((sum, change) => sum + (change[side]?.size ?? 0), 0)
  return (
    <>
      <h2>Packages</h2>
      <ul class="summary">
        {kinds.map(({ kind, changes }) => (
          <li key={kind} class={`change ${kind.toLowerCase()}`}>
            <strong>{count(changes.length)}</strong> {words(kind)}
          </li>
        ))}
        <li>
          Total size {size(total('old'))} → {size(total('new'))} (
          <strong>{sizeChange(total('new') - total('old'))}</strong>)
        </li>
      </ul>
      <section class="scrolls" aria-label="Packages" tabindex={0}>
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
              changes.map((change) => (
                <PackageRow
                  key={keyOf(change)}
                  of={change}
                  isTarget={(change.new ?? change.old)?.package === target}
                />
              )),
            )}
          </tbody>
        </table>
      </section>
    </>
  )
}

function PackageRow({ of: { kind, old, new: newer }, isTarget }: { of: Change; isTarget: boolean }) {
  const row = useRef<HTMLTableRowElement>(null)
  useEffect(() => {
    if (isTarget) row.current?.scrollIntoView({ block: 'center' })
  }, [isTarget])
  const either = newer ?? old
  if (!either) return null
  return (
    <tr ref={row} class={isTarget ? 'target' : undefined}>
      <th scope="row">
        {visible(either.package)} {either.kind === 'UDEB' && <small>udeb</small>}
      </th>
      <td>{visible(either.architecture)}</td>
      <td>
        <span class={`change ${kind.toLowerCase()}`}>{words(kind)}</span>
      </td>
      <td class="versions">{old ? visible(old.version) : '–'}</td>
      <td class="versions">{newer ? visible(newer.version) : '–'}</td>
      <td class="number">{size(either.size)}</td>
      <td class="number">{sizeChange((newer?.size ?? 0) - (old?.size ?? 0))}</td>
    </tr>
  )
}

function keyOf({ old, new: newer }: Change): string {
  return `${old?.filename} ${newer?.filename}`
}
