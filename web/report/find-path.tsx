/** Finds files by their path in the whole report. */
import { useEffect, useState } from 'preact/hooks'
import { request } from '../api/request.ts'
import { FindPathDocument, type FindPathQuery } from '../generated/graphql.ts'
import { count, counted, visible } from '../ui/format.ts'
import { globOf } from './search.ts'

type FoundNodes = Extract<NonNullable<FindPathQuery['node']>, { nodes: unknown }>['nodes']

/** A pause in typing that starts the search, in milliseconds. */
const TYPING_PAUSE_MS = 250

/** @param report its global id */
export function FindPath({ report, goTo }: { report: string; goTo: (ordinal: number) => void }) {
  const [text, setText] = useState('')
  const { found, failure, clear } = useFoundNodes(report, text)
  const close = () => {
    setText('')
    clear()
  }
  const choose = (ordinal: number) => {
    close()
    goTo(ordinal)
  }
  return (
    <search aria-label="Path">
      <form
        class="find-path"
        onSubmit={(event) => {
          event.preventDefault()
          const [first] = found?.nodes ?? []
          if (first) choose(first.ordinal)
        }}
        onKeyDown={(event) => {
          if (event.key === 'Escape') close()
          else moveInList(event)
        }}
      >
        <label>
          <span class="hidden">Path</span>
          <input
            id="find-path"
            type="search"
            maxLength={190}
            placeholder="Go to file: control, *.so.* (e)"
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </label>
        {failure && <span role="alert">{failure}</span>}
        {found && <FoundList found={found} choose={choose} />}
      </form>
    </search>
  )
}

function FoundList({ found, choose }: { found: FoundNodes; choose: (ordinal: number) => void }) {
  const { nodes, pageInfo } = found
  return (
    <div class="found">
      <p role="status">
        {nodes.length === 0
          ? 'No file matches'
          : `${counted(nodes.length, 'file')}${pageInfo.hasNextPage ? ' and more' : ''}`}
      </p>
      <ul>
        {nodes.map(({ ordinal, path, stat }) => (
          <li key={ordinal}>
            <button type="button" onClick={() => choose(ordinal)}>
              <span class="path">{visible(path.join(' / '))}</span>{' '}
              <span class="counts">
                <ins>+{count(stat.added)}</ins> <del>−{count(stat.removed)}</del>
              </span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  )
}

/** The first nodes whose path matches the text, while the user types it. */
function useFoundNodes(report: string, text: string) {
  const [found, setFound] = useState<FoundNodes | null>(null)
  const [failure, setFailure] = useState<string | null>(null)
  useEffect(() => {
    setFailure(null)
    if (text.trim() === '') return setFound(null)
    const abort = new AbortController()
    const search = async () => {
      try {
        const { node } = await request(FindPathDocument, { report, glob: globOf(text) }, abort.signal)
        if (node && 'nodes' in node) setFound(node.nodes)
      } catch (error) {
        if (!abort.signal.aborted) setFailure((error as Error).message)
      }
    }
    const timer = setTimeout(() => void search(), TYPING_PAUSE_MS)
    return () => {
      clearTimeout(timer)
      abort.abort()
    }
  }, [report, text])
  return { found, failure, clear: () => setFound(null) }
}

/** The arrow keys go from the field to the results and through them. */
function moveInList(event: KeyboardEvent): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
  const form = event.currentTarget as HTMLFormElement
  const stops = [...form.querySelectorAll<HTMLElement>('input, .found button')]
  const to = stops[stops.indexOf(event.target as HTMLElement) + (step ?? 0)]
  if (step === undefined || !to) return
  event.preventDefault()
  to.focus()
}
