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
    startThread(program: URL, limits: object): Worker
  }
  const worker = startThread(pathToFileURL(join(dir, 'program.mjs')), {})
  onTestFinished(async () => void (await worker.terminate()))
  expect(await once(worker, 'message')).toEqual(['started'])
})

const DIST = join(import.meta.dirname, '../dist')

/** What a file of the bundle loads before it runs, with what that loads. */
function loadedAtStart(file: string, seen = new Set<string>()): Set<string> {
  const imports = readFileSync(join(DIST, file), 'utf8').matchAll(
    /^(?:import|export|\}) ?[^'"\n]*"([^"]+)";/gm,
  )
  for (const [, name = ''] of imports) {
    if (seen.has(name)) continue
    seen.add(name)
    if (name.startsWith('./')) loadedAtStart(name, seen)
  }
  return seen
}

it.each(['main.js', 'job-process.mjs', 'render-worker.mjs'])(
  'loads libraries that few need only when they are needed: dist/%s',
  (file) => {
    const loaded = [...loadedAtStart(file)]
    expect(loaded.length).toBeGreaterThan(0)
    expect(loaded.filter((name) => /^(@aws-sdk|bullmq|@electric-sql|google-auth)/.test(name))).toEqual([])
  },
)
