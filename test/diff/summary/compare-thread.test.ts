import { closeSync, openSync } from 'node:fs'
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { sha256Of } from '../../../src/diff/package/member-place.ts'
import { resultsOf, type Task } from '../../../src/diff/summary/compare-tasks.ts'
import {
  CompareThread,
  idleCompareThread,
  runInBothThreads,
} from '../../../src/diff/summary/compare-thread.ts'
import { runSummaryJob } from '../../../src/diff/summary/summary-job.ts'
import { removeTree } from '../../../src/diff/tools/remove-tree.ts'
import { buildDeb, LIMITS, localPackage } from './build-side.ts'

const SIDE = { package: 'tea', source: 'tea', version: '1', sourceVersion: '1', architecture: 'all' }

async function directory(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'differ-thread-'))
  onTestFinished(() => removeTree(dir))
  return dir
}

/** An archive of two texts, and tasks to compare them. */
async function archive(): Promise<{ taskOf(sha256?: string | null): Task; md5: Task }> {
  const path = join(await directory(), 'archive')
  const [old, newer] = [Buffer.from('green tea\n'), Buffer.from('black tea\n')]
  await writeFile(path, Buffer.concat([old, newer]))
  const fd = openSync(path, 'r')
  onTestFinished(() => closeSync(fd))
  const file = { path: 'usr/share/tea/kinds', kind: 'text', old: SIDE, new: SIDE, depth: 0 } as const
  const place = (offset: number, sha256: string | null) => ({ fd, offset, sizeBytes: old.length, sha256 })
  return {
    taskOf: (sha256 = sha256Of(newer)) => ({ old: place(0, null), new: place(old.length, sha256), file }),
    md5: { md5Of: place(old.length, null) },
  }
}

async function readyThread(): Promise<CompareThread> {
  const thread = new CompareThread()
  onTestFinished(() => thread.stop())
  await thread.started
  expect(thread.isIdle).toBe(true)
  return thread
}

const batchOf = (tasks: readonly Task[], taken = 0) => ({
  tasks,
  taken: new Int32Array(new SharedArrayBuffer(4)).fill(taken),
})
const LINES = { nature: 'LINES', old: '-green tea', new: '+black tea', inner: '', fact: '' }

describe('tasks of two threads', () => {
  it('are done once each, with the same results in both', async () => {
    const { taskOf, md5 } = await archive()
    const tasks = Array.from({ length: 200 }, (_, index) => (index % 10 === 0 ? md5 : taskOf()))
    const expected = [...resultsOf(batchOf(tasks))]
    const thread = await readyThread()
    // This thread waits for the other one in each turn, so both take some.
    const results = await runInBothThreads(
      tasks,
      thread,
      () => new Promise((resolve) => setImmediate(resolve)),
    )
    expect(results.toSorted((one, other) => one.index - other.index)).toEqual(expected)
    const alone = await thread.run(batchOf(tasks))
    expect(alone).toEqual(expected)
    expect(thread.isIdle).toBe(true)
  })

  it('find nothing in an archive that is damaged or cannot be read', async () => {
    const { taskOf, md5 } = await archive()
    const unreadable = { md5Of: { ...('md5Of' in md5 && md5.md5Of), offset: 1_000 } } as Task
    const tasks = [taskOf('0'.repeat(64)), unreadable, taskOf()]
    const [damaged, unread, whole] = await (await readyThread()).run(batchOf(tasks))
    expect([damaged?.outcome, unread?.outcome]).toEqual([null, null])
    expect(whole?.outcome).toMatchObject({ changes: [{ nature: LINES.nature }] })
  })

  it('end when this thread is cancelled, after the one that is being done', async () => {
    const { taskOf } = await archive()
    const thread = await readyThread()
    const cancelled = new Error('cancelled')
    const tasks = Array.from({ length: 100_000 }, () => taskOf())
    let turns = 0
    const run = runInBothThreads(tasks, thread, async () => {
      turns += 1
      if (turns === 2) throw cancelled
    })
    await expect(run).rejects.toBe(cancelled)
    expect(thread.isIdle).toBe(true)
  })

  it('are done by one if the other ends', async () => {
    const { taskOf } = await archive()
    const thread = await readyThread()
    // So many that the other thread cannot end by itself before it is stopped.
    const tasks = Array.from({ length: 20_000 }, () => taskOf())
    let turns = 0
    const results = await runInBothThreads(tasks, thread, async () => {
      turns += 1
      if (turns === 2) await thread.stop()
    })
    // One turn before the first task, and one after each.
    expect(results.length).toBe(turns - 1)
    expect(thread.hasEnded).toBe(true)
  })

  it('are left once their results need much memory', async () => {
    const { taskOf } = await archive()
    const long = Buffer.from(`${'tea '.repeat(400)}\n`.repeat(40))
    const path = join(await directory(), 'long')
    await writeFile(path, Buffer.concat([long, Buffer.from(long.toString().replaceAll('tea', 'pot'))]))
    const fd = openSync(path, 'r')
    onTestFinished(() => closeSync(fd))
    const place = (offset: number) => ({ fd, offset, sizeBytes: long.length, sha256: null })
    const task = { ...taskOf(), old: place(0), new: place(long.length) } as Task
    const tasks = Array.from({ length: 20_000 }, () => task)
    const batch = batchOf(tasks)
    let count = 0
    for (const _ of resultsOf(batch)) count += 1
    expect(count).toBeGreaterThan(100)
    expect(count).toBeLessThan(tasks.length)
  })
})

it('a summary says the same whether one thread has made it or two', async () => {
  const dir = await directory()
  /** Enough to be worth a second thread. */
  const lines = (word: string) => Array.from({ length: 30_000 }, (_, at) => `${at} ${word}\n`).join('')
  const spec = (word: string) => ({
    version: word === 'green' ? '1.0-1' : '1.0-2',
    files: {
      ...Object.fromEntries(
        Array.from({ length: 8 }, (_, at) => [`usr/share/tea/kinds-${at}.txt`, `${at}\n${lines(word)}`]),
      ),
      // The same contents in files of other kinds.
      'usr/lib/python3/dist-packages/kinds.py': `3\n${lines(word)}`,
      'usr/share/doc/tea/changelog.Debian': `3\n${lines(word)}`,
    },
  })
  const packages = await Promise.all(
    ['green', 'black'].map(async (word) => localPackage(await buildDeb(join(dir, word), spec(word)))),
  )
  const make = async (name: string) => {
    const cacheRoot = join(dir, name)
    const outputDir = await mkdtemp(join(dir, 'incoming-'))
    const outputPath = join(outputDir, 'summary')
    await runSummaryJob(
      {
        oldPackages: packages.slice(0, 1),
        newPackages: packages.slice(1),
        ...{ areFiles: false, checksControl: true, sandbox: 'none', limits: LIMITS, workDir: dir },
        ...{ cacheRoot, cacheLocation: null, outputDir, outputPath },
      },
      new AbortController().signal,
    )
    return readFile(outputPath, 'utf8')
  }
  // Starts the thread, and does not wait for it.
  const alone = await make('alone')
  await expect.poll(() => idleCompareThread() !== null, { timeout: 30_000 }).toBe(true)
  expect(await make('together')).toBe(alone)
  expect(alone).toContain('kinds-7.txt')
})
