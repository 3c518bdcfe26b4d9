/** Searches a whole report with the service's search, page by page. */
import { request } from '../api/request.ts'
import { FindTextDocument, type FindTextQuery } from '../generated/graphql.ts'

type Report = Extract<NonNullable<FindTextQuery['node']>, { search: unknown }>
type Page = Extract<Report['search'], { nodes: unknown }>
export type Hit = Page['nodes'][number]

export interface Hits {
  readonly hits: readonly Hit[]
  /** Whether the whole report has been searched. */
  readonly isComplete: boolean
  readonly isSearching: boolean
  /** Lines of which only the beginning was searched. */
  readonly cutLines: number
  readonly failure: string | null
}

const PAGE = 100
/** A pause in typing that starts the search, in milliseconds. */
const TYPING_PAUSE_MS = 250

export class HitSearch {
  readonly #report: string
  readonly #changed: (hits: Hits | null) => void
  #text = ''
  #cursor: string | null = null
  #hits: Hits | null = null
  #abort = new AbortController()

  /**
   * @param report its global id
   * @param changed called with what has been found so far; null without a text
   */
  constructor(report: string, changed: (hits: Hits | null) => void) {
    this.#report = report
    this.#changed = changed
  }

  /** Searches for a text, ignoring case, while the user types it. Ends the search for the previous one. */
  type(text: string): void {
    this.close()
    this.#abort = new AbortController()
    this.#text = text
    this.#cursor = null
    if (text === '') {
      this.#set(null)
      return
    }
    this.#set({ hits: [], isComplete: false, isSearching: true, cutLines: 0, failure: null })
    const { signal } = this.#abort
    const timer = setTimeout(() => void this.#search(PAGE), TYPING_PAUSE_MS)
    signal.addEventListener('abort', () => clearTimeout(timer))
  }

  /** Goes on after a pause, which begins once a page of hits has been found. */
  more(): void {
    const hits = this.#hits
    if (!hits || hits.isComplete || hits.isSearching) return
    void this.#search(hits.hits.length + PAGE)
  }

  close(): void {
    this.#abort.abort()
  }

  /** Searches until there are so many hits. A page may have none, because its time was over. */
  async #search(wanted: number): Promise<void> {
    const { signal } = this.#abort
    let state = { ...(this.#hits as Hits), isSearching: true, failure: null as string | null }
    this.#set(state)
    try {
      while (!state.isComplete && state.hits.length < wanted) {
        const page = await this.#page(signal)
        if (signal.aborted) return
        this.#cursor = page.pageInfo.endCursor ?? null
        state = {
          ...state,
          hits: [...state.hits, ...page.nodes],
          isComplete: !page.pageInfo.hasNextPage,
          cutLines: state.cutLines + page.cutLines,
        }
        this.#set(state)
      }
    } catch (error) {
      state.failure = (error as Error).message
    }
    if (!signal.aborted) this.#set({ ...state, isSearching: false })
  }

  async #page(signal: AbortSignal): Promise<Page> {
    const variables = { report: this.#report, text: this.#text, first: PAGE, after: this.#cursor }
    const { node } = await request(FindTextDocument, variables, signal)
    if (!node || !('search' in node)) throw new Error('The report is gone; reload the page')
    return node.search
  }

  #set(hits: Hits | null): void {
    this.#hits = hits
    this.#changed(hits)
  }
}
