/**
 * Entity tags: how they are made, and how `If-None-Match` is compared with them (RFC 9110, 8.8.3 and 13.1.2).
 */
import { createHash } from 'node:crypto'

/**
 * The codings in which a body may be sent, each with its own tag; the one that compresses better is first.
 */
export const CONTENT_CODINGS = ['br', 'gzip'] as const
export type ContentCoding = (typeof CONTENT_CODINGS)[number]
/** The coding of bodies that are stored compressed. */
export const STORED_CODING = 'zstd'

/** Characters of the base64url digest in a tag: 162 bits of SHA-256. */
const DIGEST_CHARS = 27

/** A strong entity tag of some content, quotes included. */
export function etagOf(content: string | Uint8Array): string {
  return `"${createHash('sha256').update(content).digest('base64url').slice(0, DIGEST_CHARS)}"`
}

/** The tag of the same content in a coding: a strong tag stands for exact bytes, and these are others. */
export function codedEtag(etag: string, coding: ContentCoding | typeof STORED_CODING): string {
  return `${etag.slice(0, -1)}-${coding}"`
}

/**
 * The tag by which a client already has some content, in any coding; null if it does not have it. The
 * comparison is weak, as the RFC demands for `If-None-Match`.
 * @param etag of the content without a coding
 */
export function matchEtag(ifNoneMatch: string | undefined, etag: string): string | null {
  if (!ifNoneMatch) return null
  const sent = ifNoneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''))
  if (sent.includes('*')) return etag
  const tags = [
    etag,
    ...([...CONTENT_CODINGS, STORED_CODING] as const).map((coding) => codedEtag(etag, coding)),
  ]
  return tags.find((tag) => sent.includes(tag)) ?? null
}
