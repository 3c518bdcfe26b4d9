/** `/file/OLD/NEW?package=…&path=…`: the differences of one file. */
import type { FastifyInstance } from 'fastify'
import type { Format } from '../diff/rendering/format.ts'
import { MEDIA_TYPES } from '../diff/rendering/media-types.ts'
import { negotiate } from '../requests/mimeparse.ts'
import { sendBody } from '../responses/send-body.ts'
import {
  answeringErrors,
  bodyOf,
  countRendering,
  fileAddressIn,
  type PairRequest,
  ResponseError,
  type RestServices,
  renderOptions,
} from './diff-response.ts'
import { getDiff, getFile } from './get-diff.ts'
import { notAcceptable } from './legacy-errors.ts'

/** In the order that decides ties: the last one wins, so a client that accepts everything gets text. */
const FORMATS: readonly Format[] = ['markdown', 'json', 'html', 'text']

export function registerFile(server: FastifyInstance, services: RestServices): void {
  const { loadPair, errorFormat, basePath, bodyCache } = services
  server.get<PairRequest>(
    '/file/:old/:new',
    answeringErrors(
      () => 'diffoscope',
      errorFormat,
      async (request, reply) => {
        const { params, query, headers } = request
        const file = fileAddressIn(query)
        const pair = await loadPair(params.old, params.new)
        const mediaTypes = FORMATS.map((format) => MEDIA_TYPES[format])
        const accepted = negotiate(mediaTypes, headers.accept)
        const format = FORMATS.find((one) => MEDIA_TYPES[one] === accepted)
        if (!format) throw new ResponseError(notAcceptable(mediaTypes))
        const stored = await getFile(pair, file, request, services)
        const options = await renderOptions(query, basePath, () =>
          getDiff('summary', pair, request, services),
        )
        countRendering(stored, format, options, services, request, reply)
        const body = {
          ...bodyOf(stored, format, options),
          contentType: `${MEDIA_TYPES[format]}; charset=utf-8`,
          cacheControl: 'no-cache',
          vary: 'Accept, Accept-Encoding',
        }
        return sendBody(request, reply, body, { cache: bodyCache })
      },
    ),
  )
}
