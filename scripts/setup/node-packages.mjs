/** The packages of npm: installed from the lock file, and only when they are not what it says. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { project } from './project.mjs'
import { lastLines, run } from './run.mjs'

/**
 * Whether an installation is what the lock file says, by the record that npm leaves in `node_modules` as its last act.
 * Packages for other platforms are not installed and not missed.
 * @param {{packages: Record<string, {version?: string, integrity?: string, optional?: boolean}>}} lock
 * @param {typeof lock | null} record `node_modules/.package-lock.json`
 */
export function isInstalled(lock, record) {
  if (record === null) return false
  const wanted = Object.entries(lock.packages).filter(([path]) => path !== '')
  const same = (a, b) => a.version === b.version && a.integrity === b.integrity
  const present = wanted.filter(([path]) => path in record.packages)
  return (
    present.length === Object.keys(record.packages).length &&
    present.every(([path, entry]) => same(entry, record.packages[path])) &&
    wanted.every(([path, entry]) => path in record.packages || entry.optional === true)
  )
}

const readJson = async (path) => JSON.parse(await readFile(path, 'utf8'))

/**
 * @param {(text: string) => void} say
 * @returns {Promise<{did: string}>}
 * @throws Error with npm's own words
 */
export async function installNodePackages(say) {
  const lock = await readJson(join(project, 'package-lock.json'))
  const record = await readJson(join(project, 'node_modules/.package-lock.json')).catch(() => null)
  if (isInstalled(lock, record)) return { did: 'all there' }
  say('npm ci')
  // No package here needs its install script (esbuild's platform package holds the program), and npm 10 would run them all.
  const { code, output } = await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: project,
  })
  if (code !== 0) throw new Error(`npm ci failed:\n${lastLines(output, 25)}`)
  return { did: `${Object.keys(lock.packages).length - 1} in the lock file, installed` }
}
