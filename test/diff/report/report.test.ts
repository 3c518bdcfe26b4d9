import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LineRange, Report, ReportHunk, ReportLine } from '../../../src/diff/report/types.ts'
import { countOf } from '../../fixtures/seeds.ts'
import { anyReport } from './any-tree.ts'
import { collect, modelHunks, modelNodes, node, type Tree, toReport, withReport } from './model.ts'

async function readLines(report: Report, hunk: ReportHunk, range?: LineRange): Promise<ReportLine[]> {
  const lines: ReportLine[] = []
  for await (const batch of report.lines(hunk, range)) lines.push(...batch)
  return lines
}

const facts = ({ kind, oldNumber, newNumber, text }: ReportLine) => ({ kind, oldNumber, newNumber, text })

/** Compares the whole content of a report with a parsed tree. */
async function expectSame(report: Report, tree: Tree): Promise<void> {
  const expected = modelNodes(tree)
  const nodes = await report.nodes(0, 1000)
  expect(nodes.length).toBe(expected.length)
  const own = nodes.map(() => ({ hunks: 0, added: 0, removed: 0 }))
  for (const model of expected) {
    const found = nodes[model.ordinal] as (typeof nodes)[number]
    expect(found).toMatchObject({
      ordinal: model.ordinal,
      parent: model.parent,
      depth: model.depth,
      position: model.position,
      end: model.end,
      children: model.tree.details?.length ?? 0,
      source1: model.tree.source1,
      source2: model.tree.source2,
      comments: model.tree.comments ?? [],
      hasInternalLineNumbers: model.tree.has_internal_linenos ?? false,
    })
    expect(found.diff === null).toBe(model.tree.unified_diff === null)
    const diff = model.tree.unified_diff ?? ''
    expect((await collect(report.diff(found.ordinal))).toString()).toBe(Buffer.from(diff).toString())
    const hunks = modelHunks(diff)
    const read = await report.hunks(found.ordinal, 0, 1000)
    expect(read.map((hunk) => hunk.header)).toEqual(hunks.map(({ header }) => header?.slice(0, 200) ?? null))
    for (const [position, hunk] of hunks.entries()) {
      const entry = read[position] as ReportHunk
      const count = (kind: string) => hunk.lines.filter((line) => line.kind === kind).length
      expect(entry).toMatchObject({
        lines: hunk.lines.length,
        addedLines: count('added'),
        removedLines: count('removed'),
      })
      expect((await readLines(report, entry, { maxTextLength: 1 << 20 })).map(facts)).toEqual(hunk.lines)
      const sums = own[found.ordinal] as (typeof own)[number]
      sums.hunks++
      sums.added += entry.addedLines
      sums.removed += entry.removedLines
    }
  }
  for (const { ordinal, end, subtree } of nodes) {
    const below = own.slice(ordinal, end)
    const sum = (of: (sums: (typeof own)[number]) => number) =>
      below.reduce((total, sums) => total + of(sums), 0)
    expect(subtree).toEqual({
      nodes: end - ordinal,
      hunks: sum((sums) => sums.hunks),
      addedLines: sum((sums) => sums.added),
      removedLines: sum((sums) => sums.removed),
    })
  }
  expect(report.counts).toEqual(nodes[0]?.subtree)
}

