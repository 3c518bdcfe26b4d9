/** Pages of the values that clients filter runs by. */
import { type RunValue, type RunValueKind, runValues } from '../db/run-values.ts'
import { assertSearchLength } from '../db/search.ts'
import { UsageError } from '../errors.ts'
import type { Context } from './context.ts'
import type { ListPage, PageRequest } from './list-page.ts'

/**
 * A page of values; the cursor of one is the value itself.
 * @throws UsageError for a search that is too long; DatabaseUnavailableError; OverloadedError
 */
export async function pageOfRunValues(
  kind: RunValueKind,
  search: string | null | undefined,
  { first, after }: PageRequest,
  { services, client }: Context,
): Promise<ListPage<RunValue>> {
  assertSearchLength(search ?? '')
  const queries = services.database.for('search', client)
  const start = after == null ? null : decode(after)
  const found = await runValues(queries, kind, { search: search ?? '', after: start, limit: first + 1 })
  const hasPreviousPage = async () => {
    if (start === null) return false
    const [earliest] = await runValues(queries, kind, { search: search ?? '', after: null, limit: 1 })
    return earliest !== undefined && earliest.value !== found[0]?.value
  }
  return {
    edges: found.slice(0, first).map((node) => ({ node, cursor: encode(node.value) })),
    hasNextPage: found.length > first,
    hasPreviousPage,
  }
}

/** A marker in front keeps a cursor apart from those of other lists. */
const MARKER = 'value:'

function encode(value: string): string {
  return Buffer.from(MARKER + value).toString('base64url')
}

function decode(cursor: string): string {
  const text = Buffer.from(cursor, 'base64url').toString('utf8')
  if (!text.startsWith(MARKER))
    throw new UsageError('"after" is not a cursor of this list; take one from pageInfo.endCursor or an edge')
  return text.slice(MARKER.length)
}
