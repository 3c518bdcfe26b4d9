import { open, rmdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { InstanceDir } from '../tools/instance-dir.ts'

const PROBE = Buffer.alloc(256 * 1024)

/** Writes a file of 256 KB below a directory and removes it. Returns the error, or null on success. */
export async function probeDisk(instanceDir: InstanceDir): Promise<unknown> {
  let dir: string | null = null
  try {
    dir = await instanceDir.jobDir()
    const file = await open(join(dir, 'probe'), 'w')
    try {
      await file.writeFile(PROBE)
      await file.datasync()
    } finally {
      await file.close()
    }
    return null
  } catch (error) {
    return error
  } finally {
    // Neither needs a file descriptor, which may be what is missing. The result is already known, and what is left is
    // removed with the instance's directory.
    if (dir) {
      await unlink(join(dir, 'probe')).catch(() => {})
      await rmdir(dir).catch(() => {})
    }
  }
}