describe('an indexed report', () => {
  it('has the same content as the parsed JSON, for any tree in any notation', async () => {
    await fc.assert(
      fc.asyncProperty(anyReport, async ({ tree, json }) => {
        expect(JSON.parse(json)).toMatchObject(JSON.parse(JSON.stringify(tree)))
        await withReport(toReport(tree), (report) => expectSame(report, tree))
        await withReport(json, (report) => expectSame(report, tree))
      }),
      { numRuns: countOf(30, 300) },
    )
  })

  it('reads strings longer than a chunk, with escapes at every boundary', async () => {
    const unit = '+\\ "\t é 😀 \ud83d \u0001\n'
    for (const shift of [0, 1, 2, 3, 5, 7, 11]) {
      const diff = `@@ -0,0 +1,60000 @@\n+${'x'.repeat(shift)}\n${unit.repeat(59_999)}`
      const tree = node('big', { unified_diff: diff })
      await withReport(toReport(tree), async (report) => {
        expect((await collect(report.diff(0))).equals(Buffer.from(diff))).toBe(true)
        const [hunk] = (await report.hunks(0, 0, 1)) as [ReportHunk]
        expect(hunk).toMatchObject({ lines: 60_000, addedLines: 60_000, removedLines: 0, cut: false })
        const [line] = await readLines(report, hunk, { from: 44_444, count: 1 })
        expect(line).toMatchObject({ newNumber: 44_445, oldNumber: null, text: unit.slice(1, -1) })
        const page = await readLines(report, hunk, { from: 59_998, count: 50 })
        expect(page.map((last) => last.newNumber)).toEqual([59_999, 60_000])
      })
    }
  })

  it('gives lines of a page the same numbers as in the whole hunk', async () => {
    const lines = Array.from(
      { length: 30_000 },
      (_, at) => `${' +-'[at % 3]}line ${at} ${'é'.repeat(at % 17)}`,
    )
    const tree = node('paged', { unified_diff: `@@ -5,20000 +9,20000 @@ f()\n${lines.join('\n')}\n` })
    await withReport(toReport(tree), async (report) => {
      const [hunk] = (await report.hunks(0, 0, 1)) as [ReportHunk]
      const all = await readLines(report, hunk)
      expect(all.map(facts)).toEqual(modelHunks(tree.unified_diff as string)[0]?.lines)
      for (const from of [0, 1, 999, 12_345, 29_990, 30_000, 50_000])
        expect(await readLines(report, hunk, { from, count: 20 })).toEqual(all.slice(from, from + 20))
    })
  })

  it('cuts long lines at the requested length, never within a character, and counts the rest', async () => {
    const line = `+${'ab😀'.repeat(100_000)}`
    const tree = node('long', { unified_diff: `@@ -0,0 +1,2 @@\n${line}\n+end\n` })
    await withReport(toReport(tree), async (report) => {
      const [hunk] = (await report.hunks(0, 0, 1)) as [ReportHunk]
      for (const maxTextLength of [0, 1, 2, 3, 4, 199, 1000, 65_535]) {
        const [long, end] = (await readLines(report, hunk, { maxTextLength })) as [ReportLine, ReportLine]
        expect(line.slice(1).startsWith(long.text)).toBe(true)
        expect(Buffer.from(long.text).toString()).toBe(long.text)
        expect(maxTextLength - long.text.length).toBeLessThanOrEqual(1)
        expect(long.text.length + long.textCut).toBe(400_000)
        expect(end).toMatchObject({ newNumber: 2, text: 'end'.slice(0, maxTextLength) })
      }
    })
  })

  it.each(['@@ -0,0 +0,0 @@ \ud83d', '+\ud83d', ' [\ud83d'])(
    'reads a diff that ends with half a character (%j)',
    async (diff) => {
      const tree = node('half', { unified_diff: diff })
      await withReport(toReport(tree), (report) => expectSame(report, tree))
    },
  )

  it('counts the lines that a hunk has, even if its header is wrong', async () => {
    const tree = node('wrong', { unified_diff: '@@ -1,99999999999999 +7,3 @@\n+one\n-two\n@@ -1 +1 @@\n' })
    await withReport(toReport(tree), async (report) => {
      const hunks = await report.hunks(0, 0, 10)
      expect(hunks).toMatchObject([
        { header: '@@ -1,99999999999999 +7,3 @@', lines: 2, addedLines: 1, removedLines: 1, newStart: 7 },
        { header: '@@ -1 +1 @@', lines: 0 },
      ])
    })
  })

  describe('with lines omitted by the tool', () => {
    const cut = '@@ -1,5003 +1,4 @@\n-1\n-2\n-[ 4998 lines removed ]\n+new\n a\n b\n c\n'
    it('reports them as elided and numbers the lines after them correctly', async () => {
      await withReport(toReport(node('cut', { unified_diff: cut })), async (report) => {
        const [hunk] = (await report.hunks(0, 0, 1)) as [ReportHunk]
        expect(hunk).toMatchObject({ cut: true, lines: 7, addedLines: 1, removedLines: 2 })
        const lines = await readLines(report, hunk)
        expect(lines[2]).toMatchObject({ kind: 'elided', oldNumber: 3, newNumber: null, elidedLines: 4998 })
        expect(lines[4]).toMatchObject({ kind: 'context', oldNumber: 5001, newNumber: 2, elidedLines: 0 })
        expect(report.incomplete).toEqual([{ kind: 'BLOCK_CUT', node: 0, tool: null, comment: null }])
      })
    })
    it('accepts the same text from a package as an ordinary line', async () => {
      const forged = '@@ -1,2 +1 @@\n-[ 4998 lines removed ]\n-two\n+new\n'
      await withReport(toReport(node('forged', { unified_diff: forged })), async (report) => {
        const [hunk] = (await report.hunks(0, 0, 1)) as [ReportHunk]
        expect(hunk).toMatchObject({ cut: false, removedLines: 2 })
        expect((await readLines(report, hunk)).map(({ kind }) => kind)).toEqual([
          'removed',
          'removed',
          'added',
        ])
        expect(report.incomplete).toEqual([])
      })
    })
    it('numbers lines after them correctly from a checkpoint', async () => {
      const tail = Array.from({ length: 20_000 }, (_, at) => ` context ${at}\n`).join('')
      const diff = `@@ -1,25001 +1,20001 @@\n-1\n-[ 5000 lines removed ]\n+1\n${tail}`
      await withReport(toReport(node('far', { unified_diff: diff })), async (report) => {
        const [hunk] = (await report.hunks(0, 0, 1)) as [ReportHunk]
        const [line] = await readLines(report, hunk, { from: 15_003, count: 1 })
        expect(line).toMatchObject({ text: 'context 15000', oldNumber: 20_002, newNumber: 15_002 })
      })
    })
  })

  describe('can be navigated', () => {
    const tree = node('root', {
      details: [
        node('data.tar', {
          details: [node('usr', { unified_diff: '+1\n' }), node('usr', { details: [node('lib')] })],
        }),
        { ...node('old.deb'), source2: 'new.deb', details: [node('usr')] },
        node('data.tar'),
      ],
    })
    const within = <T>(use: (report: Report) => Promise<T>) => withReport(toReport(tree), use)

    it.each<[string[], number[]]>([
      [[], [0]],
      [['data.tar'], [1, 7]],
      [
        ['data.tar', 'usr'],
        [2, 3],
      ],
      [['data.tar', 'usr', 'lib'], [4]],
      [['old.deb', 'usr'], [6]],
      [['new.deb'], [5]],
      [['usr'], []],
      [['data.tar', 'lib'], []],
    ])('by names: %j finds %j', async (path, ordinals) => {
      await within(async (report) => {
        expect((await report.find(path)).map(({ ordinal }) => ordinal)).toEqual(ordinals)
      })
    })
    it('by children, ancestors and document order', async () => {
      await within(async (report) => {
        expect((await report.children(0, { count: 2 })).map(({ ordinal }) => ordinal)).toEqual([1, 5])
        expect((await report.children(0, { after: 5, count: 2 })).map(({ ordinal }) => ordinal)).toEqual([7])
        expect((await report.ancestry(4)).map(({ ordinal }) => ordinal)).toEqual([0, 1, 3, 4])
        expect((await report.nodes(6, 100)).map(({ ordinal }) => ordinal)).toEqual([6, 7])
        expect((await report.find(['data.tar', 'usr'], 1)).map(({ ordinal }) => ordinal)).toEqual([2])
      })
    })
    it('only within its bounds', async () => {
      await within(async (report) => {
        expect(await report.nodes(8, 5)).toEqual([])
        await expect(report.node(8)).rejects.toThrow(RangeError)
        await expect(report.node(-1)).rejects.toThrow(RangeError)
        await expect(report.nodes(0, 1001)).rejects.toThrow(RangeError)
        await expect(report.children(0, { after: 2, count: 1 })).rejects.toThrow(RangeError)
      })
    })
  })

  it.each<[string, object]>([
    ['Timeout exceeded; details may be incomplete.', { kind: 'TIMEOUT', tool: null }],
    [
      "'readelf' not available in path. Falling back to binary comparison. Installing …",
      { kind: 'TOOL_MISSING', tool: 'readelf' },
    ],
    ['xxd not available in path. Falling back to Python hexlify.\n', { kind: 'TOOL_MISSING', tool: 'xxd' }],
    [
      "Error extracting 'x.tar', falling back to binary comparison ('[Errno 28] No space left on device')",
      { kind: 'EXTRACTION_FAILED' },
    ],
    [
      "Command `'readelf --wide --file-header {}'` failed with exit code 3. Standard output:",
      { kind: 'COMMAND_FAILED', tool: 'readelf' },
    ],
    [
      'Command `xz --decompress --stdout t1.xz` failed with exit code 1. (No output)',
      { kind: 'COMMAND_FAILED', tool: 'xz' },
    ],
    ['Reached max container depth (50)', { kind: 'DEPTH_LIMIT' }],
  ])('is incomplete if a comment says %j', async (comment, notice) => {
    const tree = node('r', { details: [node('a'), node('b', { comments: ['Files differ', comment] })] })
    await withReport(toReport(tree), async (report) => {
      expect(report.incomplete).toMatchObject([{ ...notice, node: 2, comment }])
      expect(report.incompleteCount).toBe(1)
    })
  })
})
