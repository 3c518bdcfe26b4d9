/** Installs the npm packages of the lock file, unless they are installed. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { project } from './project.mjs'
import { lastLines, run } from './run.mjs'

/**
 * Whether the installed packages are those of the lock file, by the record that npm writes to `node_modules`
 * at the end. Optional packages for other platforms may be missing.
 * @param {{packages: Record<string, {version?: string, integrity?: string, optional?: boolean}>}} lock
 * @param {typeof lock | null} record `node_modules/.package-lock.json`
 */
export function isInstalled(lock, record) {
  if (record === null) return false
  const locked = Object.entries(lock.packages).filter(([path]) => path !== '')
  const same = (a, b) => a.version === b.version && a.integrity === b.integrity
  const present = locked.filter(([path]) => path in record.packages)
  return (
    present.length === Object.keys(record.packages).length &&
    present.every(([path, entry]) => same(entry, record.packages[path])) &&
    locked.every(([path, entry]) => path in record.packages || entry.optional === true)
  )
}

const readJson = async (path) => JSON.parse(await readFile(path, 'utf8'))

/**
 * @param {(text: string) => void} say
 * @param {string} directory with the lock file; default: the project's
 * @returns {Promise<{did: string}>}
 * @throws Error with the output of npm
 */
export async function installNodePackages(say, directory = project) {
  const lock = await readJson(join(directory, 'package-lock.json'))
  const record = await readJson(join(directory, 'node_modules/.package-lock.json')).catch(() => null)
  if (isInstalled(lock, record)) return { did: 'all there' }
  say('npm ci')
  // Install scripts of packages are untrusted, and none is needed: esbuild's platform package contains its
  // program.
  const { code, output } = await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: directory,
  })
  if (code !== 0) throw new Error(`npm ci failed:\n${lastLines(output, 25)}`)
  return { did: `${Object.keys(lock.packages).length - 1} in the lock file, installed` }
}
