/** The tree of a report's files. Its keys follow ARIA's tree view pattern. */
import { useRef, useState } from 'preact/hooks'
import type { NodeFactsFragment } from '../generated/graphql.ts'
import { CutName } from '../ui/cut-name.tsx'
import { count, visible } from '../ui/format.ts'
import { Grip } from '../ui/grip.tsx'
import { Icon } from '../ui/icon.tsx'
import { Badge } from './badge.tsx'
import { FindPath } from './find-path.tsx'
import { badgeOf, cutInMiddle } from './names.ts'
import { hasChildren, type Levels, type TreeLevels, useTreeLevels } from './use-tree-levels.ts'

/** Deeper items are not indented further. */
const MAX_INDENT = 12

export interface TreeProps {
  /** The report's global id. */
  readonly report: string
  /** The paths of the nodes that are unfolded, which the tree changes. */
  readonly unfolded: Set<string>
  /** The ordinal of the node at the top of the viewport. */
  readonly current: number
  readonly goTo: (ordinal: number) => void
}

export function Tree({ report, unfolded, current, goTo }: TreeProps) {
  const tree = useTreeLevels(report, unfolded)
  const { levels, open, failure, load, unfold } = tree
  /** The ordinal of the only item that Tab reaches. */
  const [active, setActive] = useState<number | null>(null)
  const element = useRef<HTMLDivElement>(null)
  const items = visibleItems(levels, open, report)
  const focus = (node: NodeFactsFragment | undefined) => {
    if (!node) return
    setActive(node.ordinal)
    element.current?.querySelector<HTMLElement>(`[data-ordinal="${node.ordinal}"]`)?.focus()
  }
  const keyPressed = (event: KeyboardEvent) => {
    const at = items.findIndex(({ ordinal }) => ordinal === active)
    const node = items[at]
    if (!node || event.ctrlKey || event.metaKey || event.altKey) return
    const isOpen = open.has(node.id)
    const parent = items.slice(0, at).findLast(({ depth }) => depth < node.depth)
    const keys: Readonly<Record<string, () => void>> = {
      ArrowDown: () => focus(items[at + 1]),
      ArrowUp: () => focus(items[at - 1]),
      Home: () => focus(items[0]),
      End: () => focus(items.at(-1)),
      ArrowRight: () =>
        isOpen ? focus(levels.get(node.id)?.nodes[0]) : hasChildren(node) && unfold(node, true),
      ArrowLeft: () => (isOpen ? unfold(node, false) : focus(parent)),
      Enter: () => goTo(node.ordinal),
      ' ': () => goTo(node.ordinal),
    }
    const run = keys[event.key]
    if (!run) return
    event.preventDefault()
    event.stopPropagation()
    run()
  }
  return (
    <nav id="tree" class="tree" aria-label="Changed files">
      <Grip />
      <FindPath report={report} goTo={goTo} />
      {failure && (
        <p role="alert">
          {failure}{' '}
          <button type="button" onClick={() => void load(report)}>
            Try again
          </button>
        </p>
      )}
      <div ref={element} role="tree" aria-label="Changed files" onKeyDown={keyPressed}>
        <Branch
          tree={tree}
          parent={report}
          selected={items.findLast(({ ordinal }) => ordinal <= current)?.ordinal ?? null}
          tabStop={active ?? items[0]?.ordinal ?? null}
          setActive={setActive}
          goTo={goTo}
        />
      </div>
    </nav>
  )
}

interface BranchProps {
  readonly tree: TreeLevels
  /** Id of the node above. */
  readonly parent: string
  /** The ordinal of the selected item. */
  readonly selected: number | null
  /** The ordinal of the item that Tab reaches. */
  readonly tabStop: number | null
  readonly setActive: (ordinal: number) => void
  readonly goTo: (ordinal: number) => void
}

function Branch(props: BranchProps) {
  const { tree, parent } = props
  const level = tree.levels.get(parent)
  if (!level) return null
  const load = () => void tree.load(parent)
  return (
    <>
      {level.nodes.map((node) => (
        <div key={node.id} role="none">
          <TreeItem {...props} node={node} />
          {tree.open.has(node.id) && (
            // biome-ignore lint/a11y/useSemanticElements: a group of tree items is not a fieldset
            <div role="group">
              <Branch {...props} parent={node.id} />
            </div>
          )}
        </div>
      ))}
      {level.next !== null && (
        <div
          role="treeitem"
          aria-selected={false}
          tabIndex={0}
          class="item more"
          onClick={load}
          onKeyDown={(event) => event.key === 'Enter' && load()}
        >
          {level.total === null ? 'More' : `${count(level.total - level.nodes.length)} more`}
        </div>
      )}
    </>
  )
}

function TreeItem({
  tree,
  node,
  selected,
  tabStop,
  setActive,
  goTo,
}: BranchProps & { node: NodeFactsFragment }) {
  const { id, ordinal, depth, stat } = node
  const isOpen = tree.open.has(id)
  // What only the old package has is named there.
  const name = badgeOf(node) === 'removed' ? node.source1 : node.source2
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree handles the keys of its items
    <div
      role="treeitem"
      aria-level={depth}
      aria-expanded={hasChildren(node) ? isOpen : undefined}
      aria-selected={ordinal === selected}
      tabIndex={ordinal === tabStop ? 0 : -1}
      data-ordinal={ordinal}
      class="item"
      style={{ '--depth': Math.min(depth - 1, MAX_INDENT) }}
      onFocus={() => setActive(ordinal)}
      onClick={(event) => {
        if ((event.target as Element).closest('.twist')) tree.unfold(node, !isOpen)
        else goTo(ordinal)
      }}
    >
      <span class="twist" aria-hidden="true">
        {hasChildren(node) && <Icon name={isOpen ? 'open' : 'closed'} />}
      </span>
      <Badge of={node} />
      <span class="name" title={visible(name)}>
        <CutName parts={cutInMiddle(name)} />
      </span>
      <span class="counts">
        {stat.added > 0 && <ins>+{count(stat.added)}</ins>}{' '}
        {stat.removed > 0 && <del>−{count(stat.removed)}</del>}
      </span>
    </div>
  )
}

/** The items in their order on the screen. */
function visibleItems(levels: Levels, open: ReadonlySet<string>, parent: string): NodeFactsFragment[] {
  return (levels.get(parent)?.nodes ?? []).flatMap((node) => [
    node,
    ...(open.has(node.id) ? visibleItems(levels, open, node.id) : []),
  ])
}
