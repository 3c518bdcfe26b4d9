/**
 * Caches renderings of large reports as files: a rendering of hundreds of megabytes takes seconds to make,
 * but can be sent as fast as a file is read.
 */
import { randomUUID } from 'node:crypto'
import { type FileHandle, mkdir, open, rename, unlink, utimes } from 'node:fs/promises'
import { dirname } from 'node:path'
import { LRUCache } from 'lru-cache'
import { copyRange } from '../streams/copy-file.ts'

const MAX_REMEMBERED = 1_000

export class RenderingCache {
  /**
   * Paths of renderings requested once. Most are never requested again, and caching takes a third of the time
   * of making.
   */
  readonly #requested = new LRUCache<string, true>({ max: MAX_REMEMBERED })

  /**
   * The rendering cached at `path`, or else the one that `render` makes. It is cached if it is requested for
   * the second time and read to its end. A file is published by one rename, so it is complete. If the disk
   * cannot be written, nothing is cached. A chunk is valid until the next one is requested.
   * @throws what `render` throws; file system errors while a cached file is read
   */
  async *read(path: string, render: () => AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
    const cached = await open(path).catch(() => null)
    if (cached) return yield* readCached(cached, path)
    if (!this.#requested.has(path)) {
      this.#requested.set(path, true)
      return yield* render()
    }
    const draftPath = `${path}.${randomUUID()}.new`
    const draft = await createDraft(draftPath)
    if (draft) yield* writeThrough(render(), draft, draftPath, path)
    else yield* render()
  }
}

async function* readCached(file: FileHandle, path: string): AsyncGenerator<Uint8Array, void, void> {
  const now = new Date()
  // The evictor goes by this time. If it cannot be written, the rendering is evicted earlier.
  utimes(path, now, now).catch(() => {})
  try {
    yield* copyRange(file, path, 0, (await file.stat()).size)
  } finally {
    await file.close()
  }
}

/**
 * Passes chunks on and writes them to a draft, which is renamed to `path` once it is complete. After any
 * error of the file, the chunks are only passed on.
 */
async function* writeThrough(
  chunks: AsyncIterable<Uint8Array>,
  draft: FileHandle,
  draftPath: string,
  path: string,
): AsyncGenerator<Uint8Array, void, void> {
  let isPublished = false
  let writing: Promise<boolean> = Promise.resolve(true)
  try {
    for await (const chunk of chunks) {
      if (await writing) writing = write(draft, chunk)
      // The chunk is sent and written at the same time.
      yield chunk
      await writing
    }
    isPublished = (await writing) && (await publish(draft, draftPath, path))
  } finally {
    await writing
    // The draft is closed already if it was published, and otherwise no longer needed.
    await draft.close().catch(() => {})
    // A draft that cannot be removed is evicted later like any rendering.
    if (!isPublished) await unlink(draftPath).catch(() => {})
  }
}

/** @returns whether all of the chunk was written */
function write(file: FileHandle, chunk: Uint8Array): Promise<boolean> {
  return file.writeFile(chunk).then(
    () => true,
    () => false,
  )
}

/** @returns whether the draft was published; some disks report only on closing that they are full */
async function publish(draft: FileHandle, draftPath: string, path: string): Promise<boolean> {
  try {
    await draft.close()
    await rename(draftPath, path)
    return true
  } catch {
    return false
  }
}

/** Null if the disk cannot be written. */
async function createDraft(path: string): Promise<FileHandle | null> {
  try {
    await mkdir(dirname(path), { recursive: true })
    return await open(path, 'wx')
  } catch {
    return null
  }
}
