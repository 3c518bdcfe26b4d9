/** The files that differ, one below the other, beside their tree. */
import { useMemo, useState } from 'preact/hooks'
import { NotReady } from '../jobs/not-ready.tsx'
import type { Pair } from '../pair.ts'
import { ReportTools } from '../report/report-tools.tsx'
import { settingsOf } from '../report/settings.ts'
import { Failure } from '../ui/failure.tsx'
import { FilterSwitch } from '../ui/filter-switch.tsx'
import { count, counted } from '../ui/format.ts'
import { isWide } from '../ui/is-wide.ts'
import { useLoaded } from '../ui/use-loaded.ts'
import { WhenLoaded } from '../ui/when-loaded.tsx'
import { Cards } from './cards.tsx'
import { filesWith, inTreeOrder, keyOfFile } from './file-tree.ts'
import type { ContentsMemory } from './memory.ts'
import { TreePane } from './tree-pane.tsx'
import { moveToHunk, useCardKeys } from './use-card-keys.ts'
import {
  type FilesPage,
  type ListedFile,
  loadFiles,
  type NoiseCounts,
  useChangedFiles,
} from './use-changed-files.ts'
import { goToCard, useCurrentCard } from './use-current-card.ts'
import { useViewedFiles } from './use-viewed-files.ts'

export interface ContentsViewProps {
  readonly pair: Pair
  /** Whether noise is hidden. */
  readonly filter: boolean
  readonly query: URLSearchParams
  readonly memory: ContentsMemory
}

export function ContentsView({ pair, filter, query, memory }: ContentsViewProps) {
  const about = `${pair.old}\n${pair.new}\n${filter}`
  const loaded = useLoaded((signal) => loadFiles(pair, filter, null, signal), about)
  const { reload } = loaded
  return (
    <WhenLoaded of={loaded}>
      {(comparison) => {
        if (comparison.__typename !== 'Comparison') return <Failure of={comparison} retry={reload} />
        const { summary } = comparison
        if (summary.__typename !== 'Summary') return <NotReady of={summary} pair={pair} reload={reload} />
        const { files, noise } = summary
        return <Contents key={about} first={files} noise={noise} {...{ pair, filter, query, memory }} />
      }}
    </WhenLoaded>
  )
}

interface ContentsProps extends ContentsViewProps {
  readonly first: FilesPage
  readonly noise: NoiseCounts
}

function Contents({ first, noise, pair, filter, query, memory }: ContentsProps) {
  const { mode, wrap } = settingsOf(query)
  const { files, failure, loadMore } = useChangedFiles(first, pair, filter)
  const [wanted, setWanted] = useState(memory.wanted)
  memory.wanted = wanted
  const [treeIsOpen, setTreeIsOpen] = useState(isWide)
  const viewed = useViewedFiles(pair)
  const sorted = useMemo(() => inTreeOrder(filesWith(files, wanted)), [files, wanted])
  const current = useCurrentCard(memory)
  const [folds, setFolds] = useState(memory.folds)
  memory.folds = folds
  const isFolded = (key: string) => folds.get(key) ?? viewed.has(key)
  const fold = (key: string, isFolded: boolean) => setFolds((old) => new Map(old).set(key, isFolded))
  const toggleTree = () => setTreeIsOpen((open) => !open)
  useCardKeys({ mode, wrap, pair, viewed, isFolded, fold, toggleTree })
  const goTo = (file: ListedFile) => {
    if (!isWide()) setTreeIsOpen(false)
    goToCard(file)
  }
  const seen = files.filter((file) => viewed.has(keyOfFile(file))).length
  return (
    <div class="report contents">
      <div class="toolbar">
        <FilterSwitch on={filter} />
        <ReportTools {...{ mode, wrap, treeIsOpen, toggleTree }} move={moveToHunk} />
        <p class="seen">
          <progress max={first.totalCount} value={seen} aria-label="Files viewed" />{' '}
          <span>
            {count(seen)} of {counted(first.totalCount, 'file')} viewed
          </span>
        </p>
      </div>
      <div class={`panes${treeIsOpen ? '' : ' without-tree'}`}>
        {treeIsOpen && (
          <TreePane
            files={sorted}
            total={files.length}
            {...{ wanted, setWanted, viewed, goTo, memory }}
            current={current.key}
          />
        )}
        <Cards
          {...{ pair, filter, query, mode, wrap, noise, viewed, isFolded, fold, failure, loadMore }}
          files={sorted}
          isSearching={wanted.trim() !== ''}
          place={current}
        />
      </div>
    </div>
  )
}
