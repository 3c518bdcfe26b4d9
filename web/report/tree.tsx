/** The report's tree: unfolded level by level, each loaded when it is opened. Keys are those of every tree (ARIA's pattern). */
import { useEffect, useRef, useState } from 'preact/hooks'
import { request } from '../api/request.ts'
import { type NodeFactsFragment, TreeBelowDocument, TreeTopDocument } from '../generated/graphql.ts'
import { count, visible } from '../ui/format.ts'

interface Level {
  readonly nodes: readonly NodeFactsFragment[]
  /** Where to go on; null at the end. */
  readonly next: string | null
  readonly total: number | null
}

/** Levels that have been loaded, by the id of the node above; the report's own id for the top. */
type Levels = ReadonlyMap<string, Level>

export function Tree({
  report,
  current,
  goTo,
}: {
  report: string
  /** Ordinal of the node in view. */
  current: number
  goTo: (ordinal: number) => void
}) {
  const [levels, setLevels] = useState<Levels>(new Map())
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set())
  const [trouble, setTrouble] = useState<string | null>(null)
  /** Ordinal of the one item that Tab leads to. */
  const [active, setActive] = useState<number | null>(null)
  const tree = useRef<HTMLDivElement>(null)

  const load = async (above: string) => {
    const after = levels.get(above)?.next ?? null
    setTrouble(null)
    try {
      const level = await loadLevel(report, above, after)
      if (!level) return
      setLevels((old) => {
        const nodes = after === null ? level.nodes : [...(old.get(above)?.nodes ?? []), ...level.nodes]
        return new Map(old).set(above, { ...level, nodes })
      })
      // A chain of single things is opened to its end: nobody stops at data.tar.xz.
      const [only] = level.nodes
      if (after === null && level.nodes.length === 1 && only && hasChildren(only)) unfold(only, true)
    } catch (error) {
      setTrouble((error as Error).message)
    }
  }
  const unfold = (node: NodeFactsFragment, wanted: boolean) => {
    setOpen((old) => {
      const now = new Set(old)
      if (wanted) now.add(node.id)
      else now.delete(node.id)
      return now
    })
    if (wanted && !levels.has(node.id)) void load(node.id)
  }
  // once for each report.
  useEffect(() => {
    void load(report)
  }, [report])

  const items = shownItems(levels, open, report)
  const focus = (node: NodeFactsFragment | undefined) => {
    if (!node) return
    setActive(node.ordinal)
    tree.current?.querySelector<HTMLElement>(`[data-ordinal="${node.ordinal}"]`)?.focus()
  }
  const pressed = (event: KeyboardEvent) => {
    const at = items.findIndex(({ ordinal }) => ordinal === active)
    const node = items[at]
    if (!node || event.ctrlKey || event.metaKey || event.altKey) return
    const isOpen = open.has(node.id)
    const keys: Readonly<Record<string, () => void>> = {
      ArrowDown: () => focus(items[at + 1]),
      ArrowUp: () => focus(items[at - 1]),
      Home: () => focus(items[0]),
      End: () => focus(items.at(-1)),
      ArrowRight: () =>
        isOpen ? focus(levels.get(node.id)?.nodes[0]) : hasChildren(node) && unfold(node, true),
      ArrowLeft: () =>
        isOpen ? unfold(node, false) : focus(items.slice(0, at).findLast(({ depth }) => depth < node.depth)),
      Enter: () => goTo(node.ordinal),
      ' ': () => goTo(node.ordinal),
    }
    const run = keys[event.key]
    if (!run) return
    event.preventDefault()
    event.stopPropagation()
    run()
  }
  const inView = items.findLast(({ ordinal }) => ordinal <= current)?.ordinal
  const branch = (above: string) => {
    const level = levels.get(above)
    if (!level) return null
    return (
      <>
        {level.nodes.map((node) => {
          const { id, ordinal, source2, stat } = node
          const isOpen = open.has(id)
          return (
            <div key={id} role="none">
              <div
                role="treeitem"
                aria-level={node.depth}
                aria-expanded={hasChildren(node) ? isOpen : undefined}
                aria-selected={ordinal === inView}
                tabindex={ordinal === (active ?? items[0]?.ordinal) ? 0 : -1}
                data-ordinal={ordinal}
                class="item"
                style={{ '--depth': Math.min(node.depth - 1, 12) }}
                onFocus={() => setActive(ordinal)}
                onClick={(event) => {
                  if ((event.target as Element).closest('.twist')) unfold(node, !isOpen)
                  else goTo(ordinal)
                }}
              >
                <span class="twist" aria-hidden="true">
                  {hasChildren(node) ? (isOpen ? '▾' : '▸') : ''}
                </span>
                <span class="name" title={visible(source2)}>
                  {visible(source2)}
                </span>
                <span class="counts">
                  {stat.added > 0 && <ins>+{count(stat.added)}</ins>}{' '}
                  {stat.removed > 0 && <del>−{count(stat.removed)}</del>}
                </span>
              </div>
              {isOpen && <div role="group">{branch(id)}</div>}
            </div>
          )
        })}
        {level.next !== null && (
          <div
            role="treeitem"
            aria-selected={false}
            tabindex={0}
            class="item more"
            onClick={() => void load(above)}
            onKeyDown={(event) => event.key === 'Enter' && void load(above)}
          >
            {level.total === null ? 'More' : `${count(level.total - level.nodes.length)} more`}
          </div>
        )}
      </>
    )
  }
  return (
    <nav id="tree" class="tree" aria-label="What differs">
      {trouble && (
        <p role="alert">
          {trouble}{' '}
          <button type="button" onClick={() => void load(report)}>
            Try again
          </button>
        </p>
      )}
      <div ref={tree} role="tree" aria-label="What differs" onKeyDown={pressed}>
        {branch(report)}
      </div>
    </nav>
  )
}

async function loadLevel(report: string, above: string, after: string | null): Promise<Level | null> {
  if (above === report) {
    const { node } = await request(TreeTopDocument, { report, after })
    return node && 'root' in node ? levelOf(node.root.children) : null
  }
  const { node } = await request(TreeBelowDocument, { node: above, after })
  return node && 'children' in node ? levelOf(node.children) : null
}

function levelOf({
  nodes,
  totalCount,
  pageInfo,
}: {
  nodes: readonly NodeFactsFragment[]
  totalCount: number | null
  pageInfo: { hasNextPage: boolean; endCursor: string | null }
}): Level {
  return { nodes, total: totalCount, next: pageInfo.hasNextPage ? pageInfo.endCursor : null }
}

function hasChildren({ stat }: NodeFactsFragment): boolean {
  return stat.nodes > 1
}

/** Items as they stand below one another. */
function shownItems(levels: Levels, open: ReadonlySet<string>, above: string): NodeFactsFragment[] {
  return (levels.get(above)?.nodes ?? []).flatMap((node) => [
    node,
    ...(open.has(node.id) ? shownItems(levels, open, node.id) : []),
  ])
}
