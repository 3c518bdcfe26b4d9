/** The REST shim: the old service's routes onto the same services as GraphQL. Its contract is docs/rest.md. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import { filterAsItComes } from '../diff/rendering/debdiff/render-debdiff.ts'
import { type Format, MEDIA_TYPES } from '../diff/stored-diff.ts'
import { InvalidPackageError } from '../errors.ts'
import type { DiffKind, RunPair } from '../model.ts'
import { negotiate } from '../requests/mimeparse.ts'
import type { BodyCache } from '../responses/body-cache.ts'
import {
  answerToInvalidPackage,
  type HttpError,
  httpErrorFor,
  internalError,
  notAcceptable,
} from '../responses/http-error.ts'
import { sendBody, whole } from '../responses/send-body.ts'
import { type ErrorFormat, sendError } from '../responses/send-error.ts'
import type { DiffService } from '../services/diff-service.ts'
import type { PrecacheService } from '../services/precache-service.ts'
import { registerPrecache } from './precache.ts'
import { ResponseHeadCache } from './response-head-cache.ts'

export interface RestServices {
  /** @throws RunNotFoundError, RunNotSuccessfulError, DatabaseUnavailableError */
  readonly loadPair: (oldId: string, newId: string) => Promise<RunPair>
  readonly diffService: DiffService
  readonly precacheService: PrecacheService
  /** Of error bodies, where the query does not say. */
  readonly errorFormat: ErrorFormat
  /** What the paths of links within a page begin with: nothing, or like `/differ`. */
  readonly basePath: string
  readonly hot: BodyCache
}

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

/** Of every legacy URL: what it names may be made again, and comes in several forms. */
const LEGACY = { cacheControl: 'no-cache', vary: 'Accept, Accept-Encoding' }

interface DiffRequest {
  Params: { old: string; new: string }
  Querystring: Record<string, string | string[] | undefined>
}
type Handler = (request: FastifyRequest<DiffRequest>, reply: FastifyReply) => Promise<FastifyReply>

export function registerRest(server: FastifyInstance, services: RestServices): void {
  const recent = new ResponseHeadCache()
  for (const kind of ['debdiff', 'diffoscope'] as const)
    server.get(
      `/${kind}/:old/:new`,
      answering(kind, services, (...exchange) => answerDiff(kind, services, recent, ...exchange)),
    )
  server.get(
    '/debdiff/:old/:new/stream',
    answering('debdiff', services, (...exchange) => answerStream(services, ...exchange)),
  )
  // A scope of its own, for what is said of bodies there holds for these routes only.
  server.register(async (scope) =>
    registerPrecache(scope, services.precacheService, (handler) => answering('debdiff', services, handler)),
  )
}

async function answerDiff(
  kind: DiffKind,
  { loadPair, diffService, basePath, hot }: RestServices,
  recent: ResponseHeadCache,
  request: FastifyRequest<DiffRequest>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { url, headers } = request
  const known = recent.get(url, headers.accept)
  const bytes = known && hot.get(known.etag)
  if (known && bytes) return sendBody(request, reply, { ...known, body: () => whole(bytes) }, hot)
  // Ahead of the negotiation: an unknown run is a 404 whatever is acceptable.
  const pair = await loadPair(request.params.old, request.params.new)
  const format = chooseFormat(kind, request)
  // Not what was asked for: text/x-diff has always been called text/plain.
  const mediaType = MEDIA_TYPES[format]
  const options = {
    filterBoring: 'filter_boring' in request.query,
    cssUrl: stylesheet(request.query.css_url),
    basePath,
  }
  const stored = await diffService.wait(kind, pair, request.signal)
  const head = {
    ...LEGACY,
    // The bytes of a plain debdiff go out as they are, valid UTF-8 or not, so no charset is claimed.
    contentType: kind === 'debdiff' && format === 'text' ? mediaType : `${mediaType}; charset=utf-8`,
    etag: stored.etag(format, options),
    ...(format === 'html' && { policy: stored.policy(options) }),
  }
  recent.keep(url, headers.accept, head)
  return sendBody(request, reply, { ...head, body: () => stored.render(format, options) }, hot)
}

/** A debdiff while it is made: what is not there yet follows as debdiff prints it. */
async function answerStream(
  { loadPair, diffService }: RestServices,
  request: FastifyRequest<DiffRequest>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const pair = await loadPair(request.params.old, request.params.new)
  const format = chooseFormat('stream', request)
  const options = { filterBoring: 'filter_boring' in request.query }
  const head = { ...LEGACY, contentType: MEDIA_TYPES[format] }
  // A HEAD is told what will become of it, which is known at the end only.
  const stored =
    request.method === 'HEAD'
      ? await diffService.wait('debdiff', pair, request.signal)
      : await diffService.lookup('debdiff', pair)
  if (stored) {
    const body = () => stored.render(format, options)
    return sendBody(request, reply, { ...head, etag: stored.etag(format, options), body })
  }
  const printed = diffService.follow(pair, request.signal)
  const versions = { oldVersion: pair.old.version, newVersion: pair.new.version }
  const body = () => (options.filterBoring ? filterAsItComes(printed, versions) : printed)
  return sendBody(request, reply, { ...head, etag: null, body })
}

/** Turns what a handler throws into an answer; who went away gets none. */
function answering(kind: DiffKind, { errorFormat }: RestServices, handler: Handler): Handler {
  return async (request, reply) => {
    try {
      return await handler(request, reply)
    } catch (error) {
      if (request.signal.aborted) return reply.hijack()
      return sendError(request, reply, judge(error, kind, request.log as Logger, request.id), errorFormat)
    }
  }
}

/** @throws NotAcceptable */
function chooseFormat(offer: keyof typeof NEGOTIATION, request: FastifyRequest): Format {
  const { supported, listed } = NEGOTIATION[offer]
  const accepted = negotiate<string>(supported, request.headers.accept)
  if (!accepted) throw new NotAcceptable(listed)
  return FORMAT_OF[accepted] as Format
}

class NotAcceptable extends Error {
  readonly listed: readonly string[]
  constructor(listed: readonly string[]) {
    super('not acceptable')
    this.listed = listed
  }
}

function judge(error: unknown, kind: DiffKind, log: Logger, reference: string): HttpError {
  if (error instanceof NotAcceptable) return notAcceptable(error.listed)
  if (error instanceof InvalidPackageError) return answerToInvalidPackage(error, kind)
  const answer = httpErrorFor(error)
  if (answer) return answer
  log.error({ err: error, reference }, 'a request failed unexpectedly')
  return internalError(reference)
}

/** Only what a browser fetches as a stylesheet and nothing else: an http(s) URL, or one relative to this service. */
export function stylesheet(given: string | string[] | undefined): string | undefined {
  const url = Array.isArray(given) ? given.at(-1) : given
  if (!url || url.length > 2048 || !URL.canParse(url, 'http://relative.invalid/')) return undefined
  return /^https?:$/.test(new URL(url, 'http://relative.invalid/').protocol) ? url : undefined
}
