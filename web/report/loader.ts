/** Brings what is looked at of a report, nearest first, and lets go of what was longest not looked at. */
import { RequestRefused, request } from '../api/request.ts'
import {
  LinesOfHunksDocument,
  MoreLinesDocument,
  MoreRowsDocument,
  NodePageDocument,
  RowsOfHunksDocument,
} from '../generated/graphql.ts'
import { type Content, HUNKS, keyOf, type Leaf, NODES, type ReportModel } from './model.ts'

/** Requests at a time. */
const AT_ONCE = 4
/** What may be loaded at a time: lines, a long one counting as several. */
const MAX_LINES = 40_000
const MAX_NODE_PAGES = 100
const LONG_LINE = 200
/** Before a request that failed is made again, in milliseconds: more after each. */
const RETRY_MS = [500, 1000, 2000, 5000]

export interface LoaderEvents {
  /** Something has come, or failed. */
  readonly changed: () => void
  /** The report is not there any more: another one may be. */
  readonly gone: () => void
}

/** One request under way. */
interface Flight {
  readonly ends: AbortController
  readonly done: Promise<void>
  /** Somebody goes there: it is not ended when it is not in view yet. */
  isAwaited: boolean
}

export class Loader {
  readonly #model: ReportModel
  readonly #report: string
  readonly #events: LoaderEvents
  /** Under way, by key. */
  readonly #running = new Map<string, Flight>()
  /** Loaded, longest not looked at first: what it weighs, and how it is dropped. */
  readonly #kept = new Map<string, { weight: number; drop: () => void }>()
  readonly #keptNodes = new Map<number, true>()
  #weight = 0
  #isClosed = false
  #wanted: readonly Leaf[] = []
  #failures = 0
  #failure: Error | null = null
  #retry: ReturnType<typeof setTimeout> | undefined

  constructor(model: ReportModel, report: string, events: LoaderEvents) {
    this.#model = model
    this.#report = report
    this.#events = events
  }

  /** Why nothing comes at the moment; it is tried again. */
  get failure(): Error | null {
    return this.#failure
  }

