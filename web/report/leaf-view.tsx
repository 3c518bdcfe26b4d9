/** One leaf of a report's column. Everything shown is text of packages: it goes out as text, never as markup. */
import { count, counted, visible } from '../ui/format.ts'
import { LineView } from './line-view.tsx'
import type { Hunk, Leaf, Node, ReportModel } from './model.ts'
import { type ReportPlace, writePlace } from './place.ts'
import { RowView } from './row-view.tsx'

export interface LeafProps {
  readonly model: ReportModel
  readonly leaf: Leaf
  /** What is pointed at; null if nothing. */
  readonly target: ReportPlace | null
  /** The address of a place in this report. */
  readonly linkTo: (place: ReportPlace) => string
}

export function LeafView({ model, leaf, target, linkTo }: LeafProps) {
  const { ordinal } = leaf
  if (leaf.kind === 'head') {
    const node = model.node(ordinal)
    return (
      node && (
        <Head
          node={node}
          isFolded={model.isFolded(ordinal)}
          isTarget={isNode(target, ordinal)}
          linkTo={linkTo}
        />
      )
    )
  }
  const hunk = leaf.kind === 'piece' ? model.hunk(ordinal, leaf.hunk) : null
  const content = hunk?.pieces[leaf.piece]?.content
  if (!hunk || !content) return <p class="coming">Loading …</p>
  const isHere = target?.ordinal === ordinal && target.hunk === leaf.hunk
  const lines = isHere ? target.lines : null
  const place = (position: number) => writePlace({ ordinal, hunk: leaf.hunk, lines: [position, position] })
  return (
    <>
      {leaf.piece === 0 && <HunkHead hunk={hunk} ordinal={ordinal} isTarget={isHere} linkTo={linkTo} />}
      {'lines' in content ? (
        <div class="lines">
          {content.lines.map((line) => (
            <LineView
              key={line.position}
              line={line}
              place={place(line.position)}
              isTarget={isWithin(lines, line.position)}
            />
          ))}
        </div>
      ) : (
        <div class="rows">
          {content.rows.map((row) => {
            const position = (row.old ?? row.new)?.position ?? 0
            return (
              <RowView
                key={`${row.old?.position} ${row.new?.position}`}
                row={row}
                place={place}
                isTarget={isWithin(lines, position) || isWithin(lines, row.new?.position ?? position)}
              />
            )
          })}
        </div>
      )}
    </>
  )
}

function Head({
  node: { facts },
  isFolded,
  isTarget,
  linkTo,
}: {
  node: Node
  isFolded: boolean
  isTarget: boolean
  linkTo: LeafProps['linkTo']
}) {
  const { ordinal, depth, source1, source2, comments, stat, ownStat } = facts
  const { added, removed } = stat
  return (
    <div class={`head${isTarget ? ' target' : ''}`} data-ordinal={ordinal}>
      <h3 style={{ '--depth': Math.min(depth - 1, 8) }}>
        <button
          type="button"
          class="fold"
          aria-expanded={!isFolded}
          aria-label={`${isFolded ? 'Unfold' : 'Fold'} ${visible(source2)}`}
          data-fold={ordinal}
        >
          {isFolded ? '▸' : '▾'}
        </button>
        <a class="title" href={linkTo({ ordinal, hunk: null, lines: null })} data-place={ordinal}>
          {source1 === source2 ? (
            visible(source2)
          ) : (
            <>
              {visible(source1)} <span class="arrow">→</span> {visible(source2)}
            </>
          )}
        </a>
        <span class="counts">
          {added > 0 && <ins>+{count(added)}</ins>} {removed > 0 && <del>−{count(removed)}</del>}
          {isFolded && stat.nodes > 1 && <small> {counted(stat.nodes - 1, 'thing')} below</small>}
          {!isFolded && ownStat !== null && ownStat.hunks > 1 && (
            <small> {counted(ownStat.hunks, 'place')}</small>
          )}
        </span>
      </h3>
      {comments.map((comment) => (
        <p class="comment" key={comment}>
          {visible(comment)}
        </p>
      ))}
    </div>
  )
}

function HunkHead({
  hunk: { facts, lineCount },
  ordinal,
  isTarget,
  linkTo,
}: {
  hunk: Hunk
  ordinal: number
  isTarget: boolean
  linkTo: LeafProps['linkTo']
}) {
  const { position, header, added, removed, cut } = facts
  const place = { ordinal, hunk: position, lines: null }
  return (
    <div class={`hunk-head${isTarget ? ' target' : ''}`}>
      <a
        href={linkTo(place)}
        data-place={writePlace(place)}
        title={`A link to this place, ${counted(lineCount, 'line')}`}
      >
        {header === null ? 'Lines' : visible(header)}
      </a>
      <span class="counts">
        {added > 0 && <ins>+{count(added)}</ins>} {removed > 0 && <del>−{count(removed)}</del>}
        {cut && <small> cut by the tool</small>}
      </span>
    </div>
  )
}

function isNode(target: ReportPlace | null, ordinal: number): boolean {
  return target?.ordinal === ordinal && target.hunk === null
}

function isWithin(lines: readonly [number, number] | null, position: number): boolean {
  return lines !== null && lines[0] <= position && position <= lines[1]
}
