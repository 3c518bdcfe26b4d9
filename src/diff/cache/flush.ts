/** Flushes what was written to the disk, so that it survives a power failure. */
import { open, stat } from 'node:fs/promises'

/** Writes a file's bytes from the system's memory to the disk, unless it may be lost. */
export async function flush(
  path: string,
  mayBeLost: boolean,
): Promise<{ sizeBytes: number; modifiedMs: number }> {
  if (mayBeLost) {
    const { size, mtimeMs } = await stat(path)
    return { sizeBytes: size, modifiedMs: mtimeMs }
  }
  const file = await open(path, 'r')
  try {
    await file.datasync()
    const { size, mtimeMs } = await file.stat()
    return { sizeBytes: size, modifiedMs: mtimeMs }
  } finally {
    await file.close()
  }
}

/** @throws errors of the system */
export async function syncDirectory(path: string): Promise<void> {
  const dir = await open(path, 'r')
  try {
    await dir.sync()
  } finally {
    await dir.close()
  }
}
