/** Finds text in the loaded part of a report. */
import type { ComponentChildren } from 'preact'
import { useMemo } from 'preact/hooks'
import { count, counted } from '../ui/format.ts'
import { FindPath } from './find-path.tsx'
import type { ReportModel } from './model.ts'
import { nodePosition, type ReportPosition } from './position.ts'
import { MAX_MATCHES, nextMatch, searchLoaded } from './search.ts'

export interface FindBarProps {
  /** Shown in the same row. */
  readonly beside: ComponentChildren
  readonly model: ReportModel
  /** Changes whenever more is loaded. */
  readonly version: number
  /** The report's global id. */
  readonly report: string
  readonly search: string
  readonly setSearch: (text: string) => void
  /** Where the search for the next match starts. */
  readonly from: ReportPosition | null
  readonly goTo: (position: ReportPosition) => void
}

export function FindBar(props: FindBarProps) {
  const { beside, model, version, report, search, setSearch, from, goTo } = props
  // biome-ignore lint/correctness/useExhaustiveDependencies(version): the model has loaded more
  const matches = useMemo(
    () => (search === '' ? null : searchLoaded(model, search)),
    [model, version, search],
  )
  const step = (direction: 1 | -1) => {
    const next = nextMatch(matches ?? [], from, direction)
    if (next) goTo(next)
  }
  const keyPressed = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && event.shiftKey) {
      event.preventDefault()
      step(-1)
    }
    if (event.key === 'Escape') {
      setSearch('')
      ;(event.currentTarget as HTMLFormElement).querySelector('input')?.blur()
    }
  }
  return (
    <div class="find">
      {beside}
      <FindPath report={report} goTo={(ordinal) => goTo(nodePosition(ordinal))} />
      <search aria-label="Text">
        <form
          onSubmit={(event) => {
            event.preventDefault()
            step(1)
          }}
          onKeyDown={keyPressed}
        >
          <label>
            <span class="hidden">Find in this report</span>
            <input
              id="find-text"
              type="search"
              placeholder="Find in this report (/)"
              value={search}
              onInput={(event) => setSearch(event.currentTarget.value)}
            />
          </label>
          {matches && <Matches count={matches.length} step={step} />}
        </form>
      </search>
    </div>
  )
}

function Matches({ count: matches, step }: { count: number; step: (direction: 1 | -1) => void }) {
  const isOver = matches === MAX_MATCHES
  return (
    <>
      <button type="button" onClick={() => step(-1)} disabled={matches === 0}>
        ↑ <span class="hidden">Previous match</span>
      </button>
      <button type="submit" disabled={matches === 0}>
        ↓ <span class="hidden">Next match</span>
      </button>
      <span role="status">
        {isOver ? `Over ${count(matches)} matches` : counted(matches, 'match', 'matches')} in the loaded part
      </span>
    </>
  )
}
