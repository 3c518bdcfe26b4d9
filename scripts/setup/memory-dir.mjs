/** A place in memory for the temporary files of tests. */
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, readdir, readFile, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'

/** The file system in memory that Linux has. */
const MEMORY = '/dev/shm'
/** Begins the names of its directories, before the process identifier of their owner. */
const PREFIX = 'differ-tests-'
/** Tests write reports of 600 MB, several at a time. */
const MIN_BYTES = 8e9

/**
 * Makes a directory in memory, if that has room and programs can run there: tests create and delete a million
 * files, which takes a tenth of their time on a disk. It removes those of test runs that were killed.
 * @returns {Promise<string | null>} for the caller to remove
 */
export async function memoryDir() {
  const mounts = await readFile('/proc/mounts', 'utf8').catch(() => '')
  const [, options = 'noexec'] = new RegExp(`^\\S+ ${MEMORY} \\S+ (\\S+)`, 'm').exec(mounts) ?? []
  if (options.split(',').includes('noexec')) return null
  for (const name of await readdir(MEMORY)) {
    const [, owner] = new RegExp(`^${PREFIX}(\\d+)-`).exec(name) ?? []
    if (owner && !existsSync(`/proc/${owner}`)) await rm(join(MEMORY, name), { recursive: true, force: true })
  }
  const { bavail, bsize } = await statfs(MEMORY)
  if (bavail * bsize < MIN_BYTES) return null
  const dir = await mkdtemp(join(MEMORY, `${PREFIX}${process.pid}-`))
  // Tests run programs as other users.
  await chmod(dir, 0o1777)
  return dir
}
