/** The REST shim: the old service's diff routes onto the same services as GraphQL. Its contract is docs/rest.md. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import { type Format, MEDIA_TYPES } from '../diff/stored-report.ts'
import { InvalidPackageError } from '../errors.ts'
import type { DiffKind, RunPair } from '../model.ts'
import type { Demand } from '../precache/demand.ts'
import { answerTo, answerToInvalidPackage, type ErrorAnswer, internalError, notAcceptable } from './errors.ts'
import type { HotBodies } from './hot-bodies.ts'
import { negotiate } from './negotiation.ts'
import { sendBody } from './send-body.ts'

export interface RestServices {
  /** @throws RunNotFoundError, RunNotSuccessfulError, DatabaseUnavailableError */
  readonly loadPair: (oldId: string, newId: string) => Promise<RunPair>
  readonly demand: Demand
  /** Of error bodies, where the query does not say. */
  readonly errorFormat: 'text' | 'json'
  readonly hot: HotBodies
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
} as const

const FORMAT_OF: Readonly<Record<string, Format>> = {
  ...Object.fromEntries(Object.entries(MEDIA_TYPES).map(([format, type]) => [type, format as Format])),
  'text/x-diff': 'text',
}

interface DiffRequest {
  Params: { old: string; new: string }
  Querystring: Record<string, string | string[] | undefined>
}

export function registerRest(server: FastifyInstance, services: RestServices): void {
  for (const kind of ['debdiff', 'diffoscope'] as const) {
    server.get<DiffRequest>(`/${kind}/:old/:new`, async (request, reply) => {
      try {
        return await answerDiff(kind, services, request, reply)
      } catch (error) {
        if (request.signal.aborted) return reply.hijack()
        return sendError(
          reply,
          judge(error, kind, request.log as Logger, request.id),
          errorFormat(request, services),
        )
      }
    })
  }
}

async function answerDiff(
  kind: DiffKind,
  { loadPair, demand, hot }: RestServices,
  request: FastifyRequest<DiffRequest>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { old: oldId, new: newId } = request.params
  // Ahead of the negotiation: an unknown run is a 404 whatever is acceptable.
  const pair = await loadPair(oldId, newId)
  const { supported, listed } = NEGOTIATION[kind]
  const accepted = negotiate(supported, request.headers.accept)
  if (!accepted) throw new NotAcceptable(listed)
  const format = FORMAT_OF[accepted] as Format
  // Not `accepted`: what is asked for as text/x-diff has always been called text/plain.
  const mediaType = MEDIA_TYPES[format]
  const options = {
    filterBoring: 'filter_boring' in request.query,
    cssUrl: stylesheet(request.query.css_url),
  }
  const stored = await demand.wait(kind, pair, request.signal)
  const body = {
    // The bytes of a plain debdiff go out as they are, valid UTF-8 or not, so no charset is claimed.
    contentType: kind === 'debdiff' && format === 'text' ? mediaType : `${mediaType}; charset=utf-8`,
    etag: stored.etag(format, options),
    cacheControl: 'no-cache',
    vary: 'Accept, Accept-Encoding',
    body: () => stored.render(format, options),
  }
  return sendBody(request, reply, body, hot)
}

class NotAcceptable extends Error {
  readonly listed: readonly string[]
  constructor(listed: readonly string[]) {
    super('not acceptable')
    this.listed = listed
  }
}

function judge(error: unknown, kind: DiffKind, log: Logger, reference: string): ErrorAnswer {
  if (error instanceof NotAcceptable) return notAcceptable(error.listed)
  if (error instanceof InvalidPackageError) return answerToInvalidPackage(error, kind)
  const answer = answerTo(error)
  if (answer) return answer
  log.error({ err: error, reference }, 'a request failed unexpectedly')
  return internalError(reference)
}

function errorFormat(request: FastifyRequest, services: RestServices): 'text' | 'json' {
  const { error_format: asked } = request.query as DiffRequest['Querystring']
  return asked === 'json' || asked === 'text' ? asked : services.errorFormat
}

/** Writes an error's answer in the form asked for. */
export function sendError(reply: FastifyReply, answer: ErrorAnswer, format: 'text' | 'json'): FastifyReply {
  if (answer.reason) reply.raw.statusMessage = answer.reason
  reply
    .code(answer.status)
    .headers({ 'cache-control': 'no-store', vary: 'Accept, Accept-Encoding', ...answer.headers })
  const { text, title, details, runId = null, command = null } = answer
  const isText = format === 'text'
  const body = isText ? text : JSON.stringify({ error: title, details, run_id: runId, command })
  // As bytes: Node.js writes the headers together with a body that is a string, and then in the body's encoding instead of Latin-1.
  return reply.type(`${isText ? 'text/plain' : 'application/json'}; charset=utf-8`).send(Buffer.from(body))
}

/** Only what a browser fetches as a stylesheet and nothing else: an http(s) URL, or one relative to this service. */
export function stylesheet(given: string | string[] | undefined): string | undefined {
  const url = Array.isArray(given) ? given.at(-1) : given
  if (!url || url.length > 2048 || !URL.canParse(url, 'http://relative.invalid/')) return undefined
  return /^https?:$/.test(new URL(url, 'http://relative.invalid/').protocol) ? url : undefined
}
