import { readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type FilteredReport, openFilteredReport } from '../../../src/diff/report/filter/filter-report.ts'
import type { Report } from '../../../src/diff/report/types.ts'
import { chance, modelHunks, node, randomTree, type Tree, toReport, withReport, writeOddly } from './model.ts'

const versions = { oldVersion: '1.0-1~jan+unchanged1', newVersion: '1.0-2~jan+lint1' }
const { oldVersion: OLD, newVersion: NEW } = versions

/** Opens what the filter leaves of a report with this content. */
async function withFiltered<T>(
  content: string,
  use: (filtered: FilteredReport, tree: Tree, path: string) => Promise<T>,
  between: { oldVersion: string | null; newVersion: string | null } = versions,
): Promise<T> {
  return withReport(content, async (report, path) => {
    const filtered = await openFilteredReport(report, between, `${path}.base`)
    try {
      return await use(filtered, JSON.parse(await readFile(filtered.path, 'utf8')) as Tree, path)
    } finally {
      await filtered.close()
    }
  })
}

/** What the filter leaves of one diff; null where its node is gone. */
async function leftOf(
  diff: string,
  oldVersion: string | null,
  newVersion: string | null,
): Promise<string | null> {
  const tree = node('root', { details: [node('x', { unified_diff: diff })] })
  return withFiltered(toReport(tree), async (_, left) => left.details?.[0]?.unified_diff ?? null, {
    oldVersion,
    newVersion,
  })
}

const change = (removed: string, added: string) => `@@ -1 +1 @@\n-${removed}\n+${added}\n`

describe('a hunk in which only the version changed goes', () => {
  it.each([
    ['as it is', '1.0-1', '1.0-2', change('v 1.0-1', 'v 1.0-2')],
    ['with a suffix each', OLD, NEW, change(`v ${OLD} `, 'v 1.0-2 ')],
    ['with an epoch', '1:1.0', '2:1.0', change('v 1:1.0', 'v 2:1.0')],
    ['of characters that mean something to patterns', '1.0+a', '1.0+b$&', change('(1.0+a)', '(1.0+b$&)')],
    ['several times in a line', '1', '2', change('1 1 (1)', '2 2 (2)')],
    ['where the old one begins the new one', '1.0', '1.0.1', change('a-1.0.so', 'a-1.0.1.so')],
    ['where the new one begins the old one', '1.0.1', '1.0', change('a-1.0.1.so', 'a-1.0.so')],
    ['where the old one lies within the new one', '1.0', '2.1.0+b', change('a 1.0 b', 'a 2.1.0+b b')],
    ['where the new one lies within the old one', '2.1.0+b', '1.0', change('a 2.1.0+b b', 'a 1.0 b')],
    ['with an epoch that only the new one has', '1.0', '1:1.0', change('(= 1.0)', '(= 1:1.0)')],
    ['with several tildes', '1~rc1~x1', '1~rc2~x1', change('1~rc1~x1', '1~rc2')],
    ['that ends in a tilde', '1.0~', '1.1~', change('v1.0~x', 'v1.1x')],
    [
      'of brackets and bars',
      '1.(0)|[a]{2}^$',
      '1.(1)|[a]{2}^$',
      change('1.(0)|[a]{2}^$!', '1.(1)|[a]{2}^$!'),
    ],
    ['of backslashes', '1\\d', '1\\w', change('=1\\d', '=1\\w')],
    ['in lines apart', '1.0', '1.1', '@@ -1,4 +1,4 @@\n-a 1.0\n-b 1.0\n+a 1.1\n+b 1.1\n c\n'],
  ])('%s', async (_, oldVersion, newVersion, diff) => {
    expect(await leftOf(diff, oldVersion, newVersion)).toBeNull()
  })
})

