/** A place in memory for the temporary files of tests. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, readdir, readFile, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

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
    if (owner && !existsSync(`/proc/${owner}`)) await removeLeft(join(MEMORY, name), mounts)
  }
  const { bavail, bsize } = await statfs(MEMORY)
  if (bavail * bsize < MIN_BYTES) return null
  const dir = await mkdtemp(join(MEMORY, `${PREFIX}${process.pid}-`))
  // Tests run programs as other users.
  await chmod(dir, 0o1777)
  return dir
}

/**
 * Tests mount small disks below their directory, and a killed run leaves them mounted. What cannot be removed stays: the tests do not need its place.
 * @param {string} dir
 * @param {string} mounts as /proc/mounts has them
 */
async function removeLeft(dir, mounts) {
  try {
    const points = mounts.split('\n').flatMap((line) => line.split(' ')[1] ?? [])
    for (const point of points) if (point.startsWith(`${dir}/`)) await run('umount', ['-l', point])
    await rm(dir, { recursive: true, force: true })
  } catch (error) {
    console.log(`Tests: ${dir} of a run that was killed cannot be removed: ${String(error)}`)
  }
}
