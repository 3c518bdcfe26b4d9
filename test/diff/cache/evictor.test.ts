import { createReadStream } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, stat, truncate, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { AccessTimes } from '../../../src/diff/cache/access-times.ts'
import { type Bounds, Evictor, type EvictorOptions } from '../../../src/diff/cache/evictor.ts'
import { removeTree } from '../../../src/diff/tools/remove-tree.ts'
import { eventLoopTurnsDuring } from '../../fixtures/event-loop-turns.ts'

const HOUR_MS = 3_600_000
const NONE: Bounds = { maxBytes: null, minFreeBytes: 0, maxUnusedMs: null }

/** Creates a cache with files of the given sizes and ages. */
async function cacheWith(files: Readonly<Record<string, readonly [bytes: number, hoursAgo: number]>>) {
  const root = await mkdtemp(join(tmpdir(), 'differ-evictor-'))
  onTestFinished(() => removeTree(root))
  for (const [path, [bytes, hoursAgo]] of Object.entries(files)) {
    const time = new Date(Date.now() - hoursAgo * HOUR_MS)
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), Buffer.alloc(bytes))
    await utimes(join(root, path), time, time)
  }
  return root
}

async function filesOf(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort()
}

function evictorOf(root: string, bounds: Partial<Bounds>, options: Partial<EvictorOptions> = {}) {
  return new Evictor({ root, bounds: { ...NONE, ...bounds }, accessTimes: new AccessTimes(), ...options })
}

describe.each([
  { what: 'unpacked archives', nameOf: (name: string) => `differ/unpacked/${name}.tar` },
  { what: 'parts of reports', nameOf: (name: string) => `differ/entries/part/${name}.json` },
])('$what', ({ nameOf }) => {
  it('take 2 GB at most, of which those used last stay', async () => {
    const root = await cacheWith({
      [nameOf('first')]: [0, 0.3],
      [nameOf('second')]: [0, 0.2],
      [nameOf('third')]: [0, 0.1],
    })
    for (const [name, hoursAgo] of [
      ['first', 0.3],
      ['second', 0.2],
      ['third', 0.1],
    ] as const) {
      const path = join(root, nameOf(name))
      const time = new Date(Date.now() - hoursAgo * HOUR_MS)
      await truncate(path, 0.9e9)
      await utimes(path, time, time)
    }
    await evictorOf(root, {}).sweep()
    expect(await filesOf(root)).toEqual([nameOf('second'), nameOf('third')])
  })
})

describe('unpacked archives', () => {
  it('go an hour after their last use, whatever the limits, unless they are small', async () => {
    const root = await cacheWith({
      'differ/unpacked/old.tar': [1 << 20, 1.1],
      'differ/unpacked/recent.tar': [1 << 20, 0.9],
      'differ/unpacked/small.tar': [1000, 50],
      'differ/contents/old.DIFFPKG5': [10, 50],
    })
    await evictorOf(root, {}).sweep()
    expect(await filesOf(root)).toEqual([
      'differ/contents/old.DIFFPKG5',
      'differ/unpacked/recent.tar',
      'differ/unpacked/small.tar',
    ])
  })
})

