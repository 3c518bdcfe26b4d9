import { LRUCache } from 'lru-cache'

/** Larger ones are made each time. */
const MAX_BODY_BYTES = 256 * 1024
const MAX_TOTAL_BYTES = 32 * 1024 * 1024

/** Small renderings that were asked for lately, by their ETags, which name all that they depend on. */
export class BodyCache {
  readonly #bodies = new LRUCache<string, Buffer>({
    maxSize: MAX_TOTAL_BYTES,
    sizeCalculation: (body, etag) => body.length + etag.length,
  })

  get(etag: string): Buffer | undefined {
    return this.#bodies.get(etag)
  }

  /** Passes a rendering on, whose chunks are only good until the next one is asked for, and keeps it where it has turned out small and whole. */
  async *keep(etag: string, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let kept: Uint8Array[] | null = []
    let size = 0
    for await (const chunk of chunks) {
      size += chunk.length
      if (size > MAX_BODY_BYTES) kept = null
      kept?.push(Buffer.from(chunk))
      yield chunk
    }
    if (kept && size > 0) this.#bodies.set(etag, Buffer.concat(kept))
  }
}
