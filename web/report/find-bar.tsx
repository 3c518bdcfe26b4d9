/** Finds text in the whole report. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { count, counted, visible } from '../ui/format.ts'
import { type Hit, HitSearch, type Hits } from './hit-search.ts'
import { nodePosition, type ReportPosition } from './position.ts'
import { isAfter, nextMatch } from './search.ts'

export interface FindBarProps {
  /** The report's global id. */
  readonly report: string
  readonly search: string
  readonly setSearch: (text: string) => void
  /** Where the search for the next match starts. */
  readonly from: ReportPosition | null
  /** Shows a match; the focus stays here, for the next one. */
  readonly show: (position: ReportPosition) => void
  /** Goes to what the user chose, with the focus. */
  readonly goTo: (position: ReportPosition) => void
  /** Takes the focus back to the lines. */
  readonly leave: () => void
}

export function FindBar({ report, search, setSearch, from, show, goTo, leave }: FindBarProps) {
  const [found, setFound] = useState<Hits | null>(null)
  const [listIsOpen, setListIsOpen] = useState(false)
  const searcher = useMemo(() => new HitSearch(report, setFound), [report])
  const first = useRef(search)
  useEffect(() => {
    // A text from another view of the report.
    if (first.current !== '') searcher.type(first.current)
    return () => searcher.close()
  }, [searcher])
  const type = (text: string) => {
    setSearch(text)
    setListIsOpen(text !== '')
    searcher.type(text)
  }
  const step = (direction: 1 | -1) => {
    const matches = (found?.hits ?? []).map(positionOf)
    // At the last hit so far, the next one must be found first.
    const last = matches.at(-1)
    if (direction === 1 && from && last && !isAfter(last, from)) searcher.more()
    const next = nextMatch(matches, from, direction)
    setListIsOpen(false)
    if (next) show(next)
  }
  const keyPressed = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && event.shiftKey) {
      event.preventDefault()
      step(-1)
    }
    if (event.key === 'Escape') {
      type('')
      leave()
    }
  }
  return (
    <div class="find">
      <search aria-label="Text">
        <form
          class="find-text"
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
              maxLength={1000}
              placeholder="Find in this report (/)"
              value={search}
              onInput={(event) => type(event.currentTarget.value)}
            />
          </label>
          {found && (
            <div class="found">
              <div class="steps">
                <Steps found={found} step={step} listIsOpen={listIsOpen} setListIsOpen={setListIsOpen} />
              </div>
              {found.failure && <span role="alert">{found.failure}</span>}
              {listIsOpen && (
                <HitList
                  found={found}
                  more={() => searcher.more()}
                  choose={(position) => {
                    setListIsOpen(false)
                    goTo(position)
                  }}
                />
              )}
            </div>
          )}
        </form>
      </search>
    </div>
  )
}

interface StepsProps {
  readonly found: Hits
  readonly step: (direction: 1 | -1) => void
  readonly listIsOpen: boolean
  readonly setListIsOpen: (open: boolean) => void
}

function Steps({ found, step, listIsOpen, setListIsOpen }: StepsProps) {
  const isEmpty = found.hits.length === 0
  return (
    <>
      <button type="button" onClick={() => step(-1)} disabled={isEmpty}>
        ↑ <span class="hidden">Previous match</span>
      </button>
      <button type="submit" disabled={isEmpty}>
        ↓ <span class="hidden">Next match</span>
      </button>
      <button
        type="button"
        aria-expanded={listIsOpen}
        onClick={() => setListIsOpen(!listIsOpen)}
        disabled={isEmpty}
      >
        List <span class="hidden">of matches</span>
      </button>
      <span role="status">{statusOf(found)}</span>
    </>
  )
}

/** Says "no matches" only if everything was searched. */
function statusOf({ hits, isComplete, isSearching, cutLines }: Hits): string {
  const cut = cutLines > 0 ? `; ${counted(cutLines, 'very long line')} searched only in part` : ''
  if (isComplete) return `${counted(hits.length, 'match', 'matches')}${cut}`
  if (isSearching) return hits.length === 0 ? 'Searching…' : `${count(hits.length)} so far, searching…`
  return `First ${counted(hits.length, 'match', 'matches')}`
}

interface HitListProps {
  readonly found: Hits
  readonly more: () => void
  readonly choose: (position: ReportPosition) => void
}

function HitList({ found: { hits, isComplete, isSearching }, more, choose }: HitListProps) {
  return (
    <>
      <ul>
        {hits.map((hit, index) => (
          <li key={index}>
            <button type="button" onClick={() => choose(positionOf(hit))}>
              <span class="path">{visible(hit.node.path.join(' / '))}</span>
              {hit.hunkPosition != null && (
                <span class="hit">{`${SIGNS[hit.kind ?? ''] ?? ' '}${visible(hit.text)}`}</span>
              )}
            </button>
          </li>
        ))}
      </ul>
      {!isComplete && !isSearching && hits.length > 0 && (
        <button type="button" onClick={more}>
          More matches
        </button>
      )}
    </>
  )
}

const SIGNS: Readonly<Record<string, string>> = { ADDED: '+', REMOVED: '−' }

function positionOf({ node, hunkPosition, linePosition }: Hit): ReportPosition {
  if (hunkPosition == null || linePosition == null) return nodePosition(node.ordinal)
  return { ordinal: node.ordinal, hunk: hunkPosition, lines: [linePosition, linePosition] }
}