describe('a cache that is too large', () => {
  it('loses the least recently used entries, whoever made them, down to 90 % of the limit', async () => {
    const root = await cacheWith({
      'debdiff/legacy_oldest': [400, 50],
      'differ/entries/debdiff/0123': [400, 40],
      'diffoscope/a_b.json': [400, 30],
      'debdiff/c_d': [400, 20],
    })
    const evicted: [string, number][] = []
    const evictor = evictorOf(
      root,
      { maxBytes: 1000 },
      { onEvicted: (part, bytes) => evicted.push([part, bytes]) },
    )
    const { usage, evictedBytes } = await evictor.sweep()
    expect(await filesOf(root)).toEqual(['debdiff/c_d', 'diffoscope/a_b.json'])
    expect(evicted).toEqual([
      ['debdiff', 400],
      ['debdiff', 400],
    ])
    expect(evictedBytes).toBe(800)
    expect(usage.debdiff).toEqual({ files: 1, bytes: 400 })
  })

  it('keeps an old entry that was used recently', async () => {
    const root = await cacheWith({
      'debdiff/old_used': [600, 500],
      'differ/used/debdiff/old_used': [0, 1],
      'debdiff/newer_unused': [600, 20],
    })
    await evictorOf(root, { maxBytes: 1000 }).sweep()
    expect(await filesOf(root)).toEqual(['debdiff/old_used', 'differ/used/debdiff/old_used'])
  })

  it('loses the derived files, stamp and access time together with a diff', async () => {
    const root = await cacheWith({
      'diffoscope/a_b.json': [500, 50],
      'differ/stamps/diffoscope/a_b': [20, 50],
      'differ/used/diffoscope/a_b': [0, 50],
      'differ/index/diffoscope/a_b.index': [100, 2],
      'differ/index/diffoscope/a_b.0123456789abcdef.filtered': [400, 3],
      'differ/index/diffoscope/a_b.0123456789abcdef.filtered.index': [100, 3],
      'differ/entries/diffoscope/77.json': [500, 10],
      'differ/stamps/diffoscope/+77': [20, 10],
      'differ/index/diffoscope/+77.index': [100, 10],
    })
    await evictorOf(root, { maxBytes: 800 }).sweep()
    expect(await filesOf(root)).toEqual([
      'differ/entries/diffoscope/77.json',
      'differ/index/diffoscope/+77.index',
      'differ/stamps/diffoscope/+77',
    ])
  })

  it('loses damaged diffs and cached renderings first, however new', async () => {
    const root = await cacheWith({
      'debdiff/a_b': [500, 1000],
      'differ/renderings/html/x': [500, 2],
      'differ/damaged/debdiff-1': [500, 0],
    })
    await evictorOf(root, { maxBytes: 600 }).sweep()
    expect(await filesOf(root)).toEqual(['debdiff/a_b'])
  })

  it('loses unpacked archives and parts of reports first, and reports of files and contents of packages like diffs', async () => {
    const root = await cacheWith({
      'differ/entries/part/1.json': [400, 0.1],
      'differ/stamps/part/+1': [0, 0.1],
      'differ/entries/partial/1.json': [400, 6],
      'differ/entries/file/1.json': [400, 10],
      'differ/stamps/file/+1': [0, 10],
      'differ/contents/1.DIFFPKG5': [400, 9],
      'debdiff/a_b': [400, 8],
      'differ/contents/2.DIFFPKG5': [400, 7],
      'differ/unpacked/1.tar': [400, 0.1],
    })
    await evictorOf(root, { maxBytes: 1400 }).sweep()
    expect(await filesOf(root)).toEqual([
      'debdiff/a_b',
      'differ/contents/2.DIFFPKG5',
      'differ/entries/partial/1.json',
    ])
  })

  it('keeps what this or another process used within the last minute', async () => {
    const root = await cacheWith({
      'debdiff/made_now': [600, 0],
      'debdiff/used_now': [600, 50],
      'differ/used/debdiff/used_now': [0, 0],
      'debdiff/used_here': [600, 50],
      'debdiff/not_used': [600, 49],
    })
    const accessTimes = new AccessTimes()
    accessTimes.touch(join(root, 'differ/used/debdiff/used_here'))
    await accessTimes.close()
    const longAgo = new Date(0)
    await utimes(join(root, 'differ/used/debdiff/used_here'), longAgo, longAgo)
    await evictorOf(root, { maxBytes: 1 }, { accessTimes }).sweep()
    const left = (await filesOf(root)).filter((path) => path.startsWith('debdiff/'))
    expect(left).toEqual(['debdiff/made_now', 'debdiff/used_here', 'debdiff/used_now'])
  })

  it('can be swept by several processes at once, which evict no more than one alone', async () => {
    const files = Array.from({ length: 300 }, (_, i) => [`debdiff/${i}_x`, [100, 1000 - i]] as const)
    const root = await cacheWith(Object.fromEntries(files))
    const sweeps = await Promise.all([1, 2, 3, 4].map(() => evictorOf(root, { maxBytes: 20_000 }).sweep()))
    const left = await filesOf(root)
    expect(left).toHaveLength(180)
    expect(left).not.toContain('debdiff/119_x')
    expect(sweeps.reduce((sum, { evictedFiles }) => sum + evictedFiles, 0)).toBe(120)
  })

  it('does not affect a reader that has an entry open', async () => {
    const root = await cacheWith({ 'debdiff/a_b': [3_000_000, 50] })
    const reader = createReadStream(join(root, 'debdiff/a_b'))[Symbol.asyncIterator]()
    let bytes = ((await reader.next()).value as Buffer).length
    await evictorOf(root, { maxBytes: 1 }).sweep()
    expect(await filesOf(root)).toEqual([])
    for (let step = await reader.next(); !step.done; step = await reader.next()) bytes += step.value.length
    expect(bytes).toBe(3_000_000)
  })
})

describe('a clock that is set back', () => {
  it('does not protect entries with future times from eviction', async () => {
    const root = await cacheWith({ 'debdiff/future': [600, -500], 'debdiff/past': [600, 5] })
    await evictorOf(root, { maxBytes: 1000 }).sweep()
    expect(await filesOf(root)).toEqual(['debdiff/future'])
    await evictorOf(root, { maxBytes: 100 }).sweep()
    expect(await filesOf(root)).toEqual([])
  })
})

