import { access, mkdir, rm, statfs, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Config } from '../../config/load.ts'
import { type Finding, failed, ok, warning } from './finding.ts'

const MB = 1e6
/** Below this a directory is unusable. */
const MIN_FREE_BYTES = 100 * MB
const CACHE_FREE_BYTES = 1000 * MB

/** The directories that Differ writes to, and their free space. */
export function checkDirectories(config: Config): Promise<Finding[]> {
  // A low estimate: each temporary directory also contains the two packages.
  const tempBytes = config.taskTempLimit * MB * config.maxConcurrentDiffs
  return Promise.all([
    checkDirectory('cache', config.cachePath, CACHE_FREE_BYTES, '--cache-path'),
    checkDirectory('temporary directory', config.tempPath, tempBytes, '--temp-path'),
  ])
}

async function checkDirectory(
  name: string,
  path: string,
  recommendedBytes: number,
  flag: string,
): Promise<Finding> {
  const probe = join(path, `.differ-doctor-${process.pid}`)
  let free: number
  try {
    // Created as the service would, and removed again if it did not exist.
    const created = await mkdir(path, { recursive: true })
    try {
      await writeFile(probe, 'x')
      const { bavail, bsize } = await statfs(path)
      free = bavail * bsize
    } finally {
      await rm(probe, { force: true })
      if (created) await rm(created, { recursive: true })
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const advice = `Let the user of the service write to ${dirname(path)}, or set ${flag} to another directory.`
    return failed(name, `${path}: not writable (${code ?? message})`, advice)
  }
  const found = `${path}, ${gigabytes(free)} free`
  const advice = `Free some space, or set ${flag} to a larger file system.`
  if (free < MIN_FREE_BYTES) return failed(name, found, advice)
  if (free < recommendedBytes)
    return warning(name, found, `It may need ${gigabytes(recommendedBytes)}. ${advice}`)
  return ok(name, found)
}

/** Whether a directory can be read. */
export async function checkReadable(name: string, path: string, advice: string): Promise<Finding> {
  try {
    await access(path)
    return ok(name, path)
  } catch (error) {
    return failed(name, `${path}: ${(error as NodeJS.ErrnoException).code}`, advice)
  }
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`
}
