import { LRUCache } from 'lru-cache'

/** All of an answer but its body. */
export interface AnswerHead {
  readonly contentType: string
  readonly etag: string
  readonly cacheControl: string
  readonly vary: string
  readonly policy?: string
}

/**
 * For so long an answer is given again without a look at the database and the cache. Successful runs do not change, and a stored diff only does when it was damaged
 * or is deleted: a client may then see for this long what it would have seen a moment earlier.
 */
const FRESH_MS = 1_000
const MAX_ANSWERS = 10_000
/** Longer requests are looked up each time. */
const MAX_KEY_LENGTH = 1_000

/** What was answered a moment ago, by all that an answer depends on: the address with its query, and `Accept`. Errors are never kept. */
export class ResponseHeadCache {
  readonly #heads = new LRUCache<string, AnswerHead>({ max: MAX_ANSWERS, ttl: FRESH_MS })

  get(url: string, accept: string | undefined): AnswerHead | undefined {
    return this.#heads.get(keyOf(url, accept))
  }

  keep(url: string, accept: string | undefined, head: AnswerHead): void {
    const key = keyOf(url, accept)
    if (key.length <= MAX_KEY_LENGTH) this.#heads.set(key, head)
  }
}

/** Neither part can hold a line's end; no header and an empty one are answered differently. */
function keyOf(url: string, accept: string | undefined): string {
  return accept === undefined ? url : `${url}\n${accept}`
}