describe('every other hunk stays, its versions read as the display version', () => {
  it.each([
    ['a change beside it', OLD, NEW, change(`a ${OLD}`, `b ${NEW}`), change('a 1.0-2', 'b 1.0-2')],
    ['numbers that hold the version', '2', '3', change('124', '134'), change('124', '134')],
    ['the old version on the new side', '1.0', '1.1', change('1.1', '1.0'), change('1.1', '1.0')],
    ['the new version on the old side', '1.0', '1.1~x', change('1.1~x', '1.1'), change('1.1~x', '1.1')],
    [
      'the old version within the new one, on the new side',
      '0',
      '1.0',
      change('a0', 'b1.0'),
      change('a1.0', 'b1.0'),
    ],
    ['a pattern that looks like it', '1.0', '1.1', change('1x0', '1.1'), change('1x0', '1.1')],
    ['lines in another order', '1', '2', '@@ -1,2 +1,2 @@\n-a\n b\n+a\n', '@@ -1,2 +1,2 @@\n-a\n b\n+a\n'],
    [
      'a newline that is missing on one side',
      '1',
      '2',
      '@@ -1 +1 @@\n-v 1\n\\ No newline at end of file\n+v 2\n',
      '@@ -1 +1 @@\n-v 2\n\\ No newline at end of file\n+v 2\n',
    ],
    ['without a version', null, null, change('1.0', '1.1'), change('1.0', '1.1')],
    ['with one version', null, '1.1~x', change('1.0', '1.1~x y'), change('1.0', '1.1 y')],
    [
      'the first and the last of four',
      '1.0',
      '1.1',
      [change('a', 'b'), change('1.0', '1.1'), change('x1.0', 'x1.1'), change('c', '1.1')].join(''),
      [change('a', 'b'), change('c', '1.1')].join(''),
    ],
    [
      'those that differ among many, whatever stands around them',
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
  ])('%s', async (_, oldVersion, newVersion, diff, want) => {
    expect(await leftOf(diff, oldVersion, newVersion)).toBe(want)
  })
})

describe('nodes', () => {
  const boring = change(`v ${OLD}`, `v ${NEW}`)
  const real = change('a', 'b')
  const named = (source1: string, source2: string, facts: Partial<Tree> = {}) => ({
    ...node(source1, facts),
    source2,
  })

  it.each<[string, Tree[], string[]]>([
    [
      'Date, Distribution and Version go',
      ['Date', 'Distribution', 'Version'].map((n) => node(n, { unified_diff: real })),
      [],
    ],
    ['so does what lies below them', [node('Date', { details: [node('x', { unified_diff: real })] })], []],
    ['a buildinfo on both sides goes', [named('a_1.buildinfo', 'a_2.buildinfo', { unified_diff: real })], []],
    ['on one side it stays', [named('a_1.buildinfo', 'a_2.deb', { unified_diff: real })], ['a_1.buildinfo']],
    [
      'a Date deeper down stays',
      [node('p', { details: [node('Date', { unified_diff: real })] })],
      ['p', 'Date'],
    ],
    ['comments alone stay', [node('p', { comments: ['Files differ'] })], ['p']],
    ['comments do not keep a diff that went', [node('p', { comments: ['c'], unified_diff: boring })], []],
    [
      'what held only such goes too',
      [node('p', { details: [node('q', { details: [node('r', { unified_diff: boring })] })] })],
      [],
    ],
    [
      'what holds anything else stays',
      [
        node('p', {
          unified_diff: boring,
          details: [node('q', { unified_diff: boring }), node('r', { unified_diff: real })],
        }),
      ],
      ['p', 'r'],
    ],
    [
      'a diff is kept where its details went',
      [node('p', { unified_diff: real, details: [node('q', { unified_diff: boring })] })],
      ['p'],
    ],
    [
      'names read as the display version',
      [named(`p_${OLD}_all.deb`, `p_${NEW}_all.deb`, { unified_diff: real })],
      ['p_1.0-2_all.deb'],
    ],
  ])('%s', async (_, details, want) => {
    await withFiltered(toReport(node('root', { details })), async (filtered) => {
      const nodes = await filtered.nodes(0, 100)
      expect(nodes.slice(1).map(({ source1 }) => source1)).toEqual(want)
    })
  })

  it.each([
    ['of the old run', OLD, NEW, `p_${OLD}_all.deb`, 'p_1.0-2_all.deb'],
    ['of the new run', OLD, NEW, `p_${NEW}_all.deb`, 'p_1.0-2_all.deb'],
    ['of the new run, where the old version begins the new one', '1.0', '1.0.1', 'p_1.0.1_a', 'p_1.0.1_a'],
    ['of the old run, where the new version begins the old one', '1.0~x1', '1.0~x', 'p_1.0~x1_a', 'p_1.0_a'],
    ['of the new run, where the old version lies within the new one', '0', '1+0~x', 'p_1+0~x_a', 'p_1+0_a'],
    ['of another version', OLD, NEW, 'p_3_all.deb', 'p_3_all.deb'],
    ['of a run without a version', null, NEW, `p_${NEW}_all.deb`, 'p_1.0-2_all.deb'],
  ])('a package %s alone keeps one name', async (_, oldVersion, newVersion, name, want) => {
    const details = [node(name, { comments: ['Package is only in the … run'] })]
    const read = async (filtered: FilteredReport) => {
      const [entry] = await filtered.nodes(1, 1)
      expect([entry?.source1, entry?.source2]).toEqual([want, want])
    }
    await withFiltered(toReport(node('root', { details })), read, { oldVersion, newVersion })
  })

  it('a name deeper down reads as each side has it', async () => {
    const inner = node(`${OLD} ${NEW}`, { unified_diff: real })
    const tree = node('root', { details: [node('data.tar', { details: [inner] })] })
    await withFiltered(toReport(tree), async (_, left) => {
      const { source1, source2 } = left.details?.[0]?.details?.[0] as Tree
      expect([source1, source2]).toEqual([`1.0-2 ${NEW}`, `${OLD} 1.0-2`])
    })
  })

  it('counts what it hides', async () => {
    const details = [node('p', { unified_diff: boring + real }), node('Date', { unified_diff: real + real })]
    await withFiltered(toReport(node('root', { details })), async (filtered) => {
      expect(filtered.counts).toMatchObject({ nodes: 2, hunks: 1, addedLines: 1, removedLines: 1 })
      expect(filtered.hidden).toEqual({ nodes: 1, hunks: 3, addedLines: 3, removedLines: 3 })
    })
  })
})

/** The filter again, over whole trees in memory. */
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
      let [out, last] = ['', '']
      lines.forEach(({ kind }, i) => {
        if (kind !== 'noNewline') last = kind
        if (last !== other) out += kind === 'noNewline' ? '\\\n' : ` ${own[i]}\n`
      })
      return out
    }
    if (side('added') === side('removed')) return []
    const mark = { removed: '-', added: '+', noNewline: '\\' } as Record<string, string>
    return [[header, ...lines.map(({ kind }, i) => (mark[kind] ?? ' ') + own[i])].join('\n').concat('\n')]
  })
  const had = modelHunks(tree.unified_diff ?? '').length > 0 || (tree.details ?? []).length > 0
  const details = (tree.details ?? []).flatMap((child) => model(child, depth + 1) ?? [])
  if (depth > 0 && had && hunks.length === 0 && details.length === 0) return null
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

