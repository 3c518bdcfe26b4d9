import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { InstanceDir } from '../tools/instance-dir.ts'

const PROBE = Buffer.alloc(256 * 1024)

/** What is wrong with the disk below a directory; null where it takes a file of 256 KB. */
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
    if (dir) await rm(dir, { recursive: true, force: true }).catch(() => {})
  }
}
