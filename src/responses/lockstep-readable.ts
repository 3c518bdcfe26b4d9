import { Readable, type Writable } from 'node:stream'

/**
 * A stream that requests the next chunk only after its destination has flushed the previous one, where
 * Node.js would read ahead. So a producer can use the same few buffers again, and no chunk waits in between.
 * It can only be piped, and only to one destination.
 */
export class LockstepReadable extends Readable {
  readonly #chunks: AsyncIterator<Uint8Array>

  constructor(chunks: AsyncIterator<Uint8Array>) {
    super()
    this.#chunks = chunks
  }

  override pipe<T extends NodeJS.WritableStream>(destination: T): T {
    // Fastify destroys a body that is still open when the response ends, so this one must end first.
    this.once('end', () => destination.end())
    this.#copyTo(destination as unknown as Writable).then(
      () => {
        this.push(null)
        this.resume()
      },
      (error: Error) => this.destroy(error),
    )
    return destination
  }

  async #copyTo(destination: Writable): Promise<void> {
    for (let step = await this.#chunks.next(); !step.done; step = await this.#chunks.next()) {
      const { value } = step
      await new Promise<void>((resolve, reject) => {
        destination.write(value, (error) => (error ? reject(error) : resolve()))
      })
    }
  }

  override _read(): void {}

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    // The response is over: an error while the producer cleans up concerns no client.
    this.#chunks.return?.().catch(() => {})
    callback(error)
  }
}
