/**
 * Draws one item of a report's list. Names and lines come from packages, so they are only ever drawn as text.
 */
import { count, counted, visible } from '../ui/format.ts'
import { Icon } from '../ui/icon.tsx'
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
    if (model.isJoined(ordinal)) return null
    const joined: Node[] = []
    for (let above = model.node(ordinal - 1); above && model.isJoined(above.facts.ordinal); ) {
      joined.unshift(above)
      above = model.node(above.facts.ordinal - 1)
    }
    const first = joined[0]?.facts.ordinal ?? ordinal
    const isTarget = target?.hunk === null && first <= target.ordinal && target.ordinal <= ordinal
    const head = { node, joined, isTarget, linkTo }
    return <NodeHead isFolded={model.isFolded(ordinal)} {...head} />
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
      {item.piece === 0 && (
        <HunkHead hunk={hunk} ordinal={ordinal} isTarget={isTarget && lines === null} linkTo={linkTo} />
      )}
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
  joined,
  isFolded,
  isTarget,
  linkTo,
}: {
  node: Node
  /** The nodes above it whose headings are joined to this one, outermost first. */
  joined: readonly Node[]
  isFolded: boolean
  isTarget: boolean
  linkTo: ItemProps['linkTo']
}) {
  const { ordinal, depth, source1, source2, comments, stat, ownStat } = facts
  const { added, removed } = stat
  const isEmpty = (ownStat?.hunks ?? 0) === 0 && comments.length === 0
  return (
    <div class={`head${isTarget ? ' target' : ''}${isEmpty ? ' empty-head' : ''}`} data-ordinal={ordinal}>
      <div class="head-line" style={{ '--depth': Math.min(depth - 1 - joined.length, 8) }}>
        <button
          type="button"
          class="fold"
          aria-expanded={!isFolded}
          aria-label={`${isFolded ? 'Unfold' : 'Fold'} ${visible(source2)}`}
          data-fold={ordinal}
        >
          <Icon name={isFolded ? 'closed' : 'open'} />
        </button>
        <h2>
          <Badge of={facts} />
          <a class="title" href={linkTo(nodePosition(ordinal))} data-position={ordinal}>
            {joined.length > 0 && <span class="joined">{joinedNames(joined, source2)}</span>}
            {source1 === source2 ? (
              <span title={visible(source2)}>{visible(shortName(source2))}</span>
            ) : (
              <>
                {visible(source1)} <span class="arrow">→</span> {visible(source2)}
              </>
            )}
          </a>
        </h2>
        <span class="counts">
          {added > 0 && <ins>+{count(added)}</ins>} {removed > 0 && <del>−{count(removed)}</del>}
          {isFolded && stat.nodes > 1 && <small> {counted(stat.nodes - 1, 'file')} inside</small>}
          {!isFolded && ownStat !== null && ownStat.hunks > 1 && (
            <small> {counted(ownStat.hunks, 'hunk')}</small>
          )}
        </span>
      </div>
      {comments.map((comment) => (
        <p class={SILENT.test(comment) ? 'comment quiet' : 'comment'} key={comment}>
          {visible(comment)}
        </p>
      ))}
    </div>
  )
}

/** `control.tar.xz / `; a name that is repeated below it is left out. */
function joinedNames(joined: readonly Node[], name: string): string {
  const names = [...joined.map(({ facts }) => facts.source2), name]
  return names
    .filter((one, at) => at < names.length - 1 && one !== names[at + 1])
    .map((one) => `${visible(one)} / `)
    .join('')
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
