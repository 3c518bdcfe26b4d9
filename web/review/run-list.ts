/**
 * The list of runs that a reviewer works through. It outlives the view of the list: a comparison goes to the next
 * run of it, and Back finds the same rows. It is kept until the tab is closed.
 */
import { request } from '../api/request.ts'
import {
  type RunFilterInput,
  RunListDocument,
  type RunRowFragment,
  RunStatesDocument,
  type RunStatesQuery,
} from '../generated/graphql.ts'
import type { Pair } from '../pair.ts'
import { hasCampaigns } from '../router.ts'
import { summaryFilterOf } from './summary-filter.ts'

export type RunState = Extract<RunStatesQuery['comparisons'][number], { __typename: 'Comparison' }>
export interface RunListState {
  /** The query of the list's URL, as text. */
  readonly query: string
  readonly runs: readonly RunRowFragment[]
  /** What is known of a run's comparison with its baseline, by run id. */
  readonly states: ReadonlyMap<string, RunState>
  /** The cursor of the next page; null at the end. */
  readonly next: string | null
  readonly failure: Error | null
  readonly isLoading: boolean
}

/** Where the reader left the list. */
export interface PlaceInList {
  /** Pixels. */
  readonly top: number
  readonly runId: string | null
}

/** The same list as in the service's `src/control-runs.ts`. */
const CONTROL_CAMPAIGNS = ['control', 'unchanged']
/** Runs per request. */
const PAGE = 40
/** Comparisons per request. */
const STATES = 20
const DAY_MS = 86_400_000
const KEY = 'differ-runs'
/** More rows are not kept after a reload of the page. */
const MAX_KEPT = 2000
const EMPTY = { runs: [], states: new Map(), next: null, failure: null, isLoading: true } as const

export class RunList {
  #state: RunListState = { query: '', ...EMPTY, isLoading: false }
  #isOpen = false
  /** Whether the rows are those that an earlier page of this tab has kept. */
  #isRestored = false
  #abort = new AbortController()
  readonly #listeners = new Set<() => void>()
  /** Where the next update of states begins among those that are not ready: each has its turn. */
  #turn = 0
  place: PlaceInList = { top: 0, runId: null }

  constructor() {
    const kept = read()
    if (!kept) return
    this.#state = { ...this.#state, query: kept.query, runs: kept.runs, next: kept.next }
    this.place = kept.place
    this.#isOpen = true
    this.#isRestored = true
  }

  get state(): RunListState {
    return this.#state
  }

  /** @returns removes the listener */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Loads the runs of a URL, unless they are there. */
  open(query: string): void {
    if (this.#isOpen && query === this.#state.query) {
      this.#isRestored = false
      void this.updateStates()
      return
    }
    this.place = { top: 0, runId: null }
    // The rows stay until the others are there, so that the table does not jump. Those of another page do not.
    this.#set({ query, isLoading: true, next: null, failure: null, ...(this.#isRestored && EMPTY) })
    this.#isOpen = true
    this.#isRestored = false
    void this.#load(null)
  }

  /** Loads the first page again. */
  refresh(): void {
    this.#set({ isLoading: true, failure: null })
    void this.#load(null)
  }

