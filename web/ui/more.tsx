/** A list of the API of which more pages are loaded on request. */
import { useState } from 'preact/hooks'
import { Failure } from './failure.tsx'
import { count } from './format.ts'

/** A page as the API returns it. */
interface Connection<T> {
  readonly nodes: readonly T[]
  readonly totalCount: number
  readonly pageInfo: { readonly endCursor?: string | null }
}

export interface Pages<T> {
  /** Of all pages so far. */
  readonly nodes: readonly T[]
  /** Null before the first page. */
  readonly total: number | null
  /** Why the last page could not be loaded. */
  readonly failure: Error | null
  readonly loadMore: () => void
}

/**
 * @param first null if the first page is loaded by `loadMore`, too
 * @param load returns the page after a cursor, or null if the list is not there any more
 */
export function usePages<T>(
  first: Connection<T> | null,
  load: (after: string | null) => Promise<Connection<T> | null>,
): Pages<T> {
  const [nodes, setNodes] = useState(first?.nodes ?? [])
  const [last, setLast] = useState(first)
  const [failure, setFailure] = useState<Error | null>(null)
  const loadMore = async () => {
    setFailure(null)
    try {
      const page = await load(last?.pageInfo.endCursor ?? null)
      if (!page) return
      setNodes([...nodes, ...page.nodes])
      setLast(page)
    } catch (error) {
      setFailure(error as Error)
    }
  }
  return { nodes, total: last?.totalCount ?? null, failure, loadMore: () => void loadMore() }
}

/** The button for the next page, or why it could not be loaded. @param what the items of the list: `files` */
export function More<T>({ of, what }: { of: Pages<T>; what: string }) {
  const left = (of.total ?? 0) - of.nodes.length
  return (
    <>
      {of.failure && <Failure of={of.failure} retry={of.loadMore} />}
      {left > 0 && (
        <button type="button" onClick={of.loadMore}>
          Show more {what} of {count(left)}
        </button>
      )}
    </>
  )
}
