/**
 * The parts that a page omits: following its links shows everything once, in order, at a cost that does not
 * grow with the position.
 */
import { describe, expect, it } from 'vitest'
import { diffoscopeHtml, type HtmlOptions } from '../../../src/diff/rendering/diffoscope/diffoscope-html.ts'
import { diffTable } from '../../../src/diff/rendering/diffoscope/diffoscope-html-table.ts'
import {
  formatPosition,
  type PagePosition,
  parsePosition,
  type TablePosition,
} from '../../../src/diff/rendering/diffoscope/page-position.ts'
import { pairLines } from '../../../src/diff/report/pairing/pairing.ts'
import { hunkRows } from '../../../src/diff/report/pairing/pairing-rows.ts'
import type { Report, ReportLine } from '../../../src/diff/report/types.ts'
import { UsageError } from '../../../src/errors.ts'
import { countOf, seeds } from '../../fixtures/seeds.ts'
import { chance, collect, node, randomTree, type Tree, toReport, withReport } from '../report/model.ts'

const url = (from: string | null) => `/page?from=${from ?? ''}`
const BEGINNING = { line: 0, rows: 0, newLine: null }

const pageOf = async (report: Report, options: Partial<HtmlOptions> = {}) =>
  (await collect(diffoscopeHtml(report, { title: 'a title', url, ...options }))).toString()

/** The `from` of a page's link of this kind, or null. */
function linkTo(rest: string, html: string): string | null {
  return new RegExp(`href="/page\\?from=([^"]*)" data-rest="${rest}"`).exec(html)?.[1] ?? null
}

/** Rows of all tables, without those that are only links. */
function rowsOf(html: string): string[] {
  return (html.match(/<tr class=.*?<\/tr>/gs) ?? []).filter((row) => !row.includes('"ondemand"'))
}

const diffOf = (tree: Tree) => toReport(node('root', { details: [tree] }))

/**
 * A random diff with blocks around the length from which lines are paired in order, with empty lines, and
 * with missing newlines in likely and unlikely positions.
 */
function blockyDiff(next: (below: number) => number): string {
  const texts = [
    '',
    'a',
    'call 0x1f',
    'some words 12',
    'some words 13',
    'x'.repeat(next(60)),
    'y'.repeat(17_000),
  ]
  const text = () => texts[next(next(200) === 0 ? 7 : 6)] as string
  const run = (mark: string) => {
    const length = next(3) === 0 ? 740 + next(700) : next(9)
    const odd = next(6) === 0 ? next(length + 1) : -1
    return Array.from(
      { length },
      (_, i) => `${mark}${text()}\n${i === odd ? '\\ No newline at end of file\n' : ''}`,
    ).join('')
  }
  let diff = ''
  for (let hunks = 1 + next(3); hunks > 0; hunks -= 1) {
    diff += `@@ -${next(50)},9 +${next(50)},9 @@\n`
    for (let runs = next(7); runs > 0; runs -= 1) diff += run([' ', '-', '+'][next(3)] as string)
  }
  return diff
}

describe('rows of a hunk', () => {
  it.each(seeds(8, 40))('are the same from any position as from the beginning: seed %i', async (seed) => {
    const next = chance(seed)
    await withReport(diffOf(node('x', { unified_diff: blockyDiff(next) })), async (report) => {
      for (const hunk of await report.hunks(1, 0, 10)) {
        const lines: ReportLine[] = []
        for await (const batch of report.lines(hunk, { maxTextLength: 1000 })) lines.push(...batch)
        const want = pairLines(lines)
        const from = async (position: Parameters<typeof hunkRows>[2]) => {
          const rows = []
          for await (const batch of hunkRows(report, hunk, position, 1000)) rows.push(...batch)
          return rows
        }
        const rows = await from(BEGINNING)
        expect(rows.map(({ row }) => row)).toEqual(want)
        for (let i = 0; i < 4 && rows.length > 0; i += 1) {
          const at = next(rows.length)
          const rest = await from((rows[at] as (typeof rows)[0]).position)
          expect(rest).toEqual(rows.slice(at))
        }
      }
    })
  })
})

