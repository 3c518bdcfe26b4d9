import { Readable, type Writable } from 'node:stream'

/**
 * A stream of chunks that are only good until the next one is asked for, which is when whoever they are piped to has done with the last one. Thus nothing
 * waits in between, and what makes the chunks uses the same memory again. It can be piped, to one place, and not be read otherwise.
 */
export class LockstepReadable extends Readable {
  readonly #chunks: AsyncIterator<Uint8Array>

  constructor(chunks: AsyncIterator<Uint8Array>) {
    super()
    this.#chunks = chunks
  }

  override pipe<T extends NodeJS.WritableStream>(destination: T): T {
    // This has ended before the other one does: whoever watches both is not to think that it was left.
    this.once('end', () => destination.end())
    this.#handOver(destination as unknown as Writable).then(
      () => {
        this.push(null)
        this.resume()
      },
      (error: Error) => this.destroy(error),
    )
    return destination
  }

  async #handOver(to: Writable): Promise<void> {
    for (let step = await this.#chunks.next(); !step.done; step = await this.#chunks.next()) {
      const { value } = step
      await new Promise<void>((resolve, reject) => {
        to.write(value, (error) => (error ? reject(error) : resolve()))
      })
    }
  }

  override _read(): void {}

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#chunks.return?.().catch(() => {})
    callback(error)
  }
}
