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
  let file = await begun(draft)
  let isKept = false
  try {
    for await (const chunk of render()) {
      yield chunk
      // Behind the reader: he never waits for the disk with a chunk that is ready.
      if (file && !(await written(file, chunk))) {
        await file.close().catch(() => {})
        file = null
      }
    }
    if (!file) return
    await file.close()
    file = null
    isKept = await rename(draft, path).then(
      () => true,
      () => false,
    )
  } finally {
    await file?.close().catch(() => {})
    if (!isKept) await unlink(draft).catch(() => {})
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

async function written(file: FileHandle, chunk: Uint8Array): Promise<boolean> {
  return file.writeFile(chunk).then(
    () => true,
    () => false,
  )
}
