/** `/summary/OLD/NEW`: what changed between two runs, as text, Markdown, JSON or SARIF. */
import type { FastifyInstance } from 'fastify'
import { SUMMARY_MEDIA_TYPES, type SummaryFormat } from '../diff/rendering/summary/render-summary.ts'
import { negotiate } from '../requests/mimeparse.ts'
import { sendBody } from '../responses/send-body.ts'
import {
  answeringErrors,
  countBytes,
  type PairRequest,
  ResponseError,
  type RestServices,
} from './diff-response.ts'
import { getDiff } from './get-diff.ts'
import { notAcceptable } from './legacy-errors.ts'
import { ResponseHeadCache } from './response-head-cache.ts'

/** In the order that decides ties: the last one wins, so a client that accepts everything gets text. */
const FORMATS: readonly SummaryFormat[] = ['sarif', 'json', 'markdown', 'text']

export function registerSummary(server: FastifyInstance, services: RestServices): void {
  const { loadPair, errorFormat, bodyCache } = services
  const heads = new ResponseHeadCache()
  server.get<PairRequest>(
    '/summary/:old/:new',
    answeringErrors(
      () => 'summary',
      errorFormat,
      async (request, reply) => {
        const { url, headers } = request
        const knownHead = heads.get(url, headers.accept)
        const knownBody = knownHead && bodyCache.get(knownHead.etag)
        if (knownHead && knownBody) return sendBody(request, reply, { ...knownHead, body: knownBody })
        const pair = await loadPair(request.params.old, request.params.new)
        const mediaTypes = FORMATS.map((format) => SUMMARY_MEDIA_TYPES[format])
        const accepted = negotiate(mediaTypes, headers.accept)
        const format = FORMATS.find((one) => SUMMARY_MEDIA_TYPES[one] === accepted)
        if (!format) throw new ResponseError(notAcceptable(mediaTypes))
        const stored = await getDiff('summary', pair, request, services)
        countBytes(stored.entry.sizeBytes, services.budget, request, reply)
        const head = {
          contentType: `${SUMMARY_MEDIA_TYPES[format]}; charset=utf-8`,
          cacheControl: 'no-cache',
          vary: 'Accept, Accept-Encoding',
          etag: stored.etag(format),
        }
        heads.set(url, headers.accept, head)
        const body = async function* () {
          yield Buffer.from(stored.render(format))
        }
        return sendBody(request, reply, { ...head, body }, { cache: bodyCache })
      },
    ),
  )
}
