/** `/search/OLD/NEW?text=…`: what a search finds in a cached report, a page at a time, as JSON. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { SearchQuery } from '../diff/report/search/line-finder.ts'
import type { FoundPage, SearchRequest } from '../diff/search/report-searches.ts'
import { SearchPatternError, UsageError } from '../errors.ts'
import type { RunPair } from '../model.ts'
import { sendBody } from '../responses/send-body.ts'
import { DiffNotReadyError } from '../services/diff-service.ts'
import {
  answeringErrors,
  countBytes,
  fileAddressIn,
  lastValue,
  type PairRequest,
  ResponseError,
  type RestServices,
  renderOptions,
} from './diff-response.ts'
import { callerOf } from './get-diff.ts'

const SIDES: Readonly<Record<string, SearchQuery['side']>> = { old: 'OLD', new: 'NEW', both: 'BOTH' }
const MAX_PAGE = 100
const DEFAULT_PAGE = 50

export function registerSearch(server: FastifyInstance, services: RestServices): void {
  server.get<PairRequest>(
    '/search/:old/:new',
    answeringErrors(
      () => 'diffoscope',
      services.errorFormat,
      async (request, reply) => {
        const { params, query } = request
        const wanted = searchIn(query)
        const pair = await services.loadPair(params.old, params.new)
        const body = Buffer.from(JSON.stringify(bodyOf(await pageOf(pair, wanted, request, services))))
        countBytes(body.length, services.budget, request, reply)
        return sendBody(request, reply, {
          contentType: 'application/json; charset=utf-8',
          cacheControl: 'no-cache',
          vary: 'Accept-Encoding',
          etag: null,
          body,
        })
      },
    ),
  )
}

async function pageOf(
  pair: RunPair,
  wanted: SearchRequest,
  request: FastifyRequest<PairRequest>,
  { diffService, basePath }: RestServices,
): Promise<FoundPage> {
  const { query } = request
  const cached = async <K extends 'diffoscope' | 'summary'>(kind: K) => {
    const stored = await diffService.lookup(kind, pair)
    if (!stored) throw new DiffNotReadyError(kind, await diffService.findJob(pair))
    return stored
  }
  const caller = callerOf(request)
  try {
    if ('path' in query || 'package' in query) {
      const stored = await diffService.file(pair, fileAddressIn(query), 'CACHED_ONLY', caller)
      return await stored.search({ filterBoring: false }, wanted, caller)
    }
    const { hide } = await renderOptions(query, basePath, () => cached('summary'))
    return await (await cached('diffoscope')).search({ filterBoring: false, hide }, wanted, caller)
  } catch (error) {
    const isOfRequest = error instanceof UsageError || error instanceof SearchPatternError
    throw isOfRequest ? invalid(error.message) : error
  }
}

/** @throws ResponseError (400) */
function searchIn(query: PairRequest['Querystring']): SearchRequest {
  const [text, side = 'both', first = String(DEFAULT_PAGE), after = null] = [
    query.text,
    query.side,
    query.first,
    query.after,
  ].map(lastValue)
  if (text === undefined) throw invalid('Name what to search for: ?text=TEXT')
  const known = SIDES[side]
  if (!known) throw invalid(`"side" must be old, new or both, not ${JSON.stringify(side.slice(0, 40))}`)
  const size = /^\d{1,4}$/.test(first) ? Number(first) : 0
  if (size < 1 || size > MAX_PAGE)
    throw invalid(`"first" must be from 1 to ${MAX_PAGE}, not ${JSON.stringify(first.slice(0, 40))}`)
  return {
    text,
    isPattern: 'regex' in query,
    ignoreCase: 'ignore_case' in query,
    side: known,
    first: size,
    after,
  }
}

function bodyOf({ hits, hasNextPage, endCursor, totalCount, cutLines }: FoundPage): unknown {
  return {
    hits: hits.map(({ hit: { path, node, place, line, text, textStart, matches } }) => ({
      path,
      node,
      place,
      hunk: line?.hunk ?? null,
      line: line?.position ?? null,
      kind: line?.kind ?? null,
      old_number: line?.oldNumber ?? null,
      new_number: line?.newNumber ?? null,
      text,
      text_start: textStart,
      matches,
    })),
    next: hasNextPage ? endCursor : null,
    total: totalCount,
    cut_lines: cutLines,
  }
}

function invalid(text: string): ResponseError {
  return new ResponseError({ status: 400, text, title: 'Invalid parameter', details: text })
}
