/** `/pictures/OLD/NEW/SIDE?package=…&path=…`: a file that is a picture, to be shown by a browser. */
import type { FastifyInstance } from 'fastify'
import { etagOf, matchEtag } from '../etag.ts'
import {
  answeringErrors,
  countBytes,
  fileAddressIn,
  type PairRequest,
  ResponseError,
  type RestServices,
} from './diff-response.ts'
import { callerOf } from './get-diff.ts'

interface PictureRequest extends PairRequest {
  Params: { old: string; new: string; side: string }
}

/**
 * The bytes come from a package, so a browser must not take them for anything but a picture: it may neither
 * guess another type, nor run or load anything if the picture is opened as a page, nor give it to other sites.
 */
const HEADERS = {
  'content-security-policy': "default-src 'none'; sandbox",
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
}

export function registerPictures(server: FastifyInstance, services: RestServices): void {
  const { loadPair, errorFormat, diffService, budget } = services
  server.get<PictureRequest>(
    '/pictures/:old/:new/:side',
    answeringErrors<PictureRequest>(
      () => 'diffoscope',
      errorFormat,
      async (request, reply) => {
        const { params, query, headers } = request
        const { side } = params
        if (side !== 'old' && side !== 'new') throw noSide(side)
        const file = fileAddressIn(query)
        const pair = await loadPair(params.old, params.new)
        const picture = await diffService.picture(pair, file, side, callerOf(request))
        if (!picture) throw notShown()
        countBytes(picture.sizeBytes, budget, request, reply)
        const isVersioned = query.v === picture.sha256
        const etag = etagOf(picture.sha256)
        reply
          .headers({ ...HEADERS, etag })
          // The content of a URL that contains its checksum never changes.
          .header('cache-control', isVersioned ? 'public, max-age=31536000, immutable' : 'no-cache')
        if (matchEtag(headers['if-none-match'], etag)) return reply.code(304).send()
        const { buffer, byteOffset, byteLength } = picture.content
        return reply.type(picture.type).send(Buffer.from(buffer, byteOffset, byteLength))
      },
    ),
  )
}

function noSide(side: string): ResponseError {
  const text = `A side is "old" or "new", not ${JSON.stringify(side.slice(0, 40))}`
  return new ResponseError({ status: 404, text, title: 'No such side', details: text })
}

function notShown(): ResponseError {
  const text =
    'The file is not a picture that is shown: a PNG, JPEG, GIF or WebP file of at most 8 MB and 40 million pixels'
  return new ResponseError({ status: 404, text, title: 'No picture', details: text })
}