describe('any report, written in any lawful way, is filtered as plain loops filter it', () => {
  it.each(Array.from({ length: 150 }, (_, seed) => seed))('seed %i', async (seed) => {
    const next = chance(seed)
    const tree = randomTree(next)
    const text = writeOddly({ 'diffoscope-json-version': 1, ...tree }, next)
    const want = model(tree)
    await withFiltered(
      text,
      async (_, left) => expect(left).toEqual({ 'diffoscope-json-version': 1, ...want }),
      { oldVersion: 'a', newVersion: 'V~b' },
    )
  })
})

describe('what is kept on disk', () => {
  const tree = node('root', { details: [node('x', { unified_diff: change('a 1', 'b 2') })] })
  const diffOf = async (report: Report) => {
    const chunks: Uint8Array[] = []
    for await (const chunk of report.diff(1)) chunks.push(Buffer.from(chunk))
    return Buffer.concat(chunks).toString()
  }

  it('is one report per pair of versions, and is made again where it is damaged', async () => {
    await withFiltered(toReport(tree), async (first, _, path) => {
      const again = async (oldVersion: string, newVersion: string) => {
        const { openReport } = await import('../../../src/diff/report/open-report.ts')
        const report = await openReport(path, `${path}.index`)
        const filtered = await openFilteredReport(report, { oldVersion, newVersion }, `${path}.base`)
        const diff = await diffOf(filtered)
        await filtered.close()
        return { path: filtered.path, diff }
      }
      const kept = await again(OLD, NEW)
      expect(kept.path).toBe(first.path)
      const other = await again('1', '2')
      expect(other.path).not.toBe(first.path)
      expect(other.diff).toBe(change('a 2', 'b 2'))
      await writeFile(other.path, '{"half')
      expect(await again('1', '2')).toEqual(other)
      const names = await readdir(dirname(path))
      expect(names.filter((name) => name.includes('.tmp'))).toEqual([])
    })
  })

  it('is made once when many ask at once', async () => {
    await withReport(toReport(tree), async (_, path) => {
      const { openReport } = await import('../../../src/diff/report/open-report.ts')
      const all = await Promise.all(
        Array.from({ length: 20 }, async () => {
          const report = await openReport(path, `${path}.index`)
          return openFilteredReport(report, versions, `${path}.base`)
        }),
      )
      expect(new Set(all.map(({ digest }) => digest)).size).toBe(1)
      await Promise.all(all.map((filtered) => filtered.close()))
    })
  })
})
