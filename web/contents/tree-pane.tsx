/** The tree of the files that differ, with a filter. Its keys follow ARIA's tree view pattern. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { CutName } from '../ui/cut-name.tsx'
import { count, visible, words } from '../ui/format.ts'
import { Grip } from '../ui/grip.tsx'
import { Icon } from '../ui/icon.tsx'
import { ChangeBadge } from './change-badge.tsx'
import { type TreeRow, treeRows } from './file-tree.ts'
import type { ContentsMemory } from './memory.ts'
import type { ListedFile } from './use-changed-files.ts'

/** Deeper rows are not indented further. */
const MAX_INDENT = 12
/** Characters at the end of a name that are never cut. */
const END = 12

export interface TreePaneProps {
  readonly files: readonly ListedFile[]
  /** The number of files without the filter. */
  readonly total: number
  /** The text of the filter. */
  readonly wanted: string
  readonly setWanted: (text: string) => void
  /** The key of the file at the top of the view. */
  readonly current: string | null
  readonly viewed: ReadonlySet<string>
  readonly goTo: (file: ListedFile) => void
  readonly memory: ContentsMemory
}

export function TreePane(props: TreePaneProps) {
  const { files, total, wanted, setWanted, current, viewed, goTo, memory } = props
  const [closed, setClosed] = useState(memory.closed)
  memory.closed = closed
  const [active, setActive] = useState<string | null>(null)
  const rows = useMemo(() => treeRows(files, closed), [files, closed])
  const tree = useRef<HTMLDivElement>(null)
  const toggle = (key: string) => {
    const next = new Set(closed)
    if (!next.delete(key)) next.add(key)
    setClosed(next)
  }
  const focus = (row: TreeRow | undefined) => {
    if (!row) return
    setActive(row.key)
    rowOf(tree.current, row.key)?.focus()
  }
  useEffect(() => {
    if (current !== null) showIn(tree.current, rowOf(tree.current, current))
  }, [current])
  const keyPressed = (event: KeyboardEvent) => {
    const at = rows.findIndex(({ key }) => key === active)
    const row = rows[at]
    if (!row || event.ctrlKey || event.metaKey || event.altKey) return
    const run = keysOf({ rows, at, row, focus, toggle, goTo })[event.key]
    if (!run) return
    event.preventDefault()
    event.stopPropagation()
    run()
  }
  const tabStop = rows.some(({ key }) => key === active) ? active : (rows[0]?.key ?? null)
  return (
    <nav id="tree" class="tree" aria-label="Changed files">
      <Grip />
      <label class="tree-filter">
        <span class="hidden">Filter files</span>
        <input
          id="find-path"
          type="search"
          placeholder="Filter files (e)"
          maxLength={200}
          value={wanted}
          onInput={(event) => setWanted(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'ArrowDown') focus(rows[0])
            // The keys of the files work afterwards.
            if (event.key === 'Enter' || event.key === 'Escape')
              document.querySelector<HTMLElement>('.cards')?.focus({ preventScroll: true })
            if (event.key === 'Enter' && files[0]) goTo(files[0])
          }}
        />
      </label>
      {wanted.trim() !== '' && (
        <p class="tree-count" role="status">
          {files.length === 0 ? 'No file matches' : `${count(files.length)} of ${count(total)}`}
        </p>
      )}
      <div ref={tree} role="tree" aria-label="Changed files" onKeyDown={keyPressed}>
        {rows.map((row) => (
          <TreeItem
            key={row.key}
            row={row}
            isCurrent={row.key === current}
            isViewed={viewed.has(row.key)}
            isTabStop={row.key === tabStop}
            setActive={setActive}
            toggle={toggle}
            goTo={goTo}
          />
        ))}
      </div>
    </nav>
  )
}

function rowOf(tree: HTMLElement | null, key: string): HTMLElement | null {
  return tree?.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`) ?? null
}

/** Scrolls the list alone: `scrollIntoView` would also scroll what contains it. */
function showIn(tree: HTMLElement | null, row: HTMLElement | null): void {
  const pane = tree?.parentElement
  if (!pane || !row) return
  const [outer, inner] = [pane.getBoundingClientRect(), row.getBoundingClientRect()]
  if (inner.top >= outer.top + inner.height * 2 && inner.bottom <= outer.bottom) return
  pane.scrollTop += inner.top - outer.top - outer.height / 3
}

interface KeyContext {
  readonly rows: readonly TreeRow[]
  readonly at: number
  readonly row: TreeRow
  readonly focus: (row: TreeRow | undefined) => void
  readonly toggle: (key: string) => void
  readonly goTo: (file: ListedFile) => void
}

function keysOf({ rows, at, row, focus, toggle, goTo }: KeyContext): Readonly<Record<string, () => void>> {
  const { key, file, isOpen, parent } = row
  const open = () => (file ? goTo(file) : toggle(key))
  return {
    ArrowDown: () => focus(rows[at + 1]),
    ArrowUp: () => focus(rows[at - 1]),
    Home: () => focus(rows[0]),
    End: () => focus(rows.at(-1)),
    ArrowRight: () => (file ? undefined : isOpen ? focus(rows[at + 1]) : toggle(key)),
    ArrowLeft: () => (!file && isOpen ? toggle(key) : focus(rows.find((other) => other.key === parent))),
    Enter: open,
    ' ': open,
  }
}

interface TreeItemProps {
  readonly row: TreeRow
  readonly isCurrent: boolean
  readonly isViewed: boolean
  readonly isTabStop: boolean
  readonly setActive: (key: string) => void
  readonly toggle: (key: string) => void
  readonly goTo: (file: ListedFile) => void
}

function TreeItem({ row, isCurrent, isViewed, isTabStop, setActive, toggle, goTo }: TreeItemProps) {
  const { key, file, isOpen, depth, count: files } = row
  const name = visible(row.name)
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree handles the keys of its items
    <div
      role="treeitem"
      aria-level={depth}
      aria-expanded={file ? undefined : isOpen}
      aria-selected={isCurrent}
      tabIndex={isTabStop ? 0 : -1}
      data-key={key}
      class={`item${isViewed ? ' viewed' : ''}`}
      style={{ '--depth': Math.min(depth - 1, MAX_INDENT) }}
      title={file ? `${visible(file.path)}, ${words(file.change)}` : name}
      onFocus={() => setActive(key)}
      onClick={() => (file ? goTo(file) : toggle(key))}
    >
      {file ? <ChangeBadge of={file.change} /> : <Icon name={isOpen ? 'open' : 'closed'} />}
      <span class="name">
        <CutName parts={[name.slice(0, -END), name.slice(-END)]} />
      </span>
      {!file && <small>{count(files)}</small>}
      {isViewed && (
        <>
          <Icon name="check" />
          <span class="hidden">viewed</span>
        </>
      )}
    </div>
  )
}
