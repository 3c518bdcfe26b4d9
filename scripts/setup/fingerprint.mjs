/** Has anything changed since the last time? Asked of contents, because git and copies do not keep file times. */
import { createHash } from 'node:crypto'
import { lstat, readdir, readFile, readlink, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'

/** Every file and symbolic link below `path` (or `path` itself where it is none), absolute, in a stable order. */
export async function filesBelow(path) {
  const entry = await lstat(path)
  if (!entry.isDirectory()) return [path]
  const names = (await readdir(path)).sort()
  return (await Promise.all(names.map((name) => filesBelow(join(path, name))))).flat()
}

/**
 * One hash over names, executable bits and contents of files and trees.
 * @param {string} base names count relative to it
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
 * Does `work` unless the note in `stampFile` says that it was done for the same `stamp`. The note is written last, so
 * that work that was cut short is done again.
 * @returns {Promise<boolean>} whether there was anything to do
 */
export async function unlessStamped(stampFile, stamp, work) {
  if ((await readFile(stampFile, 'utf8').catch(() => null)) === stamp) return false
  await work()
  await writeFile(stampFile, stamp)
  return true
}
