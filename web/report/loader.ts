/** Loads what a report's list shows, items in view first, and unloads what was least recently in view. */
import { RequestRefused, request } from '../api/request.ts'
import {
  LinesOfHunksDocument,
  MoreLinesDocument,
  MoreRowsDocument,
  NodePageDocument,
  RowsOfHunksDocument,
} from '../generated/graphql.ts'
import { type Content, HUNKS, hunksAround, type Item, keyOf, NODES, pageStart } from './items.ts'
import type { ReportModel } from './model.ts'

const MAX_REQUESTS = 4
/** The maximum number of loaded lines. A long line counts as several. */
const MAX_LINES = 40_000
const MAX_NODE_PAGES = 100
const LONG_LINE = 200
/** The pause before each retry, in milliseconds. */
const RETRY_MS = [500, 1000, 2000, 5000] as const

export interface LoaderEvents {
  /** Something was loaded, or failed to load. */
  readonly changed: () => void
  /** The service no longer has this report; it may have another one. */
  readonly gone: () => void
}

/** A running request. */
interface Flight {
  readonly abort: AbortController
  readonly done: Promise<void>
  /** Navigation waits for it, so it is not aborted while its item is out of view. */
  isAwaited: boolean
}

export class Loader {
  readonly #model: ReportModel
  readonly #report: string
  readonly #events: LoaderEvents
  readonly #running = new Map<string, Flight>()
  /** What is loaded, least recently in view first. */
  readonly #loaded = new Map<string, { weight: number; drop: () => void }>()
  /** Loaded pages of nodes, by the ordinal of their first node, least recently in view first. */
  readonly #loadedNodes = new Map<number, true>()
  #weight = 0
  #isClosed = false
  /** Keys of items that a response did not have. Each response draws, so that they would be requested for ever. */
  readonly #absent = new Set<string>()
  /** Items in view that are not loaded. */
  #wanted: readonly Item[] = []
  #failures = 0
  #failure: Error | null = null
  #retry: ReturnType<typeof setTimeout> | undefined

  /** @param report its global id */
  constructor(model: ReportModel, report: string, events: LoaderEvents) {
    this.#model = model
    this.#report = report
    this.#events = events
  }

  /** The report's global id. */
  get report(): string {
    return this.#report
  }

  /** The last error, until a request succeeds. */
  get failure(): Error | null {
    return this.#failure
  }

  /** @param items what the page shows now, most important first; aborts the requests for all others */
  want(items: readonly Item[]): void {
    if (this.#isClosed) return
    for (const item of items) this.#touch(item)
    this.#wanted = items.filter((item) => this.#isMissing(item) && !this.#absent.has(keyOf(item)))
    this.#abortAllBut(new Set(this.#wanted.map(keyOf)))
    this.#startRequests()
  }

  /**
   * Loads an item and waits for it. Joins a running request, because browsers delay a second equal one by up
   * to 20 s.
   * @throws as `request`
   */
  async load(item: Item): Promise<void> {
    if (!this.#isMissing(item)) return
    const flight = this.#running.get(keyOf(item)) ?? this.#start(item)
    flight.isAwaited = true
    await flight.done
  }

  /** Retries immediately what has failed. */
  retry = (): void => {
    clearTimeout(this.#retry)
    this.#retry = undefined
    if (this.#absent.size > 0) {
      this.#absent.clear()
      this.#failure = null
      this.#events.changed()
    }
    this.#startRequests()
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#retry)
    this.#wanted = []
    this.#abortAllBut(new Set())
  }

  #abortAllBut(keys: ReadonlySet<string>): void {
    for (const [key, { abort, isAwaited }] of this.#running) {
      if (isAwaited || keys.has(key)) continue
      this.#running.delete(key)
      abort.abort()
    }
  }

  /** Whether a request can load something. An item for nodes or hunks stands for what is not loaded. */
  #isMissing(item: Item): boolean {
    if (item.kind === 'head') return false
    return item.kind !== 'piece' || this.#model.piece(item)?.content === null
  }

  /** Whether an item has been loaded. */
  #isThere({ kind, ordinal, hunk, piece }: Item): boolean {
    if (kind === 'nodes') return this.#model.node(ordinal) !== null
    if (kind === 'hunks') return this.#model.hunk(ordinal, hunk) !== null
    return this.#model.piece({ kind, ordinal, hunk, piece })?.content != null
  }

