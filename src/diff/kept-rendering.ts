/** Renderings of large reports, kept as files: what a report of hundreds of megabytes takes seconds to say is said again as fast as a file is read. */
import { randomUUID } from 'node:crypto'
import { type FileHandle, mkdir, open, rename, unlink, utimes } from 'node:fs/promises'
import { dirname } from 'node:path'
import { copy } from './report/splice.ts'

/**
 * The rendering that is kept at `path`, or the one that `render` makes, kept there when it has been read to its end. A file appears by one rename, so it is whole. The disk may
 * take nothing: then nothing is kept, and nobody notices.
 */
export async function* keptRendering(
  path: string,
  render: () => AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, void> {
  const kept = await open(path).catch(() => null)
  if (kept) {
    const now = new Date()
    // When it was last of use decides on which goes first.
    utimes(path, now, now).catch(() => {})
    try {
      yield* copy(kept, path, 0, (await kept.stat()).size)
    } finally {
      await kept.close()
    }
    return
  }
  const draft = `${path}.${randomUUID()}.new`
  const file = await begun(draft)
  if (!file) return yield* render()
  let isKept = false
  try {
    const writer = new Writer(file)
    for await (const chunk of render()) {
      yield chunk
      // Behind the reader: he never waits for the disk with a chunk that is ready.
      await writer.add(chunk)
    }
    if (!(await writer.end())) return
    // Some disks say only now that they were full.
    isKept = await file
      .close()
      .then(() => rename(draft, path))
      .then(
        () => true,
        () => false,
      )
  } finally {
    await file.close().catch(() => {})
    if (!isKept) await unlink(draft).catch(() => {})
  }
}

/** Bytes that are worth a write of their own. */
const WRITE_BYTES = 512 * 1024

/** Writes many chunks at a time, while the next ones are made. A file that has not taken one takes no more. */
class Writer {
  readonly #file: FileHandle
  #gathered: Uint8Array[] = []
  #bytes = 0
  /** The last write; false from the first on that failed. */
  #writing: Promise<boolean> = Promise.resolve(true)

  constructor(file: FileHandle) {
    this.#file = file
  }

  /** Waits for the write before the last one at most. */
  async add(chunk: Uint8Array): Promise<void> {
    this.#gathered.push(chunk)
    this.#bytes += chunk.length
    if (this.#bytes >= WRITE_BYTES) await this.#write()
  }

  /** Whether all has been written. */
  async end(): Promise<boolean> {
    await this.#write()
    return this.#writing
  }

  async #write(): Promise<void> {
    const [chunks, bytes] = [this.#gathered, this.#bytes]
    this.#gathered = []
    this.#bytes = 0
    if (!(await this.#writing) || bytes === 0) return
    this.#writing = this.#file.writev(chunks).then(
      // A disk that is nearly full takes a part.
      ({ bytesWritten }) => bytesWritten === bytes,
      () => false,
    )
  }
}

async function begun(path: string): Promise<FileHandle | null> {
  try {
    await mkdir(dirname(path), { recursive: true })
    return await open(path, 'wx')
  } catch {
    return null
  }
}
