import type { FastifyInstance } from 'fastify'
import { type Format, MEDIA_TYPES } from '../diff/stored-diff.ts'
import { UsageError } from '../errors.ts'
import type { DiffKind } from '../model.ts'
import { type HttpError, httpErrorFor } from '../responses/http-error.ts'
import { sendBody } from '../responses/send-body.ts'
import { sendError } from '../responses/send-error.ts'
import { type RestServices, stylesheet } from './routes.ts'

interface RenderingRequest {
  Params: { kind: string; old: string; new: string; format: string }
  Querystring: Record<string, string | string[] | undefined>
}

/**
 * `/renderings/{kind}/{old}/{new}/{format}`: what `Rendering.url` of the GraphQL API names. One URL is one format, so
 * nothing is negotiated; nothing is made here either: a diff that is not cached (any more) is a 404. With `from` it is what the page of a diffoscope
 * report leaves out, from that place on.
 */
export function registerRenderings(server: FastifyInstance, services: RestServices): void {
  server.get<RenderingRequest>('/renderings/:kind/:old/:new/:format', async (request, reply) => {
    const { kind, old, new: fresh, format } = request.params
    if (!isKind(kind) || !isFormat(format)) return reply.callNotFound()
    const options = {
      filterBoring: 'filter_boring' in request.query,
      cssUrl: stylesheet(request.query.css_url),
      basePath: services.basePath,
      from: kind === 'diffoscope' && format === 'html' ? lastOf(request.query.from) : undefined,
    }
    try {
      const stored = await services.diffService.diff(
        kind,
        await services.loadPair(old, fresh),
        'CACHED_ONLY',
        request.signal,
      )
      const etag = stored.etag(format, options)
      const body = {
        contentType: `${MEDIA_TYPES[format]}; charset=utf-8`,
        etag,
        // A URL that names the version of what it names has one content for ever.
        cacheControl: `"${request.query.v}"` === etag ? 'public, max-age=31536000, immutable' : 'no-cache',
        vary: 'Accept-Encoding',
        ...(format === 'html' && { policy: stored.policy(options) }),
        body: () => stored.render(format, options),
      }
      return await sendBody(request, reply, body, services.hot)
    } catch (error) {
      const answer = error instanceof UsageError ? noSuchPlace(error) : httpErrorFor(error)
      if (!answer) throw error
      return sendError(request, reply, answer, services.errorFormat)
    }
  })
}

/** The only thing in such an address that can be wrong in itself is the place in it. */
function noSuchPlace({ message }: UsageError): HttpError {
  return { status: 404, text: message, title: 'No such place', details: message }
}

function lastOf(values: string | string[] | undefined): string | undefined {
  return Array.isArray(values) ? values.at(-1) : values
}

function isKind(text: string): text is DiffKind {
  return text === 'debdiff' || text === 'diffoscope'
}

function isFormat(text: string): text is Format {
  return Object.hasOwn(MEDIA_TYPES, text)
}
