/** One file among those that differ: a head that stays in view, and its report. */
import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { Pair } from '../pair.ts'
import { cutInMiddle } from '../report/names.ts'
import { formatPosition, type ReportPosition } from '../report/position.ts'
import { markFile } from '../review/viewed.ts'
import { copyPath } from '../ui/copy-text.ts'
import { CutName } from '../ui/cut-name.tsx'
import { type FileAddress, urlOfFile } from '../ui/file-address.ts'
import { count, size, sizeChange, visible } from '../ui/format.ts'
import { grantsMore } from '../ui/grants-more.ts'
import { Icon } from '../ui/icon.tsx'
import { CardBody, type CardView, type Counts } from './card-body.tsx'
import { ChangeBadge } from './change-badge.tsx'
import { keyOfFile } from './file-tree.ts'
import type { ListedFile } from './use-changed-files.ts'

export interface FileCardProps extends CardView {
  readonly file: ListedFile
  readonly pair: Pair
  readonly filter: boolean
  readonly isViewed: boolean
  readonly isFolded: boolean
  /** Whether its report is loaded, or loading. */
  readonly isWanted: boolean
  /** The height that it had while its report was loaded, in pixels; null if it was not. */
  readonly height: number | null
  readonly fold: (key: string, isFolded: boolean) => void
  /** Its report is there, or why there is none. */
  readonly ready: (key: string) => void
  readonly choose: (file: ListedFile, position: ReportPosition, line: string | null) => void
}

export function addressOf({ package: name, path, oldPath = null }: ListedFile): FileAddress {
  return { package: name, path, oldPath, oldPackage: null }
}

export function FileCard(props: FileCardProps) {
  const { file, pair, filter, isViewed, isFolded, isWanted, height, fold, ready, choose, ...view } = props
  const key = keyOfFile(file)
  const address = addressOf(file)
  const alone = urlOfFile(pair, address, 'files', filter)
  const [stat, setStat] = useState<Counts | null>(null)
  const body = {
    counted: setStat,
    ...view,
    linkTo: (position: ReportPosition) =>
      `${alone}${alone.includes('?') ? '&' : '?'}at=${formatPosition(position)}`,
    choose: (position: ReportPosition, line: string | null) => choose(file, position, line),
    ready: () => ready(key),
  }
  // A folded card has no report to wait for.
  useEffect(() => {
    if (isFolded) ready(key)
  }, [isFolded, ready, key])
  return (
    <article class="card" data-card={key} aria-label={visible(file.path)}>
      <header class="card-head">
        <button
          type="button"
          class="fold plain"
          aria-expanded={!isFolded}
          aria-label={`${isFolded ? 'Unfold' : 'Fold'} ${visible(file.path)}`}
          onClick={() => fold(key, !isFolded)}
        >
          <Icon name={isFolded ? 'closed' : 'open'} />
        </button>
        <ChangeBadge of={file.change} />
        <h2>
          <a href={alone} title={`${visible(file.path)}: open it alone`}>
            <CutName parts={cutInMiddle(file.path)} />
          </a>
        </h2>
        <small class="package">{visible(file.package)}</small>
        {stat && (
          <span class="counts">
            {stat.added > 0 && <ins>+{count(stat.added)}</ins>}{' '}
            {stat.removed > 0 && <del>−{count(stat.removed)}</del>}
          </span>
        )}
        <Facts of={file} />
        <button type="button" class="plain" title="Copy the path" onClick={() => void copyPath(file.path)}>
          <Icon name="copy" /> <span class="hidden">Copy the path {visible(file.path)}</span>
        </button>
        <label class="switch">
          <input
            type="checkbox"
            checked={isViewed}
            onChange={(event) => {
              markFile(pair, key, event.currentTarget.checked)
              fold(key, event.currentTarget.checked)
            }}
          />
          <span>
            Viewed<span class="hidden"> {visible(file.path)}</span>
          </span>
        </label>
      </header>
      {!isFolded &&
        (isWanted ? (
          <CardBody file={address} pair={pair} filter={filter} {...body} />
        ) : (
          <div class="card-coming" style={height === null ? undefined : { height: `${height}px` }} />
        ))}
    </article>
  )
}

/** What changed besides the content: the mode, which shouts if it grants more, the size, the old path. */
function Facts({ of }: { of: ListedFile }) {
  const { oldMode = null, newMode = null, oldSize = null, newSize = null, oldPath = null } = of
  const facts: ComponentChildren[] = []
  if (oldPath !== null) facts.push(<span key="path">was {visible(oldPath)}</span>)
  if (oldMode !== null && newMode !== null && oldMode !== newMode)
    facts.push(
      <code key="mode" class={grantsMore(oldMode, newMode) ? 'chip bad' : undefined}>
        {oldMode} → {newMode}
      </code>,
    )
  else if ((newMode ?? oldMode) !== null)
    facts.push(
      <code key="mode" class={oldMode === null && grantsMore('', newMode ?? '') ? 'chip bad' : undefined}>
        {newMode ?? oldMode}
      </code>,
    )
  if (oldSize !== null && newSize !== null && oldSize !== newSize)
    facts.push(
      <span key="size" title={`${size(oldSize)} → ${size(newSize)}`}>
        {size(newSize)} ({sizeChange(newSize - oldSize)})
      </span>,
    )
  else if ((newSize ?? oldSize) !== null) facts.push(<span key="size">{size(newSize ?? oldSize ?? 0)}</span>)
  return <span class="card-facts">{facts}</span>
}
