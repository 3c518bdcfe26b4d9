import { mkdir } from 'node:fs/promises'

/**
 * Calls `work`, which writes into a directory; if that is missing, creates it and calls `work` once more. Most
 * directories exist, so trying first takes fewer operations, and an operator may delete one at any time.
 * @param mode of the directories that are created. Default: that of the process
 * @throws what `work` throws; errors of the system
 */
export async function withDirectory<T>(dir: string, work: () => Promise<T>, mode?: number): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    await mkdir(dir, { recursive: true, ...(mode !== undefined && { mode }) })
    return work()
  }
}
