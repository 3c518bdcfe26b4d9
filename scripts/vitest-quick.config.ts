/**
 * `npm run test:quick`: the test files that start no service, database, Redis, bucket, browser or other program. What
 * a file imports, also through helpers in `test/`, decides whether it is one of them, so there is no list to
 * maintain.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { defineConfig } from 'vitest/config'

const ROOT = join(import.meta.dirname, '..')

/** Modules whose importers start other programs or servers: packages, and paths in this project. */
const STARTS_PROGRAMS =
  /^(node:)?child_process$|^playwright|fixtures\/(service|postgres|redis|tmpfs|packages|database)\.ts|web\/browser|service\/processes|open-embedded|engine-kit|tools\/helpers|fake-gcs|bucket\/(s3|gcs)-protocol|processes\/job-processes|build-side|^src\/commands\/(?!program)/

function isQuick(path: string, seen = new Set<string>()): boolean {
  if (seen.has(path)) return true
  seen.add(path)
  const imported = [...readFileSync(path, 'utf8').matchAll(/\bfrom '([^']+)'/g)].map(([, name = '']) => name)
  return imported.every((name) => {
    const target = name.startsWith('.') ? join(dirname(path), name) : null
    if (STARTS_PROGRAMS.test(target ? relative(ROOT, target) : name)) return false
    return !target?.startsWith(join(ROOT, 'test/')) || !existsSync(target) || isQuick(target, seen)
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
    isolate: false,
    maxWorkers: 2,
  },
})
