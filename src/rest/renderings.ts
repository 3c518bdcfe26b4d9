import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Format } from '../diff/rendering/format.ts'
import { MEDIA_TYPES } from '../diff/rendering/media-types.ts'
import { UsageError } from '../errors.ts'
import type { DiffKind } from '../model.ts'
import { sendBody } from '../responses/send-body.ts'
import {
  answeringErrors,
  bodyOf,
  countRendering,
  fileAddressIn,
  lastValue,
  type PairRequest,
  ResponseError,
  type RestServices,
  renderOptions,
} from './diff-response.ts'
import { callerOf } from './get-diff.ts'

interface RenderingRequest extends PairRequest {
  Params: { kind: string; old: string; new: string; format: string }
}

/**
 * `/renderings/{kind}/{old}/{new}/{format}`: what `Rendering.url` of the GraphQL API names. A URL has one
 * format, so nothing is negotiated. It never starts a tool: a diff that is not cached (any more) is a 404.
 * With `from` it is the part of a report, from that position on, that another page leaves out.
 */
export function registerRenderings(server: FastifyInstance, services: RestServices): void {
  server.get<RenderingRequest>(
    '/renderings/:kind/:old/:new/:format',
    answeringErrors<RenderingRequest>(
      ({ params }) => (params.kind === 'debdiff' ? 'debdiff' : 'diffoscope'),
      services.errorFormat,
      (request, reply) => sendRendering(services, request, reply),
    ),
  )
}

async function sendRendering(
  services: RestServices,
  request: FastifyRequest<RenderingRequest>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { loadPair, diffService, basePath, bodyCache } = services
  const { params, query } = request
  const { kind, format } = params
  if (!isKind(kind) || !isFormat(format)) {
    reply.callNotFound()
    return reply
  }
  const pair = await loadPair(params.old, params.new)
  const stored =
    kind === 'file'
      ? await diffService.file(pair, fileAddressIn(query), 'CACHED_ONLY', callerOf(request))
      : await diffService.diff(kind, pair, 'CACHED_ONLY')
  const from = kind !== 'debdiff' && format === 'html' ? lastValue(query.from) : undefined
  const options = {
    ...(await renderOptions(query, basePath, () => diffService.diff('summary', pair, 'CACHED_ONLY'))),
    from,
  }
  countRendering(stored, format, options, services, request, reply)
  const rendering = bodyOf(stored, format, options)
  const isVersioned = `"${query.v}"` === rendering.etag
  const body = {
    ...rendering,
    contentType: `${MEDIA_TYPES[format]}; charset=utf-8`,
    // The content of a URL that contains its ETag never changes.
    cacheControl: isVersioned ? 'public, max-age=31536000, immutable' : 'no-cache',
    vary: 'Accept-Encoding',
  }
  return sendBody(request, reply, body, { cache: bodyCache }).catch(answerWrongPosition)
}

/** Only the position in the report can be wrong in such a URL. */
function answerWrongPosition(error: unknown): never {
  if (!(error instanceof UsageError)) throw error
  const { message } = error
  throw new ResponseError({ status: 404, text: message, title: 'No such position', details: message })
}

function isKind(text: string): text is DiffKind | 'file' {
  return text === 'debdiff' || text === 'diffoscope' || text === 'file'
}

function isFormat(text: string): text is Format {
  return Object.hasOwn(MEDIA_TYPES, text)
}
