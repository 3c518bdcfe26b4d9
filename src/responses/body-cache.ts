import { LRUCache } from 'lru-cache'

/** Larger bodies are made again for each request. */
const MAX_BODY_BYTES = 256 * 1024
const MAX_TOTAL_BYTES = 32 * 1024 * 1024

/**
 * Small bodies that were requested recently, by their ETags, which depend on everything that the bodies
 * depend on.
 */
export class BodyCache {
  readonly #bodies = new LRUCache<string, Buffer>({
    maxSize: MAX_TOTAL_BYTES,
    sizeCalculation: (body, etag) => body.length + etag.length,
  })

  get(etag: string): Buffer | undefined {
    return this.#bodies.get(etag)
  }

  /**
   * Passes a body on unchanged, and stores it if it turns out to be small and complete.
   * @param chunks each may be overwritten when the next one is requested
   */
  async *capture(etag: string, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let captured: Uint8Array[] | null = []
    let size = 0
    for await (const chunk of chunks) {
      size += chunk.length
      if (size > MAX_BODY_BYTES) captured = null
      captured?.push(Buffer.from(chunk))
      yield chunk
    }
    if (captured && size > 0) this.#bodies.set(etag, Buffer.concat(captured))
  }
}
