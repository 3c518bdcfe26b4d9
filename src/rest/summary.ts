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

/** In the order that decides ties: the last one wins, so a client that accepts everything gets text. */
const FORMATS: readonly SummaryFormat[] = ['sarif', 'json', 'markdown', 'text']

export function registerSummary(server: FastifyInstance, services: RestServices): void {
  const { loadPair, errorFormat } = services
  server.get<PairRequest>(
    '/summary/:old/:new',
    answeringErrors(
      () => 'summary',
      errorFormat,
      async (request, reply) => {
        const pair = await loadPair(request.params.old, request.params.new)
        const mediaTypes = FORMATS.map((format) => SUMMARY_MEDIA_TYPES[format])
        const accepted = negotiate(mediaTypes, request.headers.accept)
        const format = FORMATS.find((one) => SUMMARY_MEDIA_TYPES[one] === accepted)
        if (!format) throw new ResponseError(notAcceptable(mediaTypes))
        const stored = await getDiff('summary', pair, request, services)
        countBytes(stored.entry.sizeBytes, services.budget, request, reply)
        return sendBody(request, reply, {
          contentType: `${SUMMARY_MEDIA_TYPES[format]}; charset=utf-8`,
          cacheControl: 'no-cache',
          vary: 'Accept, Accept-Encoding',
          etag: stored.etag(format),
          body: Buffer.from(stored.render(format)),
        })
      },
    ),
  )
}
