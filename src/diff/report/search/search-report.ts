/**
 * Searches a report from a position on, until a page of hits is full or time is over. Searched are the names
 * of nodes (not of the root, which stands for the two runs), diffoscope's comments, and the lines of hunks
 * without their signs; not the headers of hunks.
 *
 * Most of a report contains nothing of what is searched for. Windows of its decoded text are checked by a
 * filter, and only where one may match, lines are read, counted and compared one by one.
 */
import type { DiffPlace, DiffPlaces, Report, ReportLine, ReportNode } from '../types.ts'
import type { Match } from './automaton.ts'
import type { LineFinder, SearchQuery } from './line-finder.ts'

/** Where to search next. `at` and `line` are 0 in a name; in a comment, `line` is. Positions count from 0. */
export interface SearchPosition {
  readonly node: number
  readonly part: (typeof PARTS)[number]
  /** Position of the comment or of the hunk. */
  readonly at: number
  readonly line: number
}

/** The parts of a node, in the order in which they are searched. */
const PARTS = ['oldName', 'newName', 'comments', 'diff'] as const

export const SEARCH_START: SearchPosition = { node: 0, part: 'oldName', at: 0, line: 0 }

/** A line that matches, or a name or comment. */
export interface SearchHit {
  readonly node: number
  readonly place: 'oldName' | 'newName' | 'comment' | 'line'
  /** Of a line; null for names and comments. */
  readonly line: HitLine | null
  /** The text around the first match, at most 300 UTF-16 units. */
  readonly text: string
  /** Position in the whole line at which `text` begins, in UTF-16 units. */
  readonly textStart: number
  /**
   * The first match and others that begin within `text`, at most 20; of a text of more than 10,000 units the first one only.
   * Positions in the whole line; a match may end after `text`.
   */
  readonly matches: readonly Match[]
  /** Where to search for the next hit. */
  readonly next: SearchPosition
}

export interface HitLine extends Pick<ReportLine, 'kind' | 'oldNumber' | 'newNumber'> {
  /** Position of the hunk in its node, and of the line in the hunk. */
  readonly hunk: number
  readonly position: number
}

export interface SearchPage {
  readonly hits: readonly SearchHit[]
  /** Null if the report has been searched to its end. */
  readonly next: SearchPosition | null
  /** Number of lines of which only the first `MAX_LINE_LENGTH` units were searched. */
  readonly cutLines: number
}

export interface SearchBounds {
  /** Largest number of hits. */
  readonly first: number
  /** Time after which a page ends without hits, and after which one with hits ends. */
  readonly maxMs: number
  readonly maxMsWithHits: number
}

/** In UTF-16 units. Longer lines are searched only up to here. */
export const MAX_LINE_LENGTH = 1 << 24
const MAX_TEXT_LENGTH = 300
/** Units shown before the first match. */
const LEAD_LENGTH = 60
const MAX_MATCHES = 20
/** Only the first match of longer texts is looked for. */
const MAX_SHORT_LENGTH = 10_000
/** Nodes and hunks that are read at once. */
const BATCH = 200

/**
 * @param signal ends the search between two batches of lines
 * @throws SearchPatternError; the errors of Report's methods; `signal.reason`
 */
export function searchReport(
  report: Report,
  query: SearchQuery,
  finder: LineFinder,
  from: SearchPosition,
  bounds: SearchBounds,
  signal?: AbortSignal,
): Promise<SearchPage> {
  return new Search(report, query, finder, bounds, signal).run(from)
}

class Search {
  readonly #report: Report
  readonly #side: SearchQuery['side']
  readonly #finder: LineFinder
  readonly #bounds: SearchBounds
  readonly #signal: AbortSignal | undefined
  readonly #startedMs = performance.now()
  readonly #hits: SearchHit[] = []
  #cutLines = 0
  /** Whether the page has searched anything: time ends it only then, so that the next one does not begin at the same place. */
  #hasProgress = false

  constructor(
    report: Report,
    { side }: SearchQuery,
    finder: LineFinder,
    bounds: SearchBounds,
    signal: AbortSignal | undefined,
  ) {
    this.#report = report
    this.#side = side
    this.#finder = finder
    this.#bounds = bounds
    this.#signal = signal
  }

