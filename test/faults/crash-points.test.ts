/**
 * A process is killed at each step of writing a diff, its stamp, index and filtered copy, or a summary. Afterwards, the
 * cache serves it whole or not at all.
 */
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { openCache } from '../../src/diff/cache/open-cache.ts'
import { ReportRenderer } from '../../src/diff/rendering/report-renderer.ts'
import { StoredDiffs } from '../../src/diff/stored/stored-diffs.ts'
import { createInstanceDir, sweepDeadInstances } from '../../src/diff/tools/instance-dir.ts'
import { removeTree } from '../../src/diff/tools/remove-tree.ts'
import type { ResultKind } from '../../src/model.ts'
import { type BundledScript, bundleScript } from '../fixtures/bundle-script.ts'
import { countOf } from '../fixtures/seeds.ts'
import { contentOf, PAIR } from './fixtures/known-diff.ts'
import { NO_SEARCHES, writeKnown } from './fixtures/write-known.ts'

let program: BundledScript
beforeAll(async () => {
  program = await bundleScript(join(import.meta.dirname, 'fixtures/dies-at-step.ts'))
})
afterAll(() => program?.remove())

/**
 * Writes a diff in another process, which kills itself at `step`.
 * @returns the number of steps; null if it died
 */
async function write(root: string, kind: ResultKind, step: number, seed: string): Promise<number | null> {
  const args = [program.path, root, kind, String(step), seed]
  try {
    return Number((await promisify(execFile)(process.execPath, args)).stdout)
  } catch (error) {
    const { signal, stderr } = error as { signal: string | null; stderr: string }
    if (signal !== 'SIGKILL') throw new Error(stderr)
    return null
  }
}

async function makeRoot(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'differ-crash-'))
  onTestFinished(() => removeTree(root))
  return root
}

/** @returns what a service that starts now would serve; null if it would make the diff again */
async function served(root: string, kind: ResultKind): Promise<string | null> {
  const incoming = join(root, 'cache/differ/incoming')
  for (const dir of [join(root, 'temp'), incoming]) {
    await mkdir(dir, { recursive: true })
    await sweepDeadInstances(dir)
  }
  const [incomingDir, tempDir] = [
    await createInstanceDir(incoming),
    await createInstanceDir(join(root, 'temp')),
  ]
  const bounds = { maxBytes: null, minFreeBytes: 0, maxUnusedMs: null }
  const cache = openCache({ root: join(root, 'cache'), bounds, incomingDir, tempDir })
  try {
    const entry = await cache.find(kind, PAIR.old.id, PAIR.new.id)
    if (!entry) return null
    const stored = await new StoredDiffs(new ReportRenderer(), NO_SEARCHES).open(entry, PAIR)
    if (stored.kind === 'summary') return stored.render('json')
    for await (const _ of stored.render('text', { filterBoring: true }));
    const chunks: Uint8Array[] = []
    const format = kind === 'debdiff' ? 'text' : 'json'
    for await (const chunk of stored.render(format, { filterBoring: false })) chunks.push(Buffer.from(chunk))
    return Buffer.concat(chunks).toString('utf8')
  } finally {
    await cache.close()
    await Promise.all([incomingDir.remove(), tempDir.remove()])
  }
}

function toComparable(kind: ResultKind, text: string): unknown {
  if (kind === 'debdiff') return text
  // A stored summary is inside of what else is stored; a rendered one is not.
  return kind === 'diffoscope' ? JSON.parse(text).details : (JSON.parse(text).summary ?? JSON.parse(text))
}
/** A summary has no index and no filtered copy. */
const MIN_STEPS: Readonly<Record<ResultKind, number>> = { debdiff: 8, diffoscope: 9, summary: 6 }

describe.each<ResultKind>(['debdiff', 'diffoscope', 'summary'])(
  'a %s whose process is killed at each step of writing it',
  (kind) => {
    it.each([
      ['without an older one', null],
      ['which replaces an older one', '1'],
    ])('%s, is served whole or not at all, and can be written again', async (_title, before) => {
      const older = before === null ? null : await makeRoot()
      if (older !== null) await writeKnown(older, kind, before ?? '')
      const newRoot = async () => {
        const root = await makeRoot()
        if (older !== null) await cp(older, root, { recursive: true })
        return root
      }
      const steps = await write(await newRoot(), kind, 0, '2')
      if (steps === null) throw new Error('it died although no step was to kill it')
      expect(steps).toBeGreaterThanOrEqual(MIN_STEPS[kind])
      const allowed: (string | null)[] = [null, contentOf(kind, '2')]
      if (before !== null) allowed.push(contentOf(kind, before))
      const comparable = allowed.map((text) => text && toComparable(kind, text))
      const outcomes = new Set<string>()
      // Each step in one of the two ways, and of a report, which has many like each other, each third one; in long
      // tests each in both ways.
      const every = countOf(kind === 'diffoscope' ? 6 : 2, 1)
      const allSteps = Array.from({ length: steps }, (_, i) => i + 1).filter(
        (step) => step % every === (before === null ? 0 : Math.floor(every / 2)),
      )
      const dieAt = async (step: number) => {
        const root = await newRoot()
        expect([step, await write(root, kind, step, '2')]).toEqual([step, null])
        const text = await served(root, kind)
        const answer = text && toComparable(kind, text)
        expect(comparable).toContainEqual(answer)
        outcomes.add(answer === null ? 'none' : 'whole')

        await writeKnown(root, kind, '3')
        const again = await served(root, kind)
        expect(again && toComparable(kind, again)).toEqual(toComparable(kind, contentOf(kind, '3')))
        // Only files of the entry, and files that the evictor removes later.
        const left = await readdir(join(root, 'cache'), { recursive: true, withFileTypes: true })
        const names = left.filter((entry) => entry.isFile()).map(({ name }) => name)
        // The key of a summary is a digest, of which the rules' version is a part.
        const ours = kind === 'summary' ? /^\+?[\w-]{16,}(\.json)?$/ : /^\+?crash-old_crash-new/
        expect(names.filter((name) => !ours.test(name))).toEqual([])
        const stamps = join(root, `cache/differ/stamps/${kind}`)
        // A draft of the older entry's stamp may be left, which the evictor removes later.
        const stampName = (await readdir(stamps)).find((name) => !name.endsWith('.new')) ?? ''
        const stamp = JSON.parse(await readFile(join(stamps, stampName), 'utf8'))
        expect(stamp).toMatchObject({ madeBy: { tool: '1' } })
      }
      // Two lanes at once: each step starts a process.
      const lanes = [0, 1].map(async (lane) => {
        for (const step of allSteps.filter((_, index) => index % 2 === lane)) await dieAt(step)
      })
      await Promise.all(lanes)
      expect([...outcomes].sort()).toEqual(before === null ? ['none', 'whole'] : ['whole'])
    })
  },
)
