/** Takes both archives of a package from one stream, which costs half the time of starting two tools. */

/** The unit of `ulimit -f`. */
const BLOCK_BYTES = 512

/**
 * Prints the size of the control archive, a line feed, that archive, and the data archive. A control archive that is larger than its limit ends
 * dpkg-deb by a signal; so does output that is larger than `maxBytes` by more than a block, where it goes to a file.
 */
export function bothArchives(path: string, maxControlBytes: number, maxBytes: number): string[] {
  const limit = (bytes: number) => `ulimit -f ${Math.floor(bytes / BLOCK_BYTES) + 1}`
  const script = [
    `(${limit(maxControlBytes)} && exec dpkg-deb --ctrl-tarfile "$1" > control.tar)`,
    'stat --format=%s control.tar',
    'cat control.tar',
    limit(maxBytes),
    'exec dpkg-deb --fsys-tarfile "$1"',
  ]
  return ['sh', '-c', script.join(' && '), 'sh', path]
}

/** Gets one of the two archives, piece by piece; a piece is valid until the function returns, or its promise resolves. */
export type ArchiveSink = (chunk: Buffer) => void | Promise<void>

const LINE_FEED = 0x0a

export class ArchiveSplitter {
  readonly #control: ArchiveSink
  readonly #data: ArchiveSink
  #size = ''
  /** Of the control archive; null until its size is known. */
  #controlLeft: number | null = null
  #bytes = 0
  #dataStart = 0

  constructor(control: ArchiveSink, data: ArchiveSink) {
    this.#control = control
    this.#data = data
  }

  /** Whether the control archive is complete. */
  get isControlRead(): boolean {
    return this.#controlLeft === 0
  }

  /** Of the whole stream so far. */
  get bytes(): number {
    return this.#bytes
  }

  /** Where the data archive begins in the stream. */
  get dataStart(): number {
    return this.#dataStart
  }

  /** @throws what the sinks throw */
  async push(chunk: Buffer): Promise<void> {
    const rest = this.#controlLeft === null ? this.#readSize(chunk) : chunk
    const ofControl = rest.subarray(0, this.#controlLeft ?? 0)
    const ofData = rest.subarray(ofControl.length)
    this.#controlLeft = this.#controlLeft === null ? null : this.#controlLeft - ofControl.length
    this.#bytes += chunk.length
    this.#dataStart += chunk.length - ofData.length
    if (ofControl.length > 0) await this.#control(ofControl)
    if (ofData.length > 0) await this.#data(ofData)
  }

  #readSize(chunk: Buffer): Buffer {
    const end = chunk.indexOf(LINE_FEED)
    this.#size += chunk.toString('latin1', 0, end < 0 ? chunk.length : end)
    if (end < 0) return Buffer.alloc(0)
    this.#controlLeft = Number(this.#size)
    return chunk.subarray(end + 1)
  }
}