  async run(from: SearchPosition): Promise<SearchPage> {
    let at = from
    let next: SearchPosition | null = null
    while (next === null && at.node < this.#report.counts.nodes) {
      for (const node of await this.#report.nodes(at.node, BATCH)) {
        next = this.#isOver() ? at : await this.#searchNode(node, at)
        if (next !== null) break
        at = { ...SEARCH_START, node: node.ordinal + 1 }
      }
    }
    return { hits: this.#hits, next, cutLines: this.#cutLines }
  }

  #isOver(): boolean {
    this.#signal?.throwIfAborted()
    const { first, maxMs, maxMsWithHits } = this.#bounds
    if (this.#hits.length >= first) return true
    const passedMs = performance.now() - this.#startedMs
    return this.#hasProgress && passedMs > (this.#hits.length > 0 ? maxMsWithHits : maxMs)
  }

  /** @returns where to go on, if the page ends within the node */
  async #searchNode(node: ReportNode, { part, at, line }: SearchPosition): Promise<SearchPosition | null> {
    const texts = this.#namesAndComments(node)
    const start = { node: node.ordinal, part, at, line }
    for (const [position, text] of texts) {
      if (comparePositions(position, start) < 0) continue
      if (this.#isOver()) return position
      const next = {
        ...position,
        ...(position.part === 'comments' ? { at: position.at + 1 } : partAfter(position.part)),
      }
      const place = position.part === 'comments' ? 'comment' : (position.part as 'oldName' | 'newName')
      this.#search(text, { node: node.ordinal, place, line: null, next })
    }
    if (node.diff === null) return null
    return part === 'diff' ? this.#searchDiff(node.ordinal, at, line) : this.#searchDiff(node.ordinal, 0, 0)
  }

  *#namesAndComments({
    ordinal,
    source1,
    source2,
    comments,
  }: ReportNode): Generator<[SearchPosition, string]> {
    const side = this.#side
    // The name of most nodes is the same on both sides: that is one hit.
    const hasNewName = side === 'NEW' || (side === 'BOTH' && source1 !== source2)
    if (ordinal > 0 && side !== 'NEW') yield [{ node: ordinal, part: 'oldName', at: 0, line: 0 }, source1]
    if (ordinal > 0 && hasNewName) yield [{ node: ordinal, part: 'newName', at: 0, line: 0 }, source2]
    if (side !== 'BOTH') return
    for (const [at, comment] of comments.entries())
      yield [{ node: ordinal, part: 'comments', at, line: 0 }, comment]
  }

  /** @returns as `#searchNode` */
  async #searchDiff(node: number, hunk: number, line: number): Promise<SearchPosition | null> {
    const places = await this.#report.places(node)
    if (places === null) return null
    let place = await places.from(hunk, line)
    if (line > 0) {
      const next = await this.#searchLines(node, { hunk, line }, place)
      if (next !== null) return next
    }
    while (place !== null) {
      const part: NextLines | null = await this.#nextLines(node, places, place)
      if (part === null) return null
      if ('next' in part) return part.next
      const next = await this.#searchLines(node, part.from, part.to)
      if (next !== null) return next
      place = part.to
    }
    return null
  }

  /** The next lines of a diff that may match, or where to go on if the page ends before them; null if no others may. */
  async #nextLines(node: number, places: DiffPlaces, from: DiffPlace): Promise<NextLines | null> {
    if (this.#isOver()) return { next: positionOf(node, from) }
    const filter = this.#finder.filter()
    let reached = from.offset
    for await (const { start, end, text } of this.#report.windows(node, from.offset)) {
      if (filter.mayMatch(text)) return rangeAround(places, from, start, end)
      this.#hasProgress = true
      reached = end
      if (!this.#isOver()) continue
      const place = await places.before(end)
      // Within a line that is longer than what a page reads, no place is reached: the page goes on to its end.
      if (place.offset > from.offset) return { next: positionOf(node, place) }
    }
    return filter.mayMatchAtEnd() ? rangeAround(places, from, reached, reached) : null
  }

  /** @returns as `#searchNode` */
  async #searchLines(
    node: number,
    from: { readonly hunk: number; readonly line: number },
    to: DiffPlace | null,
  ): Promise<SearchPosition | null> {
    for (let at = from.hunk; to === null || at <= to.hunk; ) {
      const hunks = await this.#report.hunks(node, at, BATCH)
      if (hunks.length === 0) return null
      for (const hunk of hunks) {
        if (to !== null && (hunk.position > to.hunk || (hunk.position === to.hunk && to.line === 0)))
          return null
        const first = hunk.position === from.hunk ? from.line : 0
        const end = hunk.position === to?.hunk ? to.line : hunk.lines
        let position = first
        const range = { from: first, count: end - first, maxTextLength: MAX_LINE_LENGTH }
        for await (const lines of this.#report.lines(hunk, range)) {
          for (const line of lines) {
            const next = positionOf(node, { hunk: hunk.position, line: position + 1 })
            if (this.#searchLine(line, { hunk: hunk.position, position }, next)) return next
            position += 1
          }
          this.#hasProgress = true
          if (this.#isOver()) return positionOf(node, { hunk: hunk.position, line: position })
        }
      }
      at += hunks.length
    }
    return null
  }

  /** @returns whether the page ends here */
  #searchLine(
    { kind, oldNumber, newNumber, text, textCut }: ReportLine,
    place: { readonly hunk: number; readonly position: number },
    next: SearchPosition,
  ): boolean {
    if (this.#side !== 'BOTH' && kind !== (this.#side === 'OLD' ? 'removed' : 'added')) return false
    const line = { kind, oldNumber, newNumber, ...place }
    if (this.#search(text, { node: next.node, place: 'line', line, next })) return this.#isOver()
    if (textCut > 0) this.#cutLines += 1
    return false
  }

  /** Adds a hit if the text matches. */
  #search(text: string, hit: Pick<SearchHit, 'node' | 'place' | 'line' | 'next'>): boolean {
    const first = this.#finder.find(text, 0)
    this.#hasProgress = true
    if (first === null) return false
    const textStart = characterStart(text, Math.max(0, first.start - LEAD_LENGTH))
    const textEnd = characterStart(text, Math.min(text.length, textStart + MAX_TEXT_LENGTH))
    const matches = [first]
    const isShort = text.length <= MAX_SHORT_LENGTH
    for (let last = first; isShort && matches.length < MAX_MATCHES; ) {
      const from = afterMatch(text, last)
      const match = from < textEnd ? this.#finder.find(text, from) : null
      if (match === null || match.start >= textEnd) break
      matches.push(match)
      last = match
    }
    this.#hits.push({ ...hit, text: text.slice(textStart, textEnd), textStart, matches })
    return true
  }
}

/** Lines from a place to another one, or to the end of the diff; or where to go on. */
type NextLines =
  | { readonly from: DiffPlace; readonly to: DiffPlace | null }
  | { readonly next: SearchPosition }

/** The lines of which the bytes from `start` to `end` have a part. @param from the first place that matters */
async function rangeAround(
  places: DiffPlaces,
  from: DiffPlace,
  start: number,
  end: number,
): Promise<NextLines> {
  const begin = await places.before(start)
  return { from: begin.offset > from.offset ? begin : from, to: await places.after(end) }
}

function positionOf(node: number, { hunk, line }: Pick<DiffPlace, 'hunk' | 'line'>): SearchPosition {
  return { node, part: 'diff', at: hunk, line }
}

/** After an empty match, the next one begins at least one character later. */
function afterMatch(text: string, { start, end }: Match): number {
  if (end > start) return end
  return end + ((text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1)
}

function comparePositions(one: SearchPosition, other: SearchPosition): number {
  return PARTS.indexOf(one.part) - PARTS.indexOf(other.part) || one.at - other.at
}

function partAfter(part: SearchPosition['part']): Pick<SearchPosition, 'part'> {
  return { part: PARTS[PARTS.indexOf(part) + 1] ?? part }
}

/** `at`, or one unit less if that is within a character. */
function characterStart(text: string, at: number): number {
  const isWithin = /[\ud800-\udbff]/.test(text.charAt(at - 1)) && /[\udc00-\udfff]/.test(text.charAt(at))
  return isWithin ? at - 1 : at
}