describe('a table and its continuations', () => {
  /** The table's pieces, found by following their links. */
  async function followed(report: Report, ordinal: number, maxRows: (piece: number) => number) {
    const of = await report.node(ordinal)
    const pieces: string[] = []
    for (let from: TablePosition | undefined; ; ) {
      const begin = from === undefined ? {} : { from }
      const options = {
        url: (position: PagePosition) => url(formatPosition(position)),
        isPageFull: () => false,
        ...begin,
      }
      let html = ''
      for await (const text of diffTable(report, of, { ...options, maxRows: maxRows(pieces.length) }))
        html += text
      pieces.push(html)
      const link = linkTo('rows', html)
      if (link === null) return pieces
      from = parsePosition(link) as TablePosition
    }
  }

  const trees: [string, (next: (below: number) => number) => Tree][] = [
    ['of any kind', (next) => ({ ...randomTree(next), details: [] })],
    ['with long blocks', (next) => node('x', { unified_diff: blockyDiff(next) })],
  ]
  it.each(trees.flatMap(([name, make]) => seeds(8, 40).map((seed) => ({ name, seed, make }))))(
    'have the rows of the uncut table, once and in order: a diff $name, seed $seed',
    async ({ seed, make }) => {
      const next = chance(seed)
      await withReport(diffOf(make(next)), async (report) => {
        const [whole = ''] = await followed(report, 1, () => Number.POSITIVE_INFINITY)
        expect(linkTo('rows', whole)).toBeNull()
        const most = 1 + next(300)
        const pieces = await followed(report, 1, () => 2 + next(most))
        expect(pieces.flatMap(rowsOf)).toEqual(rowsOf(whole))
        for (const piece of pieces.slice(1)) expect(rowsOf(piece).length).toBeGreaterThan(0)
      })
    },
  )

  it('say how much is left, and nothing at the end', async () => {
    const block = '-gone\n'.repeat(1000) + '+come\n'.repeat(1200)
    await withReport(
      diffOf(node('x', { unified_diff: `@@ -1,1000 +1,1200 @@\n${block}` })),
      async (report) => {
        const pieces = await followed(report, 1, () => 501)
        const left = pieces.map((piece) =>
          /([\d,]+) removed and ([\d,]+) added lines more/.exec(piece)?.slice(1),
        )
        // The first piece has the header and the note that the block is long.
        expect(left).toEqual([['501', '701'], ['0', '200'], undefined])
      },
    )
  })
})

