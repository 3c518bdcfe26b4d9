/**
 * `npm run test:quick`: test files that start no service, database, Redis, browser or tool in a sandbox. Such a file is known by what it
 * imports, itself or through helpers in its own folder, so a new file needs no list.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { defineConfig } from 'vitest/config'

const ROOT = join(import.meta.dirname, '..')

/** Helpers that start something. */
const STARTS =
  /fixtures\/(service|postgres|redis|tmpfs)|web\/browser|service\/processes|open-embedded|engine-kit|tools\/helpers|fake-gcs|build-side|packages\.ts|child_process|commands\//

function isQuick(path: string, seen = new Set<string>()): boolean {
  if (seen.has(path)) return true
  seen.add(path)
  const imported = [...readFileSync(path, 'utf8').matchAll(/\bfrom '([^']+)'/g)].map(([, name]) => name ?? '')
  return imported.every((name) => {
    if (STARTS.test(name)) return false
    const target = join(dirname(path), name)
    return !target.startsWith(join(ROOT, 'test/')) || !existsSync(target) || isQuick(target, seen)
  })
}

const quick = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' })
  .map((name) => join(ROOT, 'test', name))
  .filter(
    (path) => path.endsWith('.test.ts') && !/\/test\/(fuzz|soak|service|web)\//.test(path) && isQuick(path),
  )

export default defineConfig({
  test: {
    root: ROOT,
    include: quick.map((path) => relative(ROOT, path)),
    testTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
  },
})
