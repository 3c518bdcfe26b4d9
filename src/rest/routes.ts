/** The routes of the old service, on the same services as the GraphQL API. Their contract is docs/rest.md. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { filterStream } from '../diff/rendering/debdiff/render-debdiff.ts'
import type { Format } from '../diff/rendering/format.ts'
import { MEDIA_TYPES } from '../diff/rendering/media-types.ts'
import type { StoredDiffoscope } from '../diff/stored/stored-diffoscope.ts'
import type { DiffKind } from '../model.ts'
import { negotiate } from '../requests/mimeparse.ts'
import { sendBody } from '../responses/send-body.ts'
import {
  answeringErrors,
  bodyOf,
  countRendering,
  type Handler,
  type PairRequest,
  ResponseError,
  type RestServices,
  renderOptions,
} from './diff-response.ts'
import { callerOf, getDiff, requireMaking } from './get-diff.ts'
import { notAcceptable } from './legacy-errors.ts'
import { registerPrecache } from './precache.ts'
import { ResponseHeadCache } from './response-head-cache.ts'

/** Media types in the order that decides ties (the last wins), and how the body of a 406 lists them. */
const NEGOTIATION = {
  debdiff: {
    supported: ['application/json', 'text/x-diff', 'text/plain', 'text/markdown', 'text/html'],
    listed: ['application/json', 'text/html', 'text/plain', 'text/markdown'],
  },
  diffoscope: {
    supported: ['text/plain', 'text/html', 'application/json', 'text/markdown'],
    listed: ['text/html', 'text/plain', 'application/json', 'text/markdown'],
  },
  stream: { supported: ['text/plain'], listed: ['text/plain'] },
} as const

const FORMAT_OF: Readonly<Record<string, Format>> = {
  ...Object.fromEntries(Object.entries(MEDIA_TYPES).map(([format, type]) => [type, format as Format])),
  'text/x-diff': 'text',
}

/** Headers of every legacy URL: what it names may change, and has several formats. */
const LEGACY_HEADERS = { cacheControl: 'no-cache', vary: 'Accept, Accept-Encoding' }

type Exchange = [request: FastifyRequest<PairRequest>, reply: FastifyReply]

export function registerRest(server: FastifyInstance, services: RestServices): void {
  const heads = new ResponseHeadCache()
  const answering = (kind: DiffKind, handler: Handler) =>
    answeringErrors(() => kind, services.errorFormat, handler)
  for (const kind of ['debdiff', 'diffoscope'] as const)
    server.get(
      `/${kind}/:old/:new`,
      answering(kind, (...exchange) => sendDiff(kind, services, heads, ...exchange)),
    )
  server.get(
    '/debdiff/:old/:new/stream',
    answering('debdiff', (...exchange) => streamDebdiff(services, ...exchange)),
  )
  // A separate scope, because these routes parse no bodies.
  server.register((scope, _options, done) => {
    registerPrecache(scope, services, (handler) => answering('debdiff', handler))
    done()
  })
}

async function sendDiff(
  kind: DiffKind,
  services: RestServices,
  heads: ResponseHeadCache,
  ...[request, reply]: Exchange
): Promise<FastifyReply> {
  const { loadPair, basePath, bodyCache } = services
  const { url, headers, params, query } = request
  const knownHead = heads.get(url, headers.accept)
  const knownBody = knownHead && bodyCache.get(knownHead.etag)
  if (knownHead && knownBody) return sendBody(request, reply, { ...knownHead, body: knownBody })
  // Before the negotiation: an unknown run is a 404 whatever the client accepts.
  const pair = await loadPair(params.old, params.new)
  const format = negotiateFormat(kind, request)
  // Not the negotiated type: `text/x-diff` has always been sent as `text/plain`.
  const mediaType = MEDIA_TYPES[format]
  const stored = await getDiff(kind, pair, request, services)
  if (stored.kind === 'diffoscope' && !('hide' in query || 'partial' in query)) assertWhole(stored)
  const options = await renderOptions(query, basePath, () => getDiff('summary', pair, request, services))
  countRendering(stored, format, options, services, request, reply)
  const { body, stored: compressed, ...rest } = bodyOf(stored, format, options)
  const head = {
    ...LEGACY_HEADERS,
    ...rest,
    // A plain debdiff is sent unchanged, valid UTF-8 or not, so it claims no charset.
    contentType: kind === 'debdiff' && format === 'text' ? mediaType : `${mediaType}; charset=utf-8`,
  }
  heads.set(url, headers.accept, head)
  return sendBody(
    request,
    reply,
    { ...head, body, ...(compressed && { stored: compressed }) },
    { cache: bodyCache },
  )
}

/**
 * Clients of the old service take every report for a whole one.
 * @throws why the first package that the report lacks could not be compared
 */
function assertWhole({ missing: [first] }: StoredDiffoscope): void {
  if (first) throw first.error
}

/** Sends a debdiff, if it is not cached yet, while debdiff prints it. */
async function streamDebdiff(services: RestServices, ...[request, reply]: Exchange): Promise<FastifyReply> {
  const { loadPair, diffService, making } = services
  const pair = await loadPair(request.params.old, request.params.new)
  const format = negotiateFormat('stream', request)
  const options = { filterBoring: 'filter_boring' in request.query }
  const head = { ...LEGACY_HEADERS, contentType: MEDIA_TYPES[format] }
  // The status that HEAD reports is only known when the debdiff is complete.
  const stored =
    request.method === 'HEAD'
      ? await getDiff('debdiff', pair, request, services)
      : await diffService.lookup('debdiff', pair)
  if (stored) {
    countRendering(stored, format, options, services, request, reply)
    return sendBody(request, reply, { ...head, ...bodyOf(stored, format, options) }, { chunked: true })
  }
  requireMaking(request, making)
  const printed = diffService.follow(pair, callerOf(request))
  const versions = { oldVersion: pair.old.version, newVersion: pair.new.version }
  const body = () => (options.filterBoring ? filterStream(printed, versions) : printed)
  return sendBody(request, reply, { ...head, etag: null, body })
}

/** @throws ResponseError (406) */
function negotiateFormat(offer: keyof typeof NEGOTIATION, { headers }: FastifyRequest<PairRequest>): Format {
  const { supported, listed } = NEGOTIATION[offer]
  const accepted = negotiate<string>(supported, headers.accept)
  const format = accepted === null ? undefined : FORMAT_OF[accepted]
  if (!format) throw new ResponseError(notAcceptable(listed))
  return format
}
