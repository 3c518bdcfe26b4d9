/** Cursors of a search: where it goes on, for this query in this report only. */
import { createHash } from 'node:crypto'
import { UsageError } from '../../errors.ts'
import type { SearchQuery } from '../report/search/line-finder.ts'
import { SEARCH_START, type SearchPosition } from '../report/search/search-report.ts'

export interface SearchProgress {
  readonly position: SearchPosition
  /** How many hits come before the position. */
  readonly found: number
}

const PARTS: readonly SearchPosition['part'][] = ['oldName', 'newName', 'comments', 'diff']

export class SearchCursors {
  readonly #key: string

  /** @param facts what the hits depend on besides the query: the report, and what is hidden of it */
  constructor({ text, isPattern, ignoreCase, side }: SearchQuery, facts: readonly unknown[]) {
    const key = JSON.stringify([text, isPattern, ignoreCase, side, facts])
    this.#key = createHash('sha256').update(key).digest('base64url').slice(0, 12)
  }

  encode({ position: { node, part, at, line }, found }: SearchProgress): string {
    return `${this.#key}.${[found, node, PARTS.indexOf(part), at, line].join('.')}`
  }

  /** @param cursor null for the beginning @throws UsageError for a cursor of another search */
  decode(cursor: string | null): SearchProgress {
    if (cursor === null) return { position: SEARCH_START, found: 0 }
    const [key, ...numbers] = cursor.split('.')
    const [found, node, part, at, line] = numbers.map((text) =>
      /^\d{1,10}$/.test(text) ? Number(text) : NaN,
    )
    const isComplete = numbers.length === 5 && [found, node, at, line].every(Number.isInteger)
    const name = PARTS[part ?? -1]
    if (key !== this.#key || !isComplete || name === undefined)
      throw new UsageError(
        `${JSON.stringify(cursor.slice(0, 100))} is not a cursor of this search in this report; take one from pageInfo.endCursor`,
      )
    const position = { node: node as number, part: name, at: at as number, line: line as number }
    return { position, found: found as number }
  }
}