describe('a disk that is nearly full', () => {
  it('makes the evictor free space, and only then', async () => {
    const root = await cacheWith({ 'debdiff/a_b': [600, 50], 'debdiff/c_d': [600, 5] })
    expect((await evictorOf(root, { minFreeBytes: 1 }).sweep()).evictedFiles).toBe(0)
    const { evictedFiles, freeBytes } = await evictorOf(root, { minFreeBytes: 1e18 }).sweep()
    expect(evictedFiles).toBe(2)
    expect(freeBytes).toBeGreaterThan(0)
  })

  it('makes the evictor free space even if the system reports free space', async () => {
    const files = Array.from({ length: 100 }, (_, i) => [`debdiff/${i}_x`, [100, 1000 - i]] as const)
    const root = await cacheWith(Object.fromEntries(files))
    const evictor = evictorOf(root, {})
    evictor.diskFull()
    await evictor.sweep()
    await evictor.close()
    expect(await filesOf(root)).toHaveLength(95)
  })
})

describe('orphans', () => {
  it('are removed after an hour, but files being written are not', async () => {
    const root = await cacheWith({
      'debdiff/a_b': [10, 5],
      'differ/stamps/debdiff/a_b': [10, 5],
      'differ/stamps/debdiff/gone_gone': [10, 5],
      'differ/stamps/debdiff/a_b.new': [10, 5],
      'differ/used/diffoscope/gone_gone': [0, 5],
      'differ/index/diffoscope/gone_gone.index': [10, 5],
      'differ/index/diffoscope/a_b.index.0123456789ab.tmp': [10, 5],
      'differ/index/diffoscope/new_new.index.0123456789ab.tmp': [10, 0.5],
      'differ/incoming/differ-elsewhere-1-2-3-x/job-y/z': [10, 1],
    })
    await evictorOf(root, {}).sweep()
    expect(await filesOf(root)).toEqual([
      'debdiff/a_b',
      'differ/incoming/differ-elsewhere-1-2-3-x/job-y/z',
      'differ/index/diffoscope/new_new.index.0123456789ab.tmp',
      'differ/stamps/debdiff/a_b',
    ])
  })

  it('that another machine was writing are removed after days', async () => {
    const root = await cacheWith({ 'differ/incoming/differ-elsewhere-1-2-3-x/job-y/z': [10, 100] })
    for (const path of ['differ-elsewhere-1-2-3-x/job-y', 'differ-elsewhere-1-2-3-x']) {
      const time = new Date(Date.now() - 100 * HOUR_MS)
      await utimes(join(root, 'differ/incoming', path), time, time)
    }
    await evictorOf(root, {}).sweep()
    await evictorOf(root, {}).sweep()
    expect(await readdir(join(root, 'differ/incoming/differ-elsewhere-1-2-3-x')).catch(() => [])).toEqual([])
  })
})

describe('the evictor', () => {
  it('sweeps when a new entry exceeds the limit', async () => {
    const root = await cacheWith({ 'debdiff/a_b': [600, 50], 'debdiff/c_d': [600, 40] })
    const evictor = evictorOf(root, { maxBytes: 1300 })
    onTestFinished(() => evictor.close())
    expect((await evictor.usage()).debdiff.bytes).toBe(1200)
    await writeFile(join(root, 'debdiff/e_f'), Buffer.alloc(300))
    await evictor.entryWritten(300)
    await expect.poll(() => filesOf(root)).toEqual(['debdiff/c_d', 'debdiff/e_f'])
  })

  it('scans the cache once for any number of calls of usage', async () => {
    const root = await cacheWith({ 'debdiff/a_b': [600, 50] })
    const evictor = evictorOf(root, {})
    const first = await Promise.all([evictor.usage(), evictor.usage()])
    await writeFile(join(root, 'debdiff/e_f'), Buffer.alloc(300))
    expect([...first, await evictor.usage()].map(({ debdiff }) => debdiff.files)).toEqual([1, 1, 1])
  })

  it('does not block the event loop while it scans many files', async () => {
    const files = Array.from({ length: 3000 }, (_, i) => [`debdiff/${i}_x`, [1, 5]] as const)
    const root = await cacheWith(Object.fromEntries(files))
    const turns = await eventLoopTurnsDuring(() => evictorOf(root, { maxBytes: 10 }).sweep())
    expect(await filesOf(root)).toHaveLength(9)
    expect(turns).toBeGreaterThan(100)
  })
})

describe('an access time', () => {
  it('is written once for many uses in a short time', async () => {
    const root = await cacheWith({})
    const path = join(root, 'differ/used/debdiff/a_b')
    const accessTimes = new AccessTimes()
    for (let use = 0; use < 1000; use++) accessTimes.touch(path)
    await accessTimes.close()
    expect(await readFile(path, 'utf8')).toBe('')
    expect(Date.now() - (await stat(path)).mtimeMs).toBeLessThan(60_000)
  })
})
