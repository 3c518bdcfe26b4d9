/**
 * A machine is killed at each step of writing an entry and uploading it. Afterwards the bucket has the whole entry or
 * none, and the machine uploads it when it is back.
 */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest'
import { removeTree } from '../../src/diff/tools/remove-tree.ts'
import { openMachine } from '../diff/cache/machine.ts'
import { type BundledScript, bundleScript } from '../fixtures/bundle-script.ts'
import { countOf } from '../fixtures/seeds.ts'

let program: BundledScript
beforeAll(async () => {
  program = await bundleScript(join(import.meta.dirname, 'fixtures/shares-at-step.ts'))
})
afterAll(() => program?.remove())

const CONTENT = 'made before the crash\n'

/** @returns the number of steps; null if it died */
async function share(root: string, location: string, step: number): Promise<number | null> {
  const args = [program.path, root, location, String(step)]
  try {
    return Number((await promisify(execFile)(process.execPath, args)).stdout)
  } catch (error) {
    const { signal, stderr } = error as { signal: string | null; stderr: string }
    if (signal !== 'SIGKILL') throw new Error(stderr)
    return null
  }
}

async function makeDirs(): Promise<[root: string, location: string]> {
  const dir = await mkdtemp(join(tmpdir(), 'differ-shared-crash-'))
  onTestFinished(() => removeTree(dir))
  const dirs: [string, string] = [join(dir, 'machine'), join(dir, 'bucket')]
  for (const one of dirs) await mkdir(one)
  return dirs
}

/** What another machine finds. */
async function foundElsewhere(location: string): Promise<string | null> {
  const other = await openMachine(location)
  try {
    return await other.read('debdiff', 'a', 'b')
  } finally {
    await other.close()
  }
}

/** Lets the uploads of the killed machine be old enough for another process. */
async function ageUploads(root: string): Promise<void> {
  const dir = join(root, 'differ', 'uploads', 'debdiff')
  const then = new Date(Date.now() - 61_000)
  for (const name of await readdir(dir).catch(() => [])) await utimes(join(dir, name), then, then)
}

it('an entry is in the bucket whole or not at all, and is uploaded when the machine is back', async () => {
  const steps = await share(...(await makeDirs()), 0)
  if (steps === null) throw new Error('it died although no step was to kill it')
  expect(steps).toBeGreaterThan(12)
  const outcomes = new Set<string | null>()
  const dieAt = async (step: number) => {
    const [root, location] = await makeDirs()
    // Steps of uploads may come in another order, or be fewer.
    if ((await share(root, location, step)) !== null) return
    const found = await foundElsewhere(location)
    expect([null, CONTENT]).toContain(found)
    outcomes.add(found)
    await ageUploads(root)
    const again = await openMachine(location, { root })
    try {
      const kept = await again.read('debdiff', 'a', 'b')
      expect([null, CONTENT]).toContain(kept)
      const entry = await again.cache.find('debdiff', 'a', 'b')
      // One without a stamp counts as the old service's, which may be cut: it is not uploaded, but made again elsewhere.
      if (!entry?.verified) await again.publish('debdiff', 'a', 'b', CONTENT)
      await vi.waitFor(
        () => foundElsewhere(location).then((text) => expect([step, text]).toEqual([step, CONTENT])),
        {
          timeout: 60_000,
        },
      )
    } finally {
      await again.stop()
    }
  }
  // Every second step; in long tests each.
  const every = countOf(2, 1)
  const lanes = [0, every].map(async (lane) => {
    for (let step = 1 + lane; step <= steps; step += 2 * every) await dieAt(step)
  })
  await Promise.all(lanes)
  expect(outcomes).toEqual(new Set([null, CONTENT]))
})
