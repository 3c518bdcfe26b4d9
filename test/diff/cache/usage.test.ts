import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { measureCache } from '../../../src/diff/cache/usage.ts'
import { removeTree } from '../../../src/diff/tools/remove-tree.ts'
import { eventLoopTurnsDuring } from '../../fixtures/event-loop-turns.ts'

describe('measureCache', () => {
  async function cacheWith(files: Readonly<Record<string, number>>): Promise<string> {
    const root = await mkdtemp(join(tmpdir(), 'differ-usage-'))
    onTestFinished(() => removeTree(root))
    for (const [path, bytes] of Object.entries(files)) {
      await mkdir(dirname(join(root, path)), { recursive: true })
      await writeFile(join(root, path), Buffer.alloc(bytes))
    }
    return root
  }

  it('counts each file in its part, and no files being written', async () => {
    const root = await cacheWith({
      'debdiff/a_b': 100,
      'debdiff/c_d': 20,
      'diffoscope/a_b.json': 3000,
      'differ/entries/debdiff/0123': 7,
      'differ/entries/summary/4567.json': 80,
      'differ/entries/partial/4567.json': 12,
      'differ/entries/part/4567.json': 13,
      'differ/index/diffoscope/a_b.index': 400,
      'differ/index/diffoscope/deeper/a_b.filtered': 50,
      'differ/stamps/debdiff/a_b': 5,
      'differ/renderings/html/a_b': 9,
      'differ/contents/0123.DIFFPKG4': 11,
      'differ/unpacked/0123.tar': 90,
      'differ/damaged/debdiff-0123': 60,
      'differ/incoming/host-1/job/x': 1_000_000,
    })
    expect(await measureCache(root)).toEqual({
      debdiff: { files: 3, bytes: 127 },
      diffoscope: { files: 1, bytes: 3000 },
      summary: { files: 1, bytes: 80 },
      file: { files: 0, bytes: 0 },
      partial: { files: 1, bytes: 12 },
      part: { files: 1, bytes: 13 },
      renderings: { files: 1, bytes: 9 },
      contents: { files: 1, bytes: 11 },
      unpacked: { files: 1, bytes: 90 },
      derived: { files: 3, bytes: 455 },
      damaged: { files: 1, bytes: 60 },
    })
  })

  it('returns zeros for a missing cache', async () => {
    const none = { files: 0, bytes: 0 }
    const usage = await measureCache(join(await cacheWith({}), 'not-there'))
    expect(usage).toEqual({
      debdiff: none,
      diffoscope: none,
      summary: none,
      file: none,
      partial: none,
      part: none,
      renderings: none,
      contents: none,
      unpacked: none,
      derived: none,
      damaged: none,
    })
  })

  it('does not block the event loop', async () => {
    const entries = Array.from({ length: 3000 }, (_, i) => [`debdiff/${i}`, 1] as const)
    const root = await cacheWith(Object.fromEntries(entries))
    let files = 0
    const turns = await eventLoopTurnsDuring(async () => {
      files = (await measureCache(root)).debdiff.files
    })
    expect(files).toBe(3000)
    expect(turns).toBeGreaterThan(100)
  })
})
