import { readdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { describe, expect, it } from 'vitest'
import { boringFilter } from '../../../src/diff/report/filter/boring-filter.ts'
import { type FilteredReport, openFilteredReport } from '../../../src/diff/report/filter/filter-report.ts'
import { openReport } from '../../../src/diff/report/open-report.ts'
import type { Report } from '../../../src/diff/report/types.ts'
import { seeds } from '../../fixtures/seeds.ts'
import { readContent } from '../content/read-content.ts'
import {
  chance,
  collect,
  modelHunks,
  node,
  randomTree,
  type Tree,
  toReport,
  withReport,
  writeOddly,
} from './model.ts'

const versions = { oldVersion: '1.0-1~jan+unchanged1', newVersion: '1.0-2~jan+lint1' }
const { oldVersion: OLD, newVersion: NEW } = versions

/** Calls `use` with the filtered report of this content. */
async function withFiltered<T>(
  content: string,
  use: (filtered: FilteredReport, tree: Tree, path: string) => Promise<T>,
  between: { oldVersion: string | null; newVersion: string | null } = versions,
): Promise<T> {
  return withReport(content, async (report, path) => {
    const filtered = await openFilteredReport(report, boringFilter(between), `${path}.base`)
    try {
      return await use(filtered, JSON.parse(String(await readContent(filtered.path))) as Tree, path)
    } finally {
      await filtered.close()
    }
  })
}

/** The filtered diff; null if the filter removed the whole node. */
async function filteredDiff(
  diff: string,
  oldVersion: string | null,
  newVersion: string | null,
): Promise<string | null> {
  const tree = node('root', { details: [node('x', { unified_diff: diff })] })
  return withFiltered(toReport(tree), async (_, filtered) => filtered.details?.[0]?.unified_diff ?? null, {
    oldVersion,
    newVersion,
  })
}

const change = (removed: string, added: string) => `@@ -1 +1 @@\n-${removed}\n+${added}\n`

describe('removes a hunk in which only the version changed', () => {
  it.each([
    ['without a suffix', '1.0-1', '1.0-2', change('v 1.0-1', 'v 1.0-2')],
    ['with a suffix on each side', OLD, NEW, change(`v ${OLD} `, 'v 1.0-2 ')],
    ['with an epoch', '1:1.0', '2:1.0', change('v 1:1.0', 'v 2:1.0')],
    ['with characters that are special in patterns', '1.0+a', '1.0+b$&', change('(1.0+a)', '(1.0+b$&)')],
    ['several times on a line', '1', '2', change('1 1 (1)', '2 2 (2)')],
    ['if the new version begins with the old one', '1.0', '1.0.1', change('a-1.0.so', 'a-1.0.1.so')],
    ['if the old version begins with the new one', '1.0.1', '1.0', change('a-1.0.1.so', 'a-1.0.so')],
    ['if the new version contains the old one', '1.0', '2.1.0+b', change('a 1.0 b', 'a 2.1.0+b b')],
    ['if the old version contains the new one', '2.1.0+b', '1.0', change('a 2.1.0+b b', 'a 1.0 b')],
    ['with an epoch only in the new version', '1.0', '1:1.0', change('(= 1.0)', '(= 1:1.0)')],
    ['with several tildes', '1~rc1~x1', '1~rc2~x1', change('1~rc1~x1', '1~rc2')],
    ['that ends in a tilde', '1.0~', '1.1~', change('v1.0~x', 'v1.1x')],
    [
      'with brackets and bars',
      '1.(0)|[a]{2}^$',
      '1.(1)|[a]{2}^$',
      change('1.(0)|[a]{2}^$!', '1.(1)|[a]{2}^$!'),
    ],
    ['with backslashes', '1\\d', '1\\w', change('=1\\d', '=1\\w')],
    ['on several lines', '1.0', '1.1', '@@ -1,4 +1,4 @@\n-a 1.0\n-b 1.0\n+a 1.1\n+b 1.1\n c\n'],
  ])('%s', async (_, oldVersion, newVersion, diff) => {
    expect(await filteredDiff(diff, oldVersion, newVersion)).toBeNull()
  })
})

describe('keeps every other hunk and replaces its versions by the display version', () => {
  it.each([
    ['another change on the line', OLD, NEW, change(`a ${OLD}`, `b ${NEW}`), change('a 1.0-2', 'b 1.0-2')],
    ['a number that contains the version', '2', '3', change('124', '134'), change('124', '134')],
    ['the old version on the new side', '1.0', '1.1', change('1.1', '1.0'), change('1.1', '1.0')],
    ['the new version on the old side', '1.0', '1.1~x', change('1.1~x', '1.1'), change('1.1~x', '1.1')],
    [
      'the old version within the new one, on the new side',
      '0',
      '1.0',
      change('a0', 'b1.0'),
      change('a1.0', 'b1.0'),
    ],
    ['text that only a pattern would match', '1.0', '1.1', change('1x0', '1.1'), change('1x0', '1.1')],
    [
      'lines in a different order',
      '1',
      '2',
      '@@ -1,2 +1,2 @@\n-a\n b\n+a\n',
      '@@ -1,2 +1,2 @@\n-a\n b\n+a\n',
    ],
    [
      'a newline missing on one side',
      '1',
      '2',
      '@@ -1 +1 @@\n-v 1\n\\ No newline at end of file\n+v 2\n',
      '@@ -1 +1 @@\n-v 2\n\\ No newline at end of file\n+v 2\n',
    ],
    ['no versions', null, null, change('1.0', '1.1'), change('1.0', '1.1')],
    ['only one version', null, '1.1~x', change('1.0', '1.1~x y'), change('1.0', '1.1 y')],
    [
      'the first and the last of four hunks',
      '1.0',
      '1.1',
      [change('a', 'b'), change('1.0', '1.1'), change('x1.0', 'x1.1'), change('c', '1.1')].join(''),
      [change('a', 'b'), change('c', '1.1')].join(''),
    ],
    [
      'hunks that differ among many that do not',
      '1:2.0~a+b',
      '1:2.1~a+b',
      Array.from({ length: 9 }, (_, i) => change(`${i} 1:2.0~a+b`, `${i % 3} 1:2.1`)).join(''),
      [3, 4, 5, 6, 7, 8].map((i) => change(`${i} 1:2.1`, `${i % 3} 1:2.1`)).join(''),
    ],
    [
      'a hunk that the tool cut',
      '1.0',
      '1.1',
      '@@ -1,9 +1,9 @@\n-1.0\n-[ 8 lines removed ]\n+1.1\n+[ 8 lines removed ]\n',
      '@@ -1,9 +1,9 @@\n-1.1\n-[ 8 lines removed ]\n+1.1\n+[ 8 lines removed ]\n',
    ],
  ])('%s', async (_, oldVersion, newVersion, diff, expected) => {
    expect(await filteredDiff(diff, oldVersion, newVersion)).toBe(expected)
  })
})

describe('filtering nodes', () => {
  const boring = change(`v ${OLD}`, `v ${NEW}`)
  const real = change('a', 'b')
  const named = (source1: string, source2: string, facts: Partial<Tree> = {}) => ({
    ...node(source1, facts),
    source2,
  })

  it.each<[string, Tree[], string[]]>([
    [
      'removes Date, Distribution and Version',
      ['Date', 'Distribution', 'Version'].map((n) => node(n, { unified_diff: real })),
      [],
    ],
    ['removes everything below them', [node('Date', { details: [node('x', { unified_diff: real })] })], []],
    [
      'removes a buildinfo on both sides',
      [named('a_1.buildinfo', 'a_2.buildinfo', { unified_diff: real })],
      [],
    ],
    [
      'keeps a buildinfo on one side only',
      [named('a_1.buildinfo', 'a_2.deb', { unified_diff: real })],
      ['a_1.buildinfo'],
    ],
    [
      'keeps a Date at a greater depth',
      [node('p', { details: [node('Date', { unified_diff: real })] })],
      ['p', 'Date'],
    ],
    ['keeps a node with only comments', [node('p', { comments: ['Files differ'] })], ['p']],
    [
      'removes a node with comments if its diff is removed',
      [node('p', { comments: ['c'], unified_diff: boring })],
      [],
    ],
    [
      'removes ancestors that have no other content',
      [node('p', { details: [node('q', { details: [node('r', { unified_diff: boring })] })] })],
      [],
    ],
    [
      'keeps ancestors that have other content',
      [
        node('p', {
          unified_diff: boring,
          details: [node('q', { unified_diff: boring }), node('r', { unified_diff: real })],
        }),
      ],
      ['p', 'r'],
    ],
    [
      'keeps a diff if only the nodes below it are removed',
      [node('p', { unified_diff: real, details: [node('q', { unified_diff: boring })] })],
      ['p'],
    ],
    [
      'replaces versions in names by the display version',
      [named(`p_${OLD}_all.deb`, `p_${NEW}_all.deb`, { unified_diff: real })],
      ['p_1.0-2_all.deb'],
    ],
  ])('%s', async (_, details, expected) => {
    await withFiltered(toReport(node('root', { details })), async (filtered) => {
      const nodes = await filtered.nodes(0, 100)
      expect(nodes.slice(1).map(({ source1 }) => source1)).toEqual(expected)
    })
  })

  it.each([
    ['the old run', OLD, NEW, `p_${OLD}_all.deb`, 'p_1.0-2_all.deb'],
    ['the new run', OLD, NEW, `p_${NEW}_all.deb`, 'p_1.0-2_all.deb'],
    ['the new run if the new version begins with the old one', '1.0', '1.0.1', 'p_1.0.1_a', 'p_1.0.1_a'],
    ['the old run if the old version begins with the new one', '1.0~x1', '1.0~x', 'p_1.0~x1_a', 'p_1.0_a'],
    ['the new run if the new version contains the old one', '0', '1+0~x', 'p_1+0~x_a', 'p_1+0_a'],
    ['another version', OLD, NEW, 'p_3_all.deb', 'p_3_all.deb'],
    ['a run without a version', null, NEW, `p_${NEW}_all.deb`, 'p_1.0-2_all.deb'],
  ])(
    'gives a package in one run the same name on both sides: %s',
    async (_, oldVersion, newVersion, name, expected) => {
      const details = [node(name, { comments: ['Package is only in the … run'] })]
      const read = async (filtered: FilteredReport) => {
        const [entry] = await filtered.nodes(1, 1)
        expect([entry?.source1, entry?.source2]).toEqual([expected, expected])
      }
      await withFiltered(toReport(node('root', { details })), read, { oldVersion, newVersion })
    },
  )

  it('replaces in a name at a greater depth only the version of its own side', async () => {
    const inner = node(`${OLD} ${NEW}`, { unified_diff: real })
    const tree = node('root', { details: [node('data.tar', { details: [inner] })] })
    await withFiltered(toReport(tree), async (_, filtered) => {
      const found = filtered.details?.[0]?.details?.[0]
      expect([found?.source1, found?.source2]).toEqual([`1.0-2 ${NEW}`, `${OLD} 1.0-2`])
    })
  })

  it('counts what it removes', async () => {
    const details = [node('p', { unified_diff: boring + real }), node('Date', { unified_diff: real + real })]
    await withFiltered(toReport(node('root', { details })), async (filtered) => {
      expect(filtered.counts).toMatchObject({ nodes: 2, hunks: 1, addedLines: 1, removedLines: 1 })
      expect(filtered.hidden).toEqual({ nodes: 1, hunks: 3, addedLines: 3, removedLines: 3 })
    })
  })
})

/** The same filter, on a tree in memory. */
function model(tree: Tree, depth = 0): Tree | null {
  const both = (test: (name: string) => boolean) => test(tree.source1) && test(tree.source2)
  if (depth === 1 && both((name) => ['Date', 'Distribution', 'Version'].includes(name))) return null
  const renamed = (text: string, version: string) => text.replaceAll(version, 'V')
  const hunks = modelHunks(tree.unified_diff ?? '').flatMap(({ header, lines }) => {
    if (header === null) return [(tree.unified_diff ?? '').split(/^(?=@@ -\d)/m)[0] as string]
    const own = lines.map(({ kind, text }) =>
      kind === 'removed' ? renamed(text, 'a') : kind === 'added' ? renamed(text, 'V~b') : text,
    )
    const side = (other: string) => {
      let [text, last] = ['', '']
      lines.forEach(({ kind }, i) => {
        if (kind !== 'noNewline') last = kind
        if (last !== other) text += kind === 'noNewline' ? '\\\n' : ` ${own[i]}\n`
      })
      return text
    }
    if (side('added') === side('removed')) return []
    const signs = { removed: '-', added: '+', noNewline: '\\' } as Record<string, string>
    return [[header, ...lines.map(({ kind }, i) => (signs[kind] ?? ' ') + own[i])].join('\n').concat('\n')]
  })
  const hadContent = modelHunks(tree.unified_diff ?? '').length > 0 || (tree.details ?? []).length > 0
  const details = (tree.details ?? []).flatMap((child) => model(child, depth + 1) ?? [])
  if (depth > 0 && hadContent && hunks.length === 0 && details.length === 0) return null
  const oneName = depth === 1 && tree.source1 === tree.source2
  const either = (text: string) => text.replaceAll(/V~b|a/g, 'V')
  const left: Tree = {
    source1: oneName ? either(tree.source1) : renamed(tree.source1, 'a'),
    source2: oneName ? either(tree.source2) : renamed(tree.source2, 'V~b'),
    unified_diff: hunks.length > 0 ? hunks.join('') : tree.unified_diff === '' ? '' : null,
  }
  if (tree.comments?.length) left.comments = tree.comments
  if (tree.has_internal_linenos) left.has_internal_linenos = true
  if (details.length > 0) left.details = details
  return left
}

describe('filters any report in any notation as a simple filter in memory does', () => {
  it.each(seeds(30, 150))('seed %i', async (seed) => {
    const next = chance(seed)
    const tree = randomTree(next)
    const text = writeOddly({ 'diffoscope-json-version': 1, ...tree }, next)
    const expected = model(tree)
    await withFiltered(
      text,
      async (_, filtered) => expect(filtered).toEqual({ 'diffoscope-json-version': 1, ...expected }),
      { oldVersion: 'a', newVersion: 'V~b' },
    )
  })
})

describe('the files on disk', () => {
  const tree = node('root', { details: [node('x', { unified_diff: change('a 1', 'b 2') })] })
  const diffOf = async (report: Report) => (await collect(report.diff(1))).toString()

  it('are one report per pair of versions, rebuilt if it is damaged', async () => {
    await withFiltered(toReport(tree), async (first, _, path) => {
      const again = async (oldVersion: string, newVersion: string) => {
        const report = await openReport(path, `${path}.index`)
        const filtered = await openFilteredReport(
          report,
          boringFilter({ oldVersion, newVersion }),
          `${path}.base`,
        )
        const diff = await diffOf(filtered)
        await filtered.close()
        return { path: filtered.path, diff }
      }
      const same = await again(OLD, NEW)
      expect(same.path).toBe(first.path)
      const other = await again('1', '2')
      expect(other.path).not.toBe(first.path)
      expect(other.diff).toBe(change('a 2', 'b 2'))
      await writeFile(other.path, '{"half')
      expect(await again('1', '2')).toEqual(other)
      const names = await readdir(dirname(path))
      expect(names.filter((name) => name.includes('.tmp'))).toEqual([])
    })
  })

  it('are made once for concurrent callers', async () => {
    await withReport(toReport(tree), async (_, path) => {
      const all = await Promise.all(
        Array.from({ length: 20 }, async () => {
          const report = await openReport(path, `${path}.index`)
          return openFilteredReport(report, boringFilter(versions), `${path}.base`)
        }),
      )
      expect(new Set(all.map(({ digest }) => digest)).size).toBe(1)
      await Promise.all(all.map((filtered) => filtered.close()))
    })
  })
})
