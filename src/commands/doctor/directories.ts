import { access, mkdir, rm, statfs, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Config } from '../../config/load.ts'
import { type Finding, failed, ok, warning } from './finding.ts'

const MB = 1e6

/** The directories that are written to, and the room that they have. */
export function checkPlaces(config: Config): Promise<Finding[]> {
  // Two packages lie in each temporary directory beside what the tool unpacks, so this is a guess on the low side.
  const tempWanted = config.taskTempLimit * MB * config.maxConcurrentDiffs
  return Promise.all([
    checkPlace('cache', config.cachePath, 1000 * MB, '--cache-path'),
    checkPlace('temporary directory', config.tempPath, tempWanted, '--temp-path'),
  ])
}

async function checkPlace(name: string, path: string, wanted: number, flag: string): Promise<Finding> {
  const probe = join(path, `.differ-doctor-${process.pid}`)
  let free: number
  try {
    // Made as the service makes it, and taken away again if that made it.
    const made = await mkdir(path, { recursive: true })
    try {
      await writeFile(probe, 'x')
      const { bavail, bsize } = await statfs(path)
      free = bavail * bsize
    } finally {
      await rm(probe, { force: true })
      if (made) await rm(made, { recursive: true })
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const advice = `Let the service's user write to ${dirname(path)}, or set ${flag} to another directory.`
    return failed(name, `${path}: it cannot be written to (${code ?? message})`, advice)
  }
  const room = `${path}, ${gigabytes(free)} free`
  const advice = `Make room there, or set ${flag} to a larger file system.`
  if (free < 100 * MB) return failed(name, room, advice)
  if (free < wanted) return warning(name, room, `${gigabytes(wanted)} may be wanted at a time. ${advice}`)
  return ok(name, room)
}

/** Whether the directory is there to be read. */
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
