/** Finds out whether files have changed, by their contents, because git does not keep file times. */
import { createHash } from 'node:crypto'
import { lstat, readdir, readFile, readlink, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'

/**
 * Every file and symbolic link below `path`, or `path` itself if it is not a directory, in a stable order.
 */
export async function filesBelow(path) {
  const entry = await lstat(path)
  if (!entry.isDirectory()) return [path]
  const names = (await readdir(path)).sort()
  return (await Promise.all(names.map((name) => filesBelow(join(path, name))))).flat()
}

/**
 * A hash of the names, executable bits and contents of files and directories.
 * @param {string} base names are relative to it
 * @param {readonly string[]} paths files or directories
 * @returns {Promise<string>} hexadecimal SHA-256
 */
export async function fingerprint(base, paths) {
  const hash = createHash('sha256')
  for (const file of (await Promise.all(paths.map(filesBelow))).flat()) {
    const entry = await lstat(file)
    const content = entry.isSymbolicLink() ? await readlink(file) : await readFile(file)
    hash.update(`${relative(base, file)}\0${entry.mode & 0o100}\0${content.length}\0`).update(content)
  }
  return hash.digest('hex')
}

/**
 * Does `work` unless `stampFile` says that it was done for the same `stamp`. The file is written last, so
 * that interrupted work is done again.
 * @returns {Promise<boolean>} whether the work was done
 */
export async function unlessStamped(stampFile, stamp, work) {
  if ((await readFile(stampFile, 'utf8').catch(() => null)) === stamp) return false
  await work()
  await writeFile(stampFile, stamp)
  return true
}