  /** Loads the next page. */
  async more(): Promise<void> {
    if (this.#state.isLoading || this.#state.next === null) return
    this.#set({ isLoading: true, failure: null })
    await this.#load(this.#state.next)
  }

  /** Remembers where the reader is. */
  leave(place: PlaceInList): void {
    this.place = place
    write({ ...this.#state, place })
  }

  /** Whether a run had no summary when the list was loaded. */
  lacksSummary(runId: string): boolean {
    return this.#state.states.get(runId)?.summary.__typename === 'DiffNotReadyError'
  }

  /** Asks again for what was not ready. */
  async updateStates(): Promise<void> {
    const { states, runs } = this.#state
    const open = runs.filter((run) => pairOf(run) && !isReady(states.get(run.runId)))
    const from = this.#turn < open.length ? this.#turn : 0
    this.#turn = from + PAGE
    await this.#loadStates(open.slice(from, from + PAGE))
  }

  async #load(after: string | null): Promise<void> {
    this.#abort.abort()
    this.#abort = new AbortController()
    const { signal } = this.#abort
    try {
      const filter = filterOf(new URLSearchParams(this.#state.query))
      const { runs: page } = await request(RunListDocument, { first: PAGE, after, filter }, signal)
      const runs = after === null ? page.nodes : [...this.#state.runs, ...page.nodes]
      const next = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null
      this.#set({ runs, next, failure: null, isLoading: false })
      write({ ...this.#state, place: this.place })
      await this.#loadStates(page.nodes.filter((run) => pairOf(run)))
    } catch (error) {
      if (!signal.aborted) this.#set({ failure: error as Error, isLoading: false })
    }
  }

  /** What fails here is asked again with the next update. */
  async #loadStates(runs: readonly RunRowFragment[]): Promise<void> {
    for (let from = 0; from < runs.length; from += STATES) {
      const pairs = runs.slice(from, from + STATES).flatMap((run) => pairOf(run) ?? [])
      const answer = await request(RunStatesDocument, { pairs }).catch(() => null)
      if (!answer) return
      const states = new Map(this.#state.states)
      for (const one of answer.comparisons)
        if (one.__typename === 'Comparison') states.set(one.new.runId, one)
      this.#set({ states })
    }
  }

  #set(changes: Partial<RunListState>): void {
    this.#state = { ...this.#state, ...changes }
    for (const listener of this.#listeners) listener()
  }
}

/** The run and its baseline; null if there is nothing to compare. */
export function pairOf({ runId, baseline, successful }: RunRowFragment): Pair | null {
  return baseline && successful ? { old: baseline.runId, new: runId } : null
}

export function isControl({ campaign }: { readonly campaign: string }): boolean {
  return CONTROL_CAMPAIGNS.includes(campaign)
}

/** Whether neither the summary nor the diff will change soon. */
function isReady(state: RunState | undefined): boolean {
  return state?.summary.__typename === 'Summary' && state.diffoscope.__typename === 'Diffoscope'
}

function filterOf(query: URLSearchParams): RunFilterInput {
  const bySummary = hasCampaigns() ? summaryFilterOf(query) : null
  const times = timesOf(query)
  if (bySummary) return { ...bySummary, ...times }
  const text = (name: string) => query.get(name) || null
  const values = (name: string) => {
    const given = query.getAll(name).filter((value) => value !== '')
    return given.length > 0 ? given : null
  }
  return {
    search: text('search'),
    campaign: values('campaign'),
    codebase: values('codebase'),
    source: values('source'),
    resultCode: values('result'),
    ...times,
  }
}

function timesOf(query: URLSearchParams): Pick<RunFilterInput, 'finishedAfter' | 'finishedBefore'> {
  const day = (name: string) => {
    const date = query.get(name)
    return date && /^\d{4}-\d{2}-\d{2}$/.test(date) ? date : null
  }
  const [since, until] = [day('since'), day('until')]
  return {
    finishedAfter: since && `${since}T00:00:00Z`,
    // Includes the day itself.
    finishedBefore: until && new Date(Date.parse(`${until}T00:00:00Z`) + DAY_MS).toISOString(),
  }
}

interface Kept {
  readonly query: string
  readonly runs: readonly RunRowFragment[]
  readonly next: string | null
  readonly place: PlaceInList
}

function read(): Kept | null {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as Kept | null
    return kept && Array.isArray(kept.runs) && typeof kept.query === 'string' && kept.place ? kept : null
  } catch {
    // Something else was stored under this name: the list begins anew.
    return null
  }
}

function write({ query, runs, next, place }: Kept): void {
  if (runs.length > MAX_KEPT) return
  try {
    sessionStorage.setItem(KEY, JSON.stringify({ query, runs, next, place }))
  } catch {
    // The browser's storage is full: the list is lost when the page is loaded again.
  }
}
