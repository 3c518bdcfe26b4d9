/** Finds nodes by their path, in the whole report, and text in what is loaded of it. */
import type { ComponentChildren } from 'preact'
import { useEffect, useMemo, useState } from 'preact/hooks'
import { request } from '../api/request.ts'
import { FindPathDocument, type FindPathQuery } from '../generated/graphql.ts'
import { count, counted, visible } from '../ui/format.ts'
import type { ReportModel } from './model.ts'
import type { ReportPlace } from './place.ts'
import { globOf, nextFound, searchLoaded } from './search.ts'

type Found = Extract<NonNullable<FindPathQuery['node']>, { nodes: unknown }>['nodes']

/** For a person to stop writing, in milliseconds. */
const PAUSE = 250

export function FindBar({
  beside,
  model,
  version,
  report,
  search,
  setSearch,
  from,
  goTo,
}: {
  /** Shown in the same row. */
  beside: ComponentChildren
  model: ReportModel
  /** Another one whenever more has been loaded. */
  version: number
  report: string
  search: string
  setSearch: (text: string) => void
  /** Where one is. */
  from: ReportPlace | null
  goTo: (place: ReportPlace) => void
}) {
  const found = useMemo(() => (search === '' ? null : searchLoaded(model, search)), [model, version, search])
  const step = (direction: 1 | -1) => {
    const next = nextFound(found ?? [], from, direction)
    if (next) goTo(next)
  }
  return (
    <div class="find">
      {beside}
      <FindPath report={report} goTo={(ordinal) => goTo({ ordinal, hunk: null, lines: null })} />
      <form
        role="search"
        aria-label="Text"
        onSubmit={(event) => {
          event.preventDefault()
          step(1)
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && event.shiftKey) {
            event.preventDefault()
            step(-1)
          }
          if (event.key === 'Escape') {
            setSearch('')
            event.currentTarget.querySelector('input')?.blur()
          }
        }}
      >
        <label>
          <span class="hidden">Text in what is loaded</span>
          <input
            id="find-text"
            type="search"
            placeholder="Text in what is loaded (/)"
            value={search}
            onInput={(event) => setSearch(event.currentTarget.value)}
          />
        </label>
        {found && (
          <>
            <button type="button" onClick={() => step(-1)} disabled={found.length === 0}>
              ↑ <span class="hidden">Found before</span>
            </button>
            <button type="submit" disabled={found.length === 0}>
              ↓ <span class="hidden">Found next</span>
            </button>
            <span role="status">
              {found.length === 1000 ? 'over 1,000 lines' : counted(found.length, 'line')} in what is loaded
            </span>
          </>
        )}
      </form>
    </div>
  )
}

function FindPath({ report, goTo }: { report: string; goTo: (ordinal: number) => void }) {
  const [text, setText] = useState('')
  const [found, setFound] = useState<Found | null>(null)
  const [trouble, setTrouble] = useState<string | null>(null)
  useEffect(() => {
    setTrouble(null)
    if (text.trim() === '') return setFound(null)
    const ends = new AbortController()
    const timer = setTimeout(async () => {
      try {
        const { node } = await request(FindPathDocument, { report, glob: globOf(text) }, ends.signal)
        if (node && 'nodes' in node) setFound(node.nodes)
      } catch (error) {
        if (!ends.signal.aborted) setTrouble((error as Error).message)
      }
    }, PAUSE)
    return () => {
      clearTimeout(timer)
      ends.abort()
    }
  }, [report, text])
  const close = () => {
    setText('')
    setFound(null)
  }
  const take = (ordinal: number) => {
    close()
    goTo(ordinal)
  }
  return (
    <form
      class="find-path"
      role="search"
      aria-label="Path"
      onSubmit={(event) => {
        event.preventDefault()
        const [first] = found?.nodes ?? []
        if (first) take(first.ordinal)
      }}
      onKeyDown={(event) => event.key === 'Escape' && close()}
    >
      <label>
        <span class="hidden">Path</span>
        <input
          id="find-path"
          type="search"
          maxLength={190}
          placeholder="Path: control, *.so.*, usr/share/doc (e)"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </label>
      {trouble && <span role="alert">{trouble}</span>}
      {found && (
        <div class="found">
          <p role="status">
            {found.nodes.length === 0
              ? 'No path is like that'
              : `${counted(found.nodes.length, 'path')}${found.pageInfo.hasNextPage ? ' and more' : ''}`}
          </p>
          <ul>
            {found.nodes.map(({ ordinal, path, stat }) => (
              <li key={ordinal}>
                <button type="button" onClick={() => take(ordinal)}>
                  <span class="path">{visible(path.join(' / '))}</span>{' '}
                  <span class="counts">
                    <ins>+{count(stat.added)}</ins> <del>−{count(stat.removed)}</del>
                  </span>
                </button>
              </li>
            ))}
          </ul>
        </div>
      )}
    </form>
  )
}
