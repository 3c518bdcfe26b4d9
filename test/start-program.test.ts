import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Worker } from 'node:worker_threads'
import { expect, it, onTestFinished } from 'vitest'
import { removeTree } from '../src/diff/tools/remove-tree.ts'

/** Tests replace this module otherwise; the query keeps its name from being recognised. */
const SOURCE = '../src/start-program.ts?source'

it('starts a thread from its sources, as `npm run dev` needs it', async () => {
  // Below the project, so that its packages are found.
  const dir = await mkdtemp(join(import.meta.dirname, '../.differ-thread-'))
  onTestFinished(() => removeTree(dir))
  await writeFile(
    join(dir, 'program.mjs'),
    "import { parentPort } from 'node:worker_threads'\nimport { word } from './word.ts'\nparentPort.postMessage(word)\n",
  )
  await writeFile(join(dir, 'word.ts'), "export const word: string = 'started'\n")
  const { startThread } = (await import(SOURCE)) as {
    startThread(program: URL, options: object): Worker
  }
  const worker = startThread(pathToFileURL(join(dir, 'program.mjs')), {})
  onTestFinished(async () => void (await worker.terminate()))
  expect(await once(worker, 'message')).toEqual(['started'])
})

const DIST = join(import.meta.dirname, '../dist')

const IMPORTS = /^(?:import|export|\}) ?[^'"\n]*"([^"]+)";/gm
/** The comment with which the bundler begins what it took from a package. */
const PACKAGES = /^ *\/\/ node_modules\/((?:@[^/\n]+\/)?[^/\n]+)\//gm

/** What a file of the bundle loads before it runs: names of packages and of other files. */
function loadedAtStart(file: string, seen = new Set<string>()): Set<string> {
  const text = readFileSync(join(DIST, file), 'utf8')
  for (const [, name = ''] of text.matchAll(PACKAGES)) seen.add(name)
  for (const [, name = ''] of text.matchAll(IMPORTS)) {
    if (seen.has(name)) continue
    seen.add(name)
    if (name.startsWith('./')) loadedAtStart(name, seen)
  }
  return seen
}

it.each([
  ['main.js', 'commander'],
  ['job-process.mjs', 'node:fs/promises'],
  ['render-worker.mjs', 'node:worker_threads'],
])('loads libraries that few need only when they are needed: dist/%s', (file, always) => {
  const loaded = [...loadedAtStart(file)]
  expect(loaded).toContain(always)
  expect(
    loaded.filter((name) => /^(@aws-sdk|bullmq|@electric-sql|google-auth|pg$|fastify)/.test(name)),
  ).toEqual([])
})
