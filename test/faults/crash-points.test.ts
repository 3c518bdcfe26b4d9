/** Killed at any step of writing a diff, its stamp, its index or its filtered copy: what is served afterwards is right, or made again. */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openCache } from '../../src/diff/cache/open-cache.ts'
import { openStored } from '../../src/diff/stored-diff.ts'
import { createInstanceDir, sweepDeadInstances } from '../../src/diff/tools/instance-dir.ts'
import { removeTree } from '../../src/diff/tools/remove-tree.ts'
import type { DiffKind } from '../../src/model.ts'
import { contentOf, PAIR } from './fixtures/known-diff.ts'

const PROGRAM = join(import.meta.dirname, 'fixtures/dies-at-step.ts')

/** Returns how many steps there were, or null where it died. */
async function write(root: string, kind: DiffKind, step: number, seed: string): Promise<number | null> {
  const args = ['--import', 'tsx', PROGRAM, root, kind, String(step), seed]
  try {
    return Number((await promisify(execFile)(process.execPath, args)).stdout)
  } catch (error) {
    const { signal, stderr } = error as { signal: string | null; stderr: string }
    if (signal !== 'SIGKILL') throw new Error(stderr)
    return null
  }
}

async function place(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'differ-crash-'))
  onTestFinished(() => removeTree(root))
  return root
}

/** What a service that starts now serves of it; null where it would make it anew. */
async function served(root: string, kind: DiffKind): Promise<string | null> {
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
    const stored = await openStored(entry, PAIR)
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

const asServed = (kind: DiffKind, text: string) => (kind === 'debdiff' ? text : JSON.parse(text).details)

describe.each<DiffKind>(['debdiff', 'diffoscope'])('a %s killed at every step of its writing', (kind) => {
  it.each([
    ['where there was none', null],
    ['where it replaces another', '1'],
  ])('%s: is there whole, or not at all, and can be written afterwards', async (_where, before) => {
    const steps = await write(await place(), kind, 0, '2')
    expect(steps).toBeGreaterThan(8)
    const right = new Set<string | null>([null, contentOf(kind, '2')])
    if (before !== null) right.add(contentOf(kind, before))
    const known = [...right].map((text) => text && asServed(kind, text))
    const outcomes = new Set<string>()
    const all = Array.from({ length: steps! }, (_, i) => i + 1)
    const one = async (step: number) => {
      const root = await place()
      if (before !== null) await write(root, kind, 0, before)
      expect([step, await write(root, kind, step, '2')]).toEqual([step, null])
      const text = await served(root, kind)
      const answer = text && asServed(kind, text)
      expect(known).toContainEqual(answer)
      outcomes.add(answer === null ? 'none' : 'whole')

      expect(await write(root, kind, 0, '3')).toBeGreaterThan(8)
      const again = await served(root, kind)
      expect(again && asServed(kind, again)).toEqual(asServed(kind, contentOf(kind, '3')))
      // Nothing but what belongs to the entry, and what a keeper clears away later.
      const left = await readdir(join(root, 'cache'), { recursive: true, withFileTypes: true })
      const names = left.filter((entry) => entry.isFile()).map(({ name }) => name)
      expect(names.filter((name) => !/^crash-old_crash-new/.test(name))).toEqual([])
      const stamp = JSON.parse(
        await readFile(join(root, `cache/differ/stamps/${kind}/crash-old_crash-new`), 'utf8'),
      )
      expect(stamp).toMatchObject({ madeBy: { tool: '1' } })
    }
    // Two at a time: each starts several processes.
    const lanes = [0, 1].map(async (lane) => {
      for (const step of all.filter((step) => step % 2 === lane)) await one(step)
    })
    await Promise.all(lanes)
    expect([...outcomes].sort()).toEqual(before === null ? ['none', 'whole'] : ['whole'])
  })
})