describe('pages that continue another', () => {
  /** All pages of a table, and the number of lines that were read for each. */
  async function follow(report: Report, first: string, rest: string) {
    const pages = [first]
    const lines: number[] = []
    let read = 0
    const counted: Report['lines'] = async function* (...args) {
      for await (const batch of report.lines(...args)) {
        read += batch.length
        yield batch
      }
    }
    const counting = new Proxy(report, {
      get: (of, name) => {
        const member = name === 'lines' ? counted : Reflect.get(of, name)
        return typeof member === 'function' ? member.bind(of) : member
      },
    })
    for (let from = linkTo(rest, first); from !== null; from = linkTo(rest, pages.at(-1) as string)) {
      read = 0
      pages.push(await pageOf(counting, { from }))
      lines.push(read)
    }
    return { pages, lines }
  }

  it('show very many changed lines at the same cost at any position', async () => {
    const count = countOf(40_000, 100_000)
    const side = (mark: string, word: string) =>
      Array.from({ length: count }, (_, i) => `${mark}${word} ${i}\n`).join('')
    const diff = `@@ -5,${count} +7,${count} @@\n${side('-', 'old')}${side('+', 'new')} end\n`
    await withReport(diffOf(node('x', { unified_diff: diff })), async (report) => {
      const { pages, lines } = await follow(report, await pageOf(report), 'rows')
      const rows = pages.flatMap(rowsOf).filter((row) => row.includes('diffchanged'))
      expect(rows.length).toBe(count)
      const text = (row: string | undefined) => row?.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ')
      const at = count - 22_223
      expect(text(rows[at])).toBe(` ${at + 5} old · ${at} ${at + 7} new · ${at} `)
      expect(rowsOf(pages.at(-1) as string).at(-1)).toContain('class="diffunmodified"')
      // A page has 1000 rows; lines are read in batches of 64 KB.
      expect(Math.max(...lines)).toBeLessThan(50_000)
      for (const page of pages) expect(page.length).toBeLessThan(4 << 20)
    })
  })

  it('show all of a line of 3 MB', async () => {
    const line = Array.from({ length: 250_000 }, (_, i) => `<é😀"\t${i % 7} ${i % 10_000}\\`)
      .join('')
      .slice(0, 3 << 20)
    await withReport(
      diffOf(node('x', { unified_diff: `@@ -1,2 +1 @@\n a\n-${line}\n\\ No newline\n` })),
      async (report) => {
        const first = await pageOf(report)
        const { pages } = await follow(report, first, 'line')
        const shown = pages.map(
          (page) =>
            />2 <\/td><td class="diffpresent">(.*?)<a /s.exec(page)?.[1] ??
            /<span class="line">(.*?)(<a [^>]* data-rest|<\/span><\/pre>)/s.exec(page)?.[1],
        )
        // `toBe` would print the line.
        expect(textOf(shown.join('')) === line).toBe(true)
        expect(pages.length).toBeGreaterThan(20)
        const [link] =
          /href="[^"]*from=([^"]*)">which begins on another page/.exec(pages[2] as string)?.slice(1) ?? []
        expect(await pageOf(report, { from: link as string })).toContain('<span class="line">&lt;é')
      },
    )
  })

  it('show the nodes that another page omits, each once, and name their parents', async () => {
    const diff = `@@ -1,100 +1,0 @@\n${'-a line of some length\n'.repeat(100)}`
    const files = (name: string) =>
      Array.from({ length: 60 }, (_, i) => node(`${name} ${i}`, { unified_diff: diff }))
    const details = ['a', 'b', 'c'].map((name) => node(name, { details: files(name) }))
    await withReport(toReport(node('root', { details })), async (report) => {
      const limitBytes = 150_000
      const pages = [await pageOf(report, { limitBytes })]
      for (let from = linkTo('nodes', pages[0] as string); from !== null; ) {
        pages.push(await pageOf(report, { limitBytes, from }))
        from = linkTo('nodes', pages.at(-1) as string)
      }
      const ids = pages.flatMap((page) =>
        [...page.matchAll(/class="difference" id="(\w+)"/g)].map((id) => id[1]),
      )
      expect(ids).toEqual(['top', ...Array.from({ length: report.counts.nodes - 1 }, (_, i) => `n${i + 1}`)])
      // Named for nodes that begin a page or whose parent is on another one.
      const parents = pages
        .slice(1)
        .map((page) => [...page.matchAll(/data-parent="(\w+)"/g)].map((id) => id[1]))
      expect(parents.flat().every((id) => ['top', 'n1', 'n62', 'n123'].includes(id as string))).toBe(true)
      expect(parents.every((list) => list.length > 0)).toBe(true)
      const folded = linkTo('table', pages.join('')) as string
      expect(rowsOf(await pageOf(report, { from: folded })).length).toBe(101)
    })
  })

  it('link back, show their node, and are complete pages', async () => {
    const inner = node('inner <file>', { unified_diff: `@@ -1,200 +1,200 @@\n${' c\n'.repeat(200)}` })
    await withReport(diffOf(node('outer', { details: [inner] })), async (report) => {
      const from = linkTo('rows', await pageOf(report)) as string
      const html = await pageOf(report, { from, cssUrl: '/a.css' })
      expect(html).toContain('<title>a title, continued</title>')
      expect(html).toContain('outer › inner &lt;file&gt;')
      expect(html).toContain('<a href="/page?from=#n2">Back to the report</a>')
      expect(html).toContain('<link rel="stylesheet" href="/a.css">')
      expect(html.match(/ id="top"/g)?.length).toBe(1)
    })
  })
})

describe('an invented position', () => {
  const tree = node('root', {
    details: [
      node('x', { unified_diff: `@@ -1,3 +1,3 @@\n a\n-b\n+c\n d\n@@ -9,0 +9,1 @@\n+e\n` }),
      node('no diff'),
    ],
  })

  it.each([
    ...[
      '',
      '-',
      'x',
      '1.',
      '.1',
      '1..2',
      '-1',
      '1.-1',
      '1e3',
      '1.2.3.4.5.6.7.8.9.10',
      '0x1',
      ' 1',
      '1\n',
      '١',
    ],
    ...['99999999999', '1.0.0-', '1.0-1', '1.0.0.0-1', '1-1', '1.0.0-1-1', `1.${'0'.repeat(100_000)}`],
    // Well-formed, but not in the report.
    ...['0', '3', '9999999999', '3.0', '2.0', '2.0.1', '1.2', '1.9999999999', '1.0.9999999999', '1.0.5'],
    ...['1.0.1.1501', '1.0.1.9999999999', '1.0.1.0.9', '1.0.3.0.2', '1.0.2.0.9999999999'],
    ...['1.0.0-1', '1.0.0-9999999999', '1.0.4-0', '1.0.9999999999-0', '2.0.0-0', '1.2.0-0'],
  ])('is rejected with UsageError: %j', async (from) => {
    await withReport(toReport(tree), async (report) => {
      await expect(pageOf(report, { from })).rejects.toThrow(UsageError)
      await expect(pageOf(report, { from })).rejects.toThrow(/^The report has no position "/)
    })
  })

  it('is rejected without reading the report', async () => {
    const long = '-x\n'.repeat(500_000)
    await withReport(diffOf(node('x', { unified_diff: `@@ -1,9 +1 @@\n${long}+y\n` })), async (report) => {
      for (const from of ['1.0.1.0.300000', '1.0.9000000', '1.1', '9', '1.0.250000.0.200000', '1.0.400000-7'])
        await expect(pageOf(report, { from })).rejects.toThrow(UsageError)
    })
  })

  it.each(seeds(8, 30))(
    'that happens to exist shows a page, whose links come to an end: seed %i',
    async (seed) => {
      const next = chance(seed)
      await withReport(diffOf(node('x', { unified_diff: blockyDiff(next) })), async (report) => {
        const { lines } = (await report.hunks(1, 0, 1))[0] ?? { lines: 0 }
        const some = () => next(lines + 2)
        let from: string | null =
          `1.0.${some()}.${next(3) === 0 ? next(1500) : 0}.${next(2) * some()}.${some()}.${some()}.7.7`
        for (let pages = 0; from !== null; pages += 1) {
          expect(pages).toBeLessThan(40)
          const html: string = await pageOf(report, { from }).catch((error: unknown) => {
            expect(error).toBeInstanceOf(UsageError)
            return ''
          })
          from = linkTo('rows', html)
        }
      })
    },
  )
})

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"' }

/** The original text of a line in HTML. */
function textOf(html: string): string {
  return html
    .replace(/<span class="dp">»<\/span>\u00a0*/g, '\t')
    .replace(/<span class="dp">·<\/span>/g, ' ')
    .replace(/<[^>]*>/g, '')
    .replace(/&(\w+);/g, (_, name: string) => ENTITIES[name] ?? '?')
}
