/** Compression as the client takes it, at a level that keeps up with a stream. */
import type { Transform } from 'node:stream'
import { constants, createBrotliCompress, createGzip } from 'node:zlib'

export type ContentEncoding = 'br' | 'gzip'

/** Ours, the one that packs better first. */
const SUPPORTED: readonly ContentEncoding[] = ['br', 'gzip']

/** What to compress with; null for nothing: it is not accepted, or another is liked better. RFC 9110, 12.5.3. */
export function chooseEncoding(header: string | undefined): ContentEncoding | null {
  if (!header) return null
  const qualities = new Map(
    header.split(',').map((piece) => {
      const [coding = '', ...parameters] = piece.split(';').map((part) => part.trim().toLowerCase())
      const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2)
      return [coding, quality === undefined ? 1 : Number(quality) || 0]
    }),
  )
  const of = (coding: string) => qualities.get(coding) ?? qualities.get('*') ?? 0
  const best = SUPPORTED.reduce((chosen, coding) => (of(coding) > of(chosen) ? coding : chosen))
  const identity = qualities.get('identity') ?? 0
  return of(best) > 0 && of(best) >= identity ? best : null
}

export function createCompressor(encoding: ContentEncoding): Transform {
  if (encoding === 'gzip') return createGzip({ level: 4, flush: constants.Z_NO_FLUSH })
  return createBrotliCompress({
    params: { [constants.BROTLI_PARAM_QUALITY]: 3, [constants.BROTLI_PARAM_LGWIN]: 20 },
  })
}
