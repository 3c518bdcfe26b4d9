/** Commands that print the archives of a package. Both come in one stream, which costs half the time of starting two tools. */

/** The unit of `ulimit -f`. */
const BLOCK_BYTES = 512

/**
 * Prints the control archive and then the data archive to a file, and between them the position in the file to `PROGRESS_DESCRIPTOR`, as a line. A
 * control archive that is larger than its limit ends dpkg-deb by a signal; so does output that is larger than `maxBytes` by more than a block. The shell
 * reads the position where Linux shows it (proc_pid_fdinfo(5)), because another program for it takes as long as dpkg-deb for a small package.
 */
export function bothArchives(path: string, maxControlBytes: number, maxBytes: number): string[] {
  const script = [
    `(${limitFile(maxControlBytes)} && exec dpkg-deb --ctrl-tarfile "$1")`,
    'read -r _ position < /proc/self/fdinfo/1',
    'echo "$position" >&3',
    limitFile(maxBytes),
    'exec dpkg-deb --fsys-tarfile "$1"',
  ]
  return ['sh', '-c', script.join(' && '), 'sh', path]
}

/** Prints only the data archive, with the same limit. */
export function dataArchiveAlone(path: string, maxBytes: number): string[] {
  return ['sh', '-c', `${limitFile(maxBytes)} && exec dpkg-deb --fsys-tarfile "$1"`, 'sh', path]
}

/** What a command writes to a file after this ends it by a signal. */
function limitFile(bytes: number): string {
  return `ulimit -f ${Math.floor(bytes / BLOCK_BYTES) + 1}`
}

/** Gets one of the two archives, piece by piece; a piece is valid until the function returns, or its promise resolves. */
export type ArchiveSink = (chunk: Buffer) => void | Promise<void>

export class ArchiveSplitter {
  readonly #control: ArchiveSink
  readonly #data: ArchiveSink
  /** Resolves with Infinity if the data archive does not begin. */
  readonly #start: Promise<number>
  #resolveStart: (position: number) => void = () => {}
  #bytes = 0
  #dataStart = Number.POSITIVE_INFINITY

  constructor(control: ArchiveSink, data: ArchiveSink) {
    this.#control = control
    this.#data = data
    this.#start = new Promise((resolve) => {
      this.#resolveStart = resolve
    })
  }

  /** Whether the control archive is complete. */
  get isControlRead(): boolean {
    return this.#dataStart < Number.POSITIVE_INFINITY
  }

  /** Of the whole stream so far. */
  get bytes(): number {
    return this.#bytes
  }

  /** Where the data archive begins in the stream; Infinity before that is known. */
  get dataStart(): number {
    return this.#dataStart
  }

  /** Takes the position that `bothArchives` prints. */
  dataBeginsAt(line: string): void {
    this.#resolveStart(Number(line))
  }

  /** Tells it that the position has not been printed and will not be. */
  noData(): void {
    this.#resolveStart(Number.POSITIVE_INFINITY)
  }

  /**
   * Waits until it is known where the data archive begins.
   * @throws what the sinks throw
   */
  async push(chunk: Buffer): Promise<void> {
    this.#dataStart = await this.#start
    const ofControl = chunk.subarray(0, Math.max(0, this.#dataStart - this.#bytes))
    const ofData = chunk.subarray(ofControl.length)
    this.#bytes += chunk.length
    if (ofControl.length > 0) await this.#control(ofControl)
    if (ofData.length > 0) await this.#data(ofData)
  }
}
