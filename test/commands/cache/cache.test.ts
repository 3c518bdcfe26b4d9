/** `differ cache`: in this process, but for one command that lowers the priority of its process, and once. */
import { mkdir, mkdtemp, readdir, readFile, rm, truncate, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { differHere } from '../../fixtures/command-line.ts'
import { differ } from '../../service/processes.ts'

const REPORT =
  '{"diffoscope-json-version": 1, "source1": "a", "source2": "b", "unified_diff": null, "details": []}'

async function cacheWith(files: Readonly<Record<string, readonly [content: string, daysAgo: number]>>) {
  const root = await mkdtemp(join(tmpdir(), 'differ-cache-'))
  onTestFinished(() => rm(root, { recursive: true, force: true }))
  for (const [path, [content, daysAgo]] of Object.entries(files)) {
    const time = new Date(Date.now() - daysAgo * 86_400_000)
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), content)
    await utimes(join(root, path), time, time)
  }
  return root
}

const run = (root: string, command: string, ...args: string[]) =>
  (command === 'convert' ? differ : differHere)(['cache', command, ...args], {
    env: { DIFFER_CACHE_PATH: root },
  })

const MADE_BY = { differ: '0.1.0', tool: '2.23.4', options: ['--noconf'] }
const SOME = {
  'debdiff/a_b': ['whole\n', 100],
  'differ/stamps/debdiff/a_b': [JSON.stringify({ sizeBytes: 6, madeBy: MADE_BY }), 100],
  'diffoscope/a_b.json': [REPORT, 20],
} as const

describe('differ cache', () => {
  it('prints the size of each part, as a table or as JSON', async () => {
    const root = await cacheWith(SOME)
    const table = await differ(['cache', 'stats'], { env: { DIFFER_CACHE_PATH: root } })
    expect([table.code, table.stderr]).toEqual([0, ''])
    expect(table.stdout).toMatch(/^debdiff +1 files +0\.0 MB$/m)
    const { stdout } = await run(root, 'stats', '--json', '--cache-max-size', '7')
    expect(JSON.parse(stdout)).toMatchObject({
      path: root,
      parts: { debdiff: { files: 1, bytes: 6 }, diffoscope: { files: 1, bytes: REPORT.length } },
      maxBytes: 7e6,
      freeBytes: expect.any(Number),
    })
  })

  it('finds no damage in intact diffs, and prints which tool versions made them', async () => {
    const { code, stdout } = await run(await cacheWith(SOME), 'verify')
    expect(code).toBe(0)
    expect(stdout).toBe('2 diffs, 0 damaged\n       1 made by 2.23.4\n       1 made by an unknown service\n')
  })

  it.each<[string, Record<string, readonly [string, number]>, RegExp]>([
    ['has changed since it was written', { 'debdiff/a_b': ['whole and more\n', 1] }, /has 15 bytes, not 6/],
    ['is empty', { 'debdiff/c_d': ['', 1] }, /is empty/],
    [
      'the old service left incomplete',
      { 'debdiff/c_d': ['no end', 1] },
      /does not end like the output of debdiff/,
    ],
    ['is no valid report', { 'diffoscope/c_d.json': ['{"x": }', 1] }, /./],
  ])('sets a diff aside that %s', async (_, more, damage) => {
    const root = await cacheWith({ ...SOME, ...more })
    const kept = await run(root, 'verify', '--keep')
    expect([kept.code, kept.stdout.split('\n')[0]]).toEqual([1, expect.stringMatching(damage)])
    expect(await readdir(join(root, 'differ')).catch(() => [])).not.toContain('damaged')
    expect((await run(root, 'verify')).code).toBe(1)
    expect(await readdir(join(root, 'differ/damaged'))).toHaveLength(1)
    expect((await run(root, 'verify')).code).toBe(0)
  })

  it('removes unused files, and the least recently used ones above the size limit', async () => {
    const root = await cacheWith(SOME)
    expect((await run(root, 'prune')).stdout).toMatch(/^Removed 0 files/)
    expect((await run(root, 'prune', '--unused-for', '50')).stdout).toMatch(/^Removed 1 files/)
    expect(await readdir(join(root, 'debdiff'))).toEqual([])
    expect(await readdir(join(root, 'differ/stamps/debdiff'))).toEqual([])
    await writeFile(join(root, 'diffoscope/c_d.json'), ' '.repeat(2_000_000))
    await utimes(join(root, 'diffoscope/c_d.json'), 0, 0)
    expect((await run(root, 'prune', '--max-size', '1')).stdout).toMatch(/^Removed 1 files \(2\.0 MB\)/)
    expect(await readdir(join(root, 'diffoscope'))).toEqual(['a_b.json'])
  })

  it('stores reports in the format that is configured, and leaves damaged ones as they are', async () => {
    const large = REPORT.replace('"a"', `"${'a long name '.repeat(9_000)}"`)
    const root = await cacheWith({ ...SOME, 'diffoscope/c_d.json': [large, 3] })
    const there = await run(root, 'convert')
    expect([there.code, there.stderr]).toEqual([0, ''])
    expect(there.stdout).toBe('1 reports converted to the compressed format: 0.1 MB before, 0.0 MB now\n')
    expect(await readdir(join(root, 'diffoscope'))).toEqual(['a_b.json'])
    expect((await run(root, 'verify')).stdout).toMatch(/^3 diffs, 0 damaged/)

    const back = await run(root, 'convert', '--cache-format', 'legacy', '--json')
    const { bytesBefore, ...facts } = JSON.parse(back.stdout)
    expect(facts).toEqual({ format: 'legacy', converted: 1, bytesAfter: large.length, damaged: [] })
    expect(bytesBefore).toBeLessThan(large.length / 50)
    expect(await readFile(join(root, 'diffoscope/c_d.json'), 'utf8')).toBe(large)

    await truncate(join(root, 'diffoscope/c_d.json'), large.length - 1)
    const damaged = await run(root, 'convert')
    expect(damaged.code).toBe(1)
    expect(damaged.stdout).toContain('c_d.json: it is damaged, and stays as it is\n0 reports converted')
  })
})
