/** Renderings of large reports, kept as files: what a report of hundreds of megabytes takes seconds to say is said again as fast as a file is read. */
import { randomUUID } from 'node:crypto'
import { type FileHandle, mkdir, open, rename, unlink, utimes } from 'node:fs/promises'
import { dirname } from 'node:path'
import { LRUCache } from 'lru-cache'
import { copyRange } from '../streams/copy-file.ts'

/** Renderings that were asked for lately, by their paths: most are asked for once, and keeping one takes a third of the time that it takes to make it. */
const asked = new LRUCache<string, true>({ max: 1_000 })

/**
 * The rendering that is kept at `path`, or the one that `render` makes, kept there when it is asked for a second time and has been read to its end. A file appears by one rename, so it is whole. The disk may
 * take nothing: then nothing is kept, and nobody notices. A chunk is only good until the next one is asked for.
 */
export async function* cachedRendering(
  path: string,
  render: () => AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, void> {
  const kept = await open(path).catch(() => null)
  if (kept) {
    const now = new Date()
    // When it was last of use decides on which goes first.
    utimes(path, now, now).catch(() => {})
    try {
      yield* copyRange(kept, path, 0, (await kept.stat()).size)
    } finally {
      await kept.close()
    }
    return
  }
  if (!asked.has(path)) {
    asked.set(path, true)
    return yield* render()
  }
  const draft = `${path}.${randomUUID()}.new`
  const file = await begun(draft)
  if (!file) return yield* render()
  let isKept = false
  let writing: Promise<boolean> = Promise.resolve(true)
  try {
    for await (const chunk of render()) {
      if (await writing) writing = written(file, chunk)
      // The disk takes it while the reader does.
      yield chunk
      await writing
    }
    // Some disks say only when it is closed that they were full.
    const closed = async () => {
      await file.close()
      await rename(draft, path)
      return true
    }
    isKept = (await writing) && (await closed().catch(() => false))
  } finally {
    await writing
    await file.close().catch(() => {})
    if (!isKept) await unlink(draft).catch(() => {})
  }
}

/** Whether the file has taken all of it; one that has not takes no more. */
function written(file: FileHandle, chunk: Uint8Array): Promise<boolean> {
  return file.writeFile(chunk).then(
    () => true,
    () => false,
  )
}

async function begun(path: string): Promise<FileHandle | null> {
  try {
    await mkdir(dirname(path), { recursive: true })
    return await open(path, 'wx')
  } catch {
    return null
  }
}