  /** @param leaves those in view first; what is loaded of them is kept, what is not is loaded */
  want(leaves: readonly Leaf[]): void {
    if (this.#isClosed) return
    for (const leaf of leaves) this.#touch(leaf)
    this.#wanted = leaves.filter((leaf) => this.#isMissing(leaf))
    const keys = new Set(this.#wanted.map(keyOf))
    this.#endAllBut(keys)
    this.#go()
  }

  /**
   * Loads one leaf and waits for it, also where it is under way already: of two equal requests at a time, a browser holds the second one back for up to 20 s.
   * @throws as `request`
   */
  async load(leaf: Leaf): Promise<void> {
    if (!this.#isMissing(leaf)) return
    const flight = this.#running.get(keyOf(leaf)) ?? this.#start(leaf)
    flight.isAwaited = true
    await flight.done
  }

  /** Tries again at once what failed. */
  retry = (): void => {
    clearTimeout(this.#retry)
    this.#retry = undefined
    this.#go()
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#retry)
    this.#wanted = []
    this.#endAllBut(new Set())
  }

  #endAllBut(keys: ReadonlySet<string>): void {
    for (const [key, { ends, isAwaited }] of this.#running) {
      if (isAwaited || keys.has(key)) continue
      this.#running.delete(key)
      ends.abort()
    }
  }

  #isMissing(leaf: Leaf): boolean {
    if (leaf.kind === 'head') return false
    return leaf.kind !== 'piece' || this.#model.piece(leaf)?.content === null
  }

  #go(): void {
    if (this.#retry !== undefined) return
    for (const leaf of this.#wanted) {
      if (this.#running.size >= AT_ONCE) return
      if (!this.#running.has(keyOf(leaf))) this.#start(leaf)
    }
  }

  #start(leaf: Leaf): Flight {
    const key = keyOf(leaf)
    const ends = new AbortController()
    const flight = { ends, done: this.#fetch(leaf, ends.signal), isAwaited: false }
    this.#running.set(key, flight)
    const isOther = (other: Leaf) => keyOf(other) !== key
    flight.done
      .then(
        () => {
          this.#failures = 0
          this.#failure = null
          // Should it not have come all the same, it is asked for again when it is drawn, not at once and for ever.
          this.#wanted = this.#wanted.filter(isOther)
        },
        (error: Error) => {
          if (!ends.signal.aborted && !this.#wanted.every(isOther)) this.#failed(error)
        },
      )
      .finally(() => {
        if (this.#running.get(key) === flight) this.#running.delete(key)
        this.#events.changed()
        this.#go()
      })
    return flight
  }

  #failed(error: Error): void {
    this.#failure = error
    // What was refused would be refused again, unless too much was asked at a time.
    const pause = RETRY_MS[Math.min(this.#failures, RETRY_MS.length - 1)] as number
    this.#failures += 1
    if (error instanceof RequestRefused && this.#failures > RETRY_MS.length) return
    clearTimeout(this.#retry)
    this.#retry = setTimeout(this.retry, pause)
  }

  async #fetch(leaf: Leaf, signal?: AbortSignal): Promise<void> {
    if (leaf.kind === 'nodes') return this.#fetchNodes(leaf.ordinal, signal)
    const node = this.#model.node(leaf.ordinal)?.facts.id
    if (node === undefined) return
    return leaf.kind === 'hunks' ? this.#fetchHunks(leaf, node, signal) : this.#fetchPiece(leaf, node, signal)
  }

  async #fetchNodes(from: number, signal?: AbortSignal): Promise<void> {
    const { node } = await request(NodePageDocument, { report: this.#report, from, first: NODES }, signal)
    if (!node || !('nodes' in node)) return this.#gone()
    this.#model.setNodes(from, node.nodes.nodes)
    this.#keptNodes.set(from, true)
    const [oldest] = this.#keptNodes.keys()
    if (this.#keptNodes.size > MAX_NODE_PAGES && oldest !== undefined) {
      this.#keptNodes.delete(oldest)
      this.#model.dropNodes(oldest)
    }
  }

  async #fetchHunks(leaf: Leaf, node: string, signal?: AbortSignal): Promise<void> {
    const { ordinal, hunk: from } = leaf
    const asked = { node, from, first: HUNKS }
    const hunks =
      this.#model.mode === 'split'
        ? await this.#hunksOfRows(asked, signal)
        : await this.#hunksOfLines(asked, signal)
    if (!hunks) return this.#gone()
    this.#model.setHunks(ordinal, from, hunks)
    const weight = hunks.reduce((sum, { pieces }) => sum + weightOf(pieces[0]?.content ?? null), 0)
    this.#keep(keyOf(leaf), weight, () => this.#model.dropHunks(ordinal, from))
  }

  async #hunksOfLines(asked: { node: string; from: number; first: number }, signal?: AbortSignal) {
    const { node } = await request(LinesOfHunksDocument, { ...asked, lines: this.#model.pieceSize }, signal)
    if (!node || !('hunks' in node)) return null
    return node.hunks.nodes.map(({ lines, ...facts }) =>
      this.#model.newHunk(facts, lines.totalCount, { lines: lines.nodes }, null),
    )
  }

  async #hunksOfRows(asked: { node: string; from: number; first: number }, signal?: AbortSignal) {
    const { node } = await request(RowsOfHunksDocument, { ...asked, rows: this.#model.pieceSize }, signal)
    if (!node || !('hunks' in node)) return null
    return node.hunks.nodes.map(({ lines, rows, ...facts }) =>
      this.#model.newHunk(facts, lines.totalCount, { rows: rows.nodes }, nextOf(rows.pageInfo)),
    )
  }

  async #fetchPiece(leaf: Leaf, node: string, signal?: AbortSignal): Promise<void> {
    const { hunk, piece } = leaf
    const size = this.#model.pieceSize
    let content: Content
    let next: string | null = null
    if (this.#model.mode === 'split') {
      const after = this.#model.piece(leaf)?.after ?? null
      const answer = await request(MoreRowsDocument, { node, hunk, after, first: size }, signal)
      const rows = answer.node && 'hunk' in answer.node ? answer.node.hunk?.rows : null
      if (!rows) return this.#gone()
      content = { rows: rows.nodes }
      next = nextOf(rows.pageInfo)
    } else {
      const asked = { node, hunk, from: piece * size, first: size }
      const answer = await request(MoreLinesDocument, asked, signal)
      const lines = answer.node && 'hunk' in answer.node ? answer.node.hunk?.lines : null
      if (!lines) return this.#gone()
      content = { lines: lines.nodes }
    }
    this.#model.setPiece(leaf, content, next)
    // A first piece belongs to its hunks, which bring it.
    this.#keep(keyOf(leaf), weightOf(content), () => this.#model.dropPiece(leaf))
  }

  #gone(): void {
    this.close()
    this.#events.gone()
  }

  #keep(key: string, weight: number, drop: () => void): void {
    // Pieces of hunks that were dropped since are still counted.
    this.#weight += weight - (this.#kept.get(key)?.weight ?? 0)
    this.#kept.delete(key)
    this.#kept.set(key, { weight, drop })
    for (const [oldest, kept] of this.#kept) {
      if (this.#weight <= MAX_LINES || oldest === key) break
      this.#kept.delete(oldest)
      this.#weight -= kept.weight
      kept.drop()
    }
  }

  #touch({ kind, ordinal, hunk, piece }: Leaf): void {
    const from = ordinal - ((ordinal - 1) % NODES)
    if (this.#keptNodes.delete(from)) this.#keptNodes.set(from, true)
    if (kind !== 'piece') return
    for (const key of [
      keyOf({ kind: 'hunks', ordinal, hunk: hunk - (hunk % HUNKS), piece: 0 }),
      keyOf({ kind, ordinal, hunk, piece }),
    ]) {
      const kept = this.#kept.get(key)
      if (!kept) continue
      this.#kept.delete(key)
      this.#kept.set(key, kept)
    }
  }
}

function nextOf({
  hasNextPage,
  endCursor,
}: {
  hasNextPage: boolean
  endCursor: string | null
}): string | null {
  return hasNextPage ? endCursor : null
}

function weightOf(content: Content | null): number {
  if (content === null) return 0
  const texts =
    'lines' in content
      ? content.lines.map(({ text }) => text.length)
      : content.rows.flatMap((row) => [row.old?.text.length ?? 0, row.new?.text.length ?? 0])
  return texts.reduce((sum, length) => sum + 1 + Math.floor(length / LONG_LINE), 0)
}
