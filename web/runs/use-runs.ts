import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { request } from '../api/request.ts'
import { type RunFilterInput, RunListDocument, type RunRowFragment } from '../generated/graphql.ts'
import type { FailureFacts } from '../ui/failure.tsx'

/** Runs per request. Fewer than the maximum, because each brings the states of its diffs. */
const PAGE = 40
const DAY_MS = 86_400_000

interface RunList {
  readonly runs: readonly RunRowFragment[]
  /** The cursor of the next page; null at the end. */
  readonly next: string | null
  readonly failure: FailureFacts | Error | null
  readonly isLoading: boolean
}
const EMPTY: RunList = { runs: [], next: null, failure: null, isLoading: true }

/**
 * The runs that match the filters of a URL.
 * @param search the query of the URL, as text
 * @returns `load`: loads the first page (null), or the page after a cursor
 */
export function useRuns(search: string): RunList & { load: (after: string | null) => Promise<void> } {
  const [list, setList] = useState(EMPTY)
  const running = useRef<AbortController>(null)
  const load = useCallback(
    async (after: string | null) => {
      running.current?.abort()
      running.current = new AbortController()
      const { signal } = running.current
      setList((old) => (after === null ? EMPTY : { ...old, failure: null, isLoading: true }))
      const fail = (failure: FailureFacts | Error) =>
        setList((old) => ({ ...old, failure, next: after, isLoading: false }))
      try {
        const filter = filterOf(new URLSearchParams(search))
        const { runs } = await request(RunListDocument, { first: PAGE, after, filter }, signal)
        const { nodes, pageInfo } = runs
        setList((old) => ({
          runs: after === null ? nodes : [...old.runs, ...nodes],
          next: pageInfo.hasNextPage ? pageInfo.endCursor : null,
          failure: null,
          isLoading: false,
        }))
      } catch (error) {
        if (!signal.aborted) fail(error as Error)
      }
    },
    [search],
  )
  useEffect(() => {
    void load(null)
    return () => running.current?.abort()
  }, [load])
  return { ...list, load }
}

function filterOf(query: URLSearchParams): RunFilterInput {
  const text = (name: string) => query.get(name) || null
  const values = (name: string) => {
    const given = query.getAll(name).filter((value) => value !== '')
    return given.length > 0 ? given : null
  }
  const day = (name: string) => {
    const date = text(name)
    return date && /^\d{4}-\d{2}-\d{2}$/.test(date) ? date : null
  }
  const [since, until] = [day('since'), day('until')]
  return {
    search: text('search'),
    campaign: values('campaign'),
    codebase: values('codebase'),
    source: values('source'),
    resultCode: values('result'),
    finishedAfter: since && `${since}T00:00:00Z`,
    // Includes the day itself.
    finishedBefore: until && new Date(Date.parse(`${until}T00:00:00Z`) + DAY_MS).toISOString(),
  }
}
