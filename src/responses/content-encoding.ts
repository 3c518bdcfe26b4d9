/** Compression of bodies, at levels that keep up with a stream. */
import type { Transform } from 'node:stream'
import { promisify } from 'node:util'
import { brotliCompress, constants, createBrotliCompress, createGzip, gzip } from 'node:zlib'
import { CONTENT_CODINGS, type ContentCoding } from '../etag.ts'
import { preferredEncoding } from '../requests/accept.ts'

/** Bodies below this size are sent uncompressed: compressing them costs more than it saves. */
export const MIN_COMPRESSED_BYTES = 1024

const GZIP_LEVEL = 4
/** A stream must keep up with its source; a whole body may take a little longer for a smaller result. */
const BROTLI_QUALITY = { stream: 3, whole: 4 }
/**
 * Base 2 logarithm of brotli's window for streams: 1 MB. The default, 4 MB, costs that memory for each
 * response.
 */
const BROTLI_STREAM_WINDOW_BITS = 20

/** The coding to compress a response with, or null to send it uncompressed. */
export function chooseEncoding(acceptEncoding: string | undefined): ContentCoding | null {
  return preferredEncoding(acceptEncoding, CONTENT_CODINGS)
}

/** A stream that compresses what is written to it. */
export function createCompressor(coding: ContentCoding): Transform {
  if (coding === 'gzip') return createGzip({ level: GZIP_LEVEL, flush: constants.Z_NO_FLUSH })
  const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_LGWIN } = constants
  return createBrotliCompress({
    params: {
      [BROTLI_PARAM_QUALITY]: BROTLI_QUALITY.stream,
      [BROTLI_PARAM_LGWIN]: BROTLI_STREAM_WINDOW_BITS,
    },
  })
}

/** Compresses a whole body, in libuv's thread pool. */
export function compressBytes(bytes: Buffer, coding: ContentCoding): Promise<Buffer> {
  if (coding === 'gzip') return promisify(gzip)(bytes, { level: GZIP_LEVEL })
  return promisify(brotliCompress)(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY.whole },
  })
}
