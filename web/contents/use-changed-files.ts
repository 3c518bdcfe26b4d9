/** The files that differ, page by page in the background. */
import { useEffect, useState } from 'preact/hooks'
import { request } from '../api/request.ts'
import { FilesPageDocument, type FilesPageQuery } from '../generated/graphql.ts'
import type { Pair } from '../pair.ts'

export type FilesComparison = FilesPageQuery['comparison']
type SummaryOfFiles = Extract<
  Extract<FilesComparison, { __typename: 'Comparison' }>['summary'],
  { __typename: 'Summary' }
>
export type FilesPage = SummaryOfFiles['files']
export type ListedFile = FilesPage['nodes'][number]
export type NoiseCounts = SummaryOfFiles['noise']

/** More files are loaded on request: each is a card in the DOM. */
const AT_ONCE = 1000

/** @param filter whether noise is hidden: then only files that differ by more @throws as `request` */
export async function loadFiles(
  pair: Pair,
  filter: boolean,
  after: string | null,
  signal?: AbortSignal,
): Promise<FilesComparison> {
  const variables = { ...pair, substantive: filter ? true : null, after }
  return (await request(FilesPageDocument, variables, signal)).comparison
}

/** All files from the first page on. @returns `loadMore`: null while it loads by itself, and at the end */
export function useChangedFiles(first: FilesPage, pair: Pair, filter: boolean) {
  const [pages, setPages] = useState<readonly FilesPage[]>([first])
  const [wanted, setWanted] = useState(AT_ONCE)
  const [failure, setFailure] = useState<Error | null>(null)
  const files = pages.flatMap(({ nodes }) => nodes)
  const last = pages.at(-1)?.pageInfo ?? first.pageInfo
  const isLoading = last.hasNextPage && files.length < wanted && !failure
  const { old, new: newer } = pair
  useEffect(() => {
    if (!isLoading) return
    const abort = new AbortController()
    loadFiles({ old, new: newer }, filter, last.endCursor ?? null, abort.signal).then(
      (comparison) => {
        const summary = comparison.__typename === 'Comparison' ? comparison.summary : null
        if (summary?.__typename === 'Summary') setPages((all) => [...all, summary.files])
        else setFailure(new Error('The summary is gone; reload the page'))
      },
      (error: Error) => {
        if (!abort.signal.aborted) setFailure(error)
      },
    )
    return () => abort.abort()
  }, [isLoading, last, old, newer, filter])
  const loadMore = () => {
    setFailure(null)
    setWanted(files.length + AT_ONCE)
  }
  return { files, failure, loadMore: last.hasNextPage && !isLoading ? loadMore : null }
}