  #startRequests(): void {
    if (this.#retry !== undefined) return
    for (const item of this.#wanted) {
      if (this.#running.size >= MAX_REQUESTS) return
      if (!this.#running.has(keyOf(item))) this.#start(item)
    }
  }

  #start(item: Item): Flight {
    const key = keyOf(item)
    const abort = new AbortController()
    const flight = { abort, done: this.#fetch(item, abort.signal), isAwaited: false }
    this.#running.set(key, flight)
    const isOther = (other: Item) => keyOf(other) !== key
    flight.done
      .then(
        () => {
          this.#failures = 0
          this.#failure = null
          this.#wanted = this.#wanted.filter(isOther)
          if (this.#isClosed || abort.signal.aborted || this.#isThere(item)) return
          this.#absent.add(key)
          this.#failure = new Error('The service did not return a part of this report that should be there.')
        },
        (error: Error) => {
          if (!abort.signal.aborted && !this.#wanted.every(isOther)) this.#scheduleRetry(error)
        },
      )
      .finally(() => {
        if (this.#running.get(key) === flight) this.#running.delete(key)
        this.#events.changed()
        this.#startRequests()
      })
    return flight
  }

  #scheduleRetry(error: Error): void {
    this.#failure = error
    const pause = RETRY_MS[this.#failures] ?? RETRY_MS.at(-1)
    this.#failures += 1
    // The service would refuse the request again, unless it had too many at once.
    if (error instanceof RequestRefused && this.#failures > RETRY_MS.length) return
    clearTimeout(this.#retry)
    this.#retry = setTimeout(this.retry, pause)
  }

  async #fetch(item: Item, signal?: AbortSignal): Promise<void> {
    if (item.kind === 'nodes') return this.#fetchNodes(item.ordinal, signal)
    const node = this.#model.node(item.ordinal)?.facts.id
    if (node === undefined) return
    return item.kind === 'hunks' ? this.#fetchHunks(item, node, signal) : this.#fetchPiece(item, node, signal)
  }

  async #fetchNodes(from: number, signal?: AbortSignal): Promise<void> {
    const { node } = await request(NodePageDocument, { report: this.#report, from, first: NODES }, signal)
    if (!node || !('nodes' in node)) return this.#reportGone()
    this.#model.setNodes(from, node.nodes.nodes)
    this.#loadedNodes.set(from, true)
    const [oldest] = this.#loadedNodes.keys()
    if (this.#loadedNodes.size > MAX_NODE_PAGES && oldest !== undefined) {
      this.#loadedNodes.delete(oldest)
      this.#model.dropNodes(oldest)
    }
  }

  async #fetchHunks(item: Item, node: string, signal?: AbortSignal): Promise<void> {
    const { ordinal, hunk: from } = item
    const page = { node, from, first: HUNKS }
    const hunks =
      this.#model.mode === 'split'
        ? await this.#hunksWithRows(page, signal)
        : await this.#hunksWithLines(page, signal)
    if (!hunks) return this.#reportGone()
    this.#model.setHunks(ordinal, from, hunks)
    const weight = hunks.reduce((sum, { pieces }) => sum + weightOf(pieces[0]?.content ?? null), 0)
    this.#remember(keyOf(item), weight, () => this.#model.dropHunks(ordinal, from))
  }

  async #hunksWithLines(page: { node: string; from: number; first: number }, signal?: AbortSignal) {
    const { node } = await request(LinesOfHunksDocument, { ...page, lines: this.#model.pieceSize }, signal)
    if (!node || !('hunks' in node)) return null
    return node.hunks.nodes.map(({ lines, ...facts }) =>
      this.#model.newHunk(facts, lines.totalCount, { lines: lines.nodes }, null),
    )
  }

  async #hunksWithRows(page: { node: string; from: number; first: number }, signal?: AbortSignal) {
    const { node } = await request(RowsOfHunksDocument, { ...page, rows: this.#model.pieceSize }, signal)
    if (!node || !('hunks' in node)) return null
    return node.hunks.nodes.map(({ lines, rows, ...facts }) =>
      this.#model.newHunk(facts, lines.totalCount, { rows: rows.nodes }, nextCursor(rows.pageInfo)),
    )
  }

  async #fetchPiece(item: Item, node: string, signal?: AbortSignal): Promise<void> {
    const { hunk, piece } = item
    const size = this.#model.pieceSize
    let content: Content
    let next: string | null = null
    if (this.#model.mode === 'split') {
      const after = this.#model.piece(item)?.after ?? null
      const answer = await request(MoreRowsDocument, { node, hunk, after, first: size }, signal)
      const rows = answer.node && 'hunk' in answer.node ? answer.node.hunk?.rows : null
      if (!rows) return this.#reportGone()
      content = { rows: rows.nodes }
      next = nextCursor(rows.pageInfo)
    } else {
      const page = { node, hunk, from: piece * size, first: size }
      const answer = await request(MoreLinesDocument, page, signal)
      const lines = answer.node && 'hunk' in answer.node ? answer.node.hunk?.lines : null
      if (!lines) return this.#reportGone()
      content = { lines: lines.nodes }
    }
    this.#model.setPiece(item, content, next)
    this.#remember(keyOf(item), weightOf(content), () => this.#model.dropPiece(item))
  }

  #reportGone(): void {
    this.close()
    this.#events.gone()
  }

  /** Counts something that was loaded, and unloads the least recently viewed parts beyond the limit. */
  #remember(key: string, weight: number, drop: () => void): void {
    // Pieces of hunks that were unloaded as a page still count.
    this.#weight += weight - (this.#loaded.get(key)?.weight ?? 0)
    this.#loaded.delete(key)
    this.#loaded.set(key, { weight, drop })
    for (const [oldest, loaded] of this.#loaded) {
      if (this.#weight <= MAX_LINES || oldest === key) break
      this.#loaded.delete(oldest)
      this.#weight -= loaded.weight
      loaded.drop()
    }
  }

  /**
   * Marks what an item needs as recently viewed. The first piece of a hunk is loaded with a page of hunks.
   */
  #touch(item: Item): void {
    const { kind, ordinal, hunk } = item
    const from = pageStart(ordinal)
    if (this.#loadedNodes.delete(from)) this.#loadedNodes.set(from, true)
    if (kind !== 'piece') return
    for (const key of [keyOf(hunksAround(ordinal, hunk)), keyOf(item)]) {
      const loaded = this.#loaded.get(key)
      if (!loaded) continue
      this.#loaded.delete(key)
      this.#loaded.set(key, loaded)
    }
  }
}

function nextCursor(page: { hasNextPage: boolean; endCursor: string | null }): string | null {
  return page.hasNextPage ? page.endCursor : null
}

function weightOf(content: Content | null): number {
  if (content === null) return 0
  const texts =
    'lines' in content
      ? content.lines.map(({ text }) => text.length)
      : content.rows.flatMap((row) => [row.old?.text.length ?? 0, row.new?.text.length ?? 0])
  return texts.reduce((sum, length) => sum + 1 + Math.floor(length / LONG_LINE), 0)
}
