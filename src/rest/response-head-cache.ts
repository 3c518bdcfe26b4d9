import { LRUCache } from 'lru-cache'
import type { Body } from '../responses/send-body.ts'

/** A response without its body. */
export type ResponseHead = Omit<Body, 'body' | 'stored'> & { readonly etag: string }

/**
 * A response is sent again for this long without asking the database and the cache directory. Successful runs
 * do not change; a stored diff only does if it was damaged or deleted, and clients may then see the old one
 * this much longer.
 */
const TTL_MS = 1_000
const MAX_HEADS = 10_000
/** Requests with longer keys are not cached. */
const MAX_KEY_LENGTH = 1_000

/**
 * Heads of recent successful responses, by all that they depend on: the URL with its query, and `Accept`.
 * With it a small cached diff is served three to five times as often per second: see "rest" in
 * bench/README.md.
 */
export class ResponseHeadCache {
  readonly #heads = new LRUCache<string, ResponseHead>({ max: MAX_HEADS, ttl: TTL_MS })

  get(url: string, accept: string | undefined): ResponseHead | undefined {
    return this.#heads.get(keyOf(url, accept))
  }

  set(url: string, accept: string | undefined, head: ResponseHead): void {
    const key = keyOf(url, accept)
    if (key.length <= MAX_KEY_LENGTH) this.#heads.set(key, head)
  }
}

/** Neither part can contain a newline. No header is not the same as an empty one: it accepts everything. */
function keyOf(url: string, accept: string | undefined): string {
  return accept === undefined ? url : `${url}\n${accept}`
}
