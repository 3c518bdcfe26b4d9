/**
 * Reads `Accept` and `Accept-Encoding` as RFC 9110 (section 12.5) defines them. The old service's routes are
 * the exception: their clients rely on other rules, which `mimeparse.ts` implements.
 */
import Negotiator from 'negotiator'

/** A media range that asks for another charset than UTF-8, the only one that Differ sends. */
const OTHER_CHARSET = /;\s*charset\s*=(?!\s*"?utf-8"?\s*(?:;|$))/i
/**
 * Parameters other than `q`. `negotiator` would refuse `multipart/mixed` to
 * `multipart/mixed;deferSpec=20220824`.
 */
const PARAMETERS = /;(?!\s*q\s*=)[^;]*/gi

/** The header with what `negotiator` needs of it: the ranges in UTF-8, without parameters. */
function simplified(accept: string | undefined): string | undefined {
  return accept
    ?.split(',')
    .filter((range) => !OTHER_CHARSET.test(range))
    .map((range) => range.replace(PARAMETERS, ''))
    .join(',')
}

/**
 * The media ranges that a client accepts, the preferred one first, without their parameters: `['text/html',
 * 'image/*']`. Empty if it accepts nothing.
 * @param accept undefined if the request has no such header, which accepts everything
 */
export function acceptedRanges(accept: string | undefined): readonly string[] {
  return new Negotiator({ headers: { accept: simplified(accept) } }).mediaTypes()
}

/**
 * The media type that a client prefers, or null if it accepts none of them.
 * @param available in the service's order of preference, which decides between types that the client likes
 *   equally
 */
export function preferredMediaType<T extends string>(
  accept: string | undefined,
  available: readonly T[],
): T | null {
  const [best] = new Negotiator({ headers: { accept: simplified(accept) } }).mediaTypes(available)
  return (best as T | undefined) ?? null
}

/**
 * The content coding that a client prefers, or null for none: it accepts no other, prefers an uncompressed
 * body, or did not send the header.
 * @param available in the service's order of preference, which decides between codings that the client likes
 *   equally
 */
export function preferredEncoding<T extends string>(
  acceptEncoding: string | undefined,
  available: readonly T[],
): T | null {
  const negotiator: EncodingNegotiator = new Negotiator({ headers: { 'accept-encoding': acceptEncoding } })
  const [best] = negotiator.encodings([...available, 'identity'], { preferred: available })
  return available.find((coding) => coding === best) ?? null
}

/** The part of `negotiator` that its published types lack: the second argument. */
interface EncodingNegotiator {
  encodings(available: readonly string[], options: { preferred: readonly string[] }): string[]
}
