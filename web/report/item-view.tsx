/**
 * Draws one item of a report's list. Names and lines come from packages, so they are only ever drawn as text.
 */
import { count, counted, visible } from '../ui/format.ts'
import { Badge } from './badge.tsx'
import type { Hunk, Item, Node } from './items.ts'
import { LineView } from './line-view.tsx'
import type { ReportModel } from './model.ts'
import { shortName } from './names.ts'
import { formatPosition, nodePosition, type ReportPosition } from './position.ts'
import { RowView } from './row-view.tsx'

export interface ItemProps {
  readonly model: ReportModel
  readonly item: Item
  /** The position in the URL; null if there is none. */
  readonly target: ReportPosition | null
  /** The URL of a position in this report. */
  readonly linkTo: (position: ReportPosition) => string
}

export function ItemView({ model, item, target, linkTo }: ItemProps) {
  const { ordinal } = item
  if (item.kind === 'head') {
    const node = model.node(ordinal)
    if (!node) return null
    const isTarget = target?.ordinal === ordinal && target.hunk === null
    return <NodeHead node={node} isFolded={model.isFolded(ordinal)} isTarget={isTarget} linkTo={linkTo} />
  }
  const hunk = item.kind === 'piece' ? model.hunk(ordinal, item.hunk) : null
  const content = hunk?.pieces[item.piece]?.content
  if (!hunk || !content) return <p class="coming">Loading …</p>
  const isTarget = target?.ordinal === ordinal && target.hunk === item.hunk
  if (!isTarget && model.isHunkFolded(ordinal, hunk)) return <FoldedHunk hunk={hunk} ordinal={ordinal} />
  const lines = isTarget ? target.lines : null
  const positionOf = (line: number) => formatPosition({ ordinal, hunk: item.hunk, lines: [line, line] })
  return (
    <>
      {item.piece === 0 && <HunkHead hunk={hunk} ordinal={ordinal} isTarget={isTarget} linkTo={linkTo} />}
      {'lines' in content ? (
        <div class="lines">
          {content.lines.map((line) => (
            <LineView
              key={line.position}
              line={line}
              position={positionOf(line.position)}
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
                positionOf={positionOf}
                isTarget={isWithin(lines, position) || isWithin(lines, row.new?.position ?? position)}
              />
            )
          })}
        </div>
      )}
    </>
  )
}

/** Comments that every report has, because the lines below say the same. */
const SILENT = /^Files? .*differ$/i

function NodeHead({
  node: { facts },
  isFolded,
  isTarget,
  linkTo,
}: {
  node: Node
  isFolded: boolean
  isTarget: boolean
  linkTo: ItemProps['linkTo']
}) {
  const { ordinal, depth, source1, source2, comments, stat, ownStat } = facts
  const { added, removed } = stat
  return (
    <div class={`head${isTarget ? ' target' : ''}`} data-ordinal={ordinal}>
      <h2 style={{ '--depth': Math.min(depth - 1, 8) }}>
        <button
          type="button"
          class="fold"
          aria-expanded={!isFolded}
          aria-label={`${isFolded ? 'Unfold' : 'Fold'} ${visible(source2)}`}
          data-fold={ordinal}
        >
          {isFolded ? '▸' : '▾'}
        </button>
        <Badge of={facts} />
        <a class="title" href={linkTo(nodePosition(ordinal))} data-position={ordinal}>
          {source1 === source2 ? (
            <span title={visible(source2)}>{visible(shortName(source2))}</span>
          ) : (
            <>
              {visible(source1)} <span class="arrow">→</span> {visible(source2)}
            </>
          )}
        </a>
        <span class="counts">
          {added > 0 && <ins>+{count(added)}</ins>} {removed > 0 && <del>−{count(removed)}</del>}
          {isFolded && stat.nodes > 1 && <small> {counted(stat.nodes - 1, 'file')} inside</small>}
          {!isFolded && ownStat !== null && ownStat.hunks > 1 && (
            <small> {counted(ownStat.hunks, 'hunk')}</small>
          )}
        </span>
      </h2>
      {comments.map((comment) => (
        <p class={SILENT.test(comment) ? 'comment quiet' : 'comment'} key={comment}>
          {visible(comment)}
        </p>
      ))}
    </div>
  )
}

/** One line for a hunk that changes white space alone. */
function FoldedHunk({ hunk: { facts }, ordinal }: { hunk: Hunk; ordinal: number }) {
  const { position, added, removed, newStart } = facts
  return (
    <button type="button" class="folded-hunk" data-unfold={`${ordinal}.${position}`}>
      White space only, {counted(Math.max(added, removed), 'line')} from line {count(newStart)} · show
    </button>
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
  linkTo: ItemProps['linkTo']
}) {
  const { position: hunk, header, added, removed, cut } = facts
  const position = { ordinal, hunk, lines: null }
  return (
    <div class={`hunk-head${isTarget ? ' target' : ''}`}>
      <a
        href={linkTo(position)}
        data-position={formatPosition(position)}
        title={`Link to this hunk, ${counted(lineCount, 'line')}`}
      >
        {header === null ? 'Lines' : visible(header)}
      </a>
      <span class="counts">
        {added > 0 && <ins>+{count(added)}</ins>} {removed > 0 && <del>−{count(removed)}</del>}
        {cut && <small> truncated by diffoscope</small>}
      </span>
    </div>
  )
}

function isWithin(lines: readonly [number, number] | null, position: number): boolean {
  return lines !== null && lines[0] <= position && position <= lines[1]
}
