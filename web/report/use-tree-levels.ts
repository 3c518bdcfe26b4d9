import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { request } from '../api/request.ts'
import { type NodeFactsFragment, TreeBelowDocument, TreeTopDocument } from '../generated/graphql.ts'

export interface Level {
  readonly nodes: readonly NodeFactsFragment[]
  /** The cursor after the last node; null if all are loaded. */
  readonly next: string | null
  readonly total: number | null
}

/** Loaded levels by the id of their parent. The parent of the top level is the report. */
export type Levels = ReadonlyMap<string, Level>

export interface TreeLevels {
  readonly levels: Levels
  /** Ids of the unfolded nodes. */
  readonly open: ReadonlySet<string>
  readonly failure: string | null
  /** Loads the first nodes below a parent, or the next ones. */
  readonly load: (parent: string) => Promise<void>
  readonly unfold: (node: NodeFactsFragment, isOpen: boolean) => void
}

/**
 * The levels of a report's tree. Each is loaded when its parent is unfolded.
 * @param unfolded the paths of the nodes that are unfolded from the beginning; keeps those that are
 */
export function useTreeLevels(report: string, unfolded: Set<string>): TreeLevels {
  const [levels, setLevels] = useState<Levels>(new Map())
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set())
  const [failure, setFailure] = useState<string | null>(null)
  const latest = useRef(levels)
  latest.current = levels
  /** By the id of the node. Ids differ with and without noise, paths do not. */
  const paths = useRef(new Map([[report, '']]))
  const setNodeOpen = useCallback(
    (id: string, isOpen: boolean) => {
      const path = paths.current.get(id) ?? ''
      if (isOpen) unfolded.add(path)
      else unfolded.delete(path)
      setOpen((old) => {
        const next = new Set(old)
        if (isOpen) next.add(id)
        else next.delete(id)
        return next
      })
    },
    [unfolded],
  )

  const load = useCallback(
    async (parent: string): Promise<void> => {
      const after = latest.current.get(parent)?.next ?? null
      setFailure(null)
      try {
        const level = await fetchLevel(report, parent, after)
        if (!level) return
        setLevels((old) => {
          const nodes = after === null ? level.nodes : [...(old.get(parent)?.nodes ?? []), ...level.nodes]
          return new Map(old).set(parent, { ...level, nodes })
        })
        const path = paths.current.get(parent) ?? ''
        for (const { id, source1, source2 } of level.nodes)
          paths.current.set(id, `${path}\n${source1}\n${source2}`)
        // Unfolds a chain of single nodes to its end: a level with nothing but data.tar.xz is no place to
        // stop.
        const isChain = after === null && level.nodes.length === 1
        const wasOpen = ({ id }: NodeFactsFragment) => unfolded.has(paths.current.get(id) ?? '')
        const toOpen = level.nodes.filter((node) => hasChildren(node) && (isChain || wasOpen(node)))
        for (const { id } of toOpen) setNodeOpen(id, true)
        await Promise.all(toOpen.map(({ id }) => (latest.current.has(id) ? undefined : load(id))))
      } catch (error) {
        setFailure((error as Error).message)
      }
    },
    [report, unfolded, setNodeOpen],
  )
  const unfold = (node: NodeFactsFragment, isOpen: boolean) => {
    setNodeOpen(node.id, isOpen)
    if (isOpen && !levels.has(node.id)) void load(node.id)
  }
  useEffect(() => {
    void load(report)
  }, [load, report])
  return { levels, open, failure, load, unfold }
}

export function hasChildren({ stat }: NodeFactsFragment): boolean {
  return stat.nodes > 1
}

async function fetchLevel(report: string, parent: string, after: string | null): Promise<Level | null> {
  if (parent === report) {
    const { node } = await request(TreeTopDocument, { report, after })
    return node && 'root' in node ? levelOf(node.root.children) : null
  }
  const { node } = await request(TreeBelowDocument, { node: parent, after })
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
