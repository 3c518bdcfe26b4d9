import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { diffoscopeHtml, type HtmlOptions } from '../../../src/diff/rendering/diffoscope/diffoscope-html.ts'
import { buildPackage } from '../../fixtures/packages.ts'
import { seeds } from '../../fixtures/seeds.ts'
import { chance, collect, node, randomTree, type Tree, toReport, withReport } from '../report/model.ts'
import { expectSameLines } from './html-lines.ts'

const plain: HtmlOptions = { title: 'a title' }

const page = (report: string, options: HtmlOptions = plain) =>
  withReport(report, async (opened) => (await collect(diffoscopeHtml(opened, options))).toString())

/** Runs diffoscope and returns its output. Its exit code 1 means that there are differences. */
function diffoscope(...args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile('diffoscope', args, { maxBuffer: 1 << 28 }, (error, stdout, stderr) =>
      error && error.code !== 1 ? reject(new Error(stderr)) : resolve(stdout),
    )
  })
}

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'differ-html-'))
})
afterAll(() => rm(dir, { recursive: true, force: true }))

/** diffoscope's own page for a report. */
async function diffoscopePage(report: string): Promise<string> {
  const path = join(dir, 'reference.json')
  await writeFile(path, report)
  return diffoscope('--load-existing-diff', path, '--html', '-')
}

/** Compares Differ's page for a report with diffoscope's. */
async function compare(report: string): Promise<void> {
  expectSameLines(await page(report), await diffoscopePage(report))
}

const report = (diff: string, facts: Partial<Tree> = {}) =>
  toReport(node('root', { details: [node('x', { unified_diff: diff, ...facts })] }))

describe("lines, numbers and texts of each side equal those of diffoscope's page", () => {
  it.each([
    ['changed, added and removed lines', '@@ -1,5 +1,5 @@\n a\n-old word\n+new word\n-gone\n b\n+more\n c\n'],
    ['several hunks', '@@ -1 +1 @@\n-a\n+b\n@@ -10,2 +10,1 @@ name\n-c\n d\n'],
    ['spaces and tabs', '@@ -1,3 +1,3 @@\n   a  b \n-\t\tx\ty  \n+        x\tz\n ab\tc\n'],
    ['markup', '@@ -1 +1 @@\n-<b>&amp;"\'\n+<script>alert(1)</script>\n'],
    ['control characters', '@@ -1,2 +1,2 @@\n-a\r\n+a\x1b[31m\x01\n z\x00\n'],
    ['no newline at the end', '@@ -1 +1 @@\n-abc\n\\ No newline at end of file\n+abd\n'],
    ['other scripts', '@@ -1 +1 @@\n-é 😀 漢\n+é 😁 字\n'],
    ['empty lines', '@@ -1,3 +1,2 @@\n \n-\n-x\n+\n'],
    ['a block with lines left out', '@@ -1,100 +1,3 @@\n ctx\n-a\n-[ 97 lines removed ]\n+b\n ctx2\n'],
    ['a hexdump', '@@ -1,2 +1,2 @@\n-00000000: 4142  AB\n+00000000: 4143  AC\n 00000010: 00 ..\n'],
    [
      'more lines added than removed',
      `@@ -1,1 +1,40 @@\n-x\n${Array.from({ length: 40 }, (_, i) => `+${i}\n`).join('')}`,
    ],
  ])('for %s', async (_, diff) => {
    await compare(report(diff))
  })

  it('for a table that ends after 128 rows', async () => {
    const context = Array.from({ length: 200 }, (_, i) => ` c ${i}\n`).join('')
    await compare(report(`@@ -1,200 +1,200 @@\n${context}`))
  })

  it('for a block that is too long to be searched', async () => {
    const side = (mark: string, from: number) =>
      Array.from({ length: 800 }, (_, i) => `${mark}line ${i + from}\n`).join('')
    await compare(report(`@@ -1,800 +1,800 @@\n${side('-', 0)}${side('+', 1)}`))
  })

  it('for a report that diffoscope made of two packages', async () => {
    const files = (which: number) => ({
      'usr/bin/tool': { content: `#!/bin/sh\necho ${which}\n`, mode: which === 1 ? 0o755 : 0o644 },
      'usr/share/p/long': `${'long line '.repeat(20)}${which}\n`,
      'usr/share/p/none': `no newline ${which}`,
      'usr/share/p/crlf': `a\r\nb ${which}\r\n`,
      'usr/share/p/bytes.bin': Buffer.from(Array.from({ length: 600 }, (_, i) => (i * which * 7) % 256)),
      'usr/share/p/data.json': JSON.stringify({ a: which, b: ['<x>', '\u0000', '"'] }),
      'usr/share/p/text.gz': gzipSync(`inside ${which}\n`),
      'usr/share/p/link': { link: `/etc/${which}` },
      'usr/share/p/utf8': `é\t😀 ${which}\n`,
      [`usr/share/p/only-${which}`]: 'x\n',
    })
    const packages = await Promise.all(
      [1, 2].map((which) =>
        buildPackage(join(dir, String(which)), { name: 'p', version: `1.${which}`, files: files(which) }),
      ),
    )
    const made = await diffoscope('--json=-', '--exclude-directory-metadata=yes', ...packages)
    expect((JSON.parse(made) as Tree).details?.length).toBeGreaterThan(1)
    await compare(made)
  })
})

describe('the page', () => {
  const tags = (html: string) => [
    ...html
      .replace(/<style>.*?<\/style>|<script>.*?<\/script>/gs, '')
      .matchAll(/<(\/?)([a-z][a-z0-9]*)([^>]*)>/g),
  ]
  const VOID = new Set(['meta', 'link', 'col', 'br'])

  function expectWellFormed(html: string): void {
    const open: string[] = []
    for (const [, slash, name, rest] of tags(html) as unknown as Iterable<[string, string, string, string]>) {
      if (slash) expect(open.pop()).toBe(name)
      else if (!VOID.has(name)) open.push(name)
      expect(rest).not.toMatch(/\son\w+\s*=/i)
    }
    expect(open).toEqual([])
  }

  it('has at most 20,000 nodes, nothing to press inside a heading that folds, and links to what it leaves out', async () => {
    const lines = Array.from({ length: 60 }, (_, i) => `-old ${i}\n+new ${i}\n`).join('')
    const details = Array.from({ length: 900 }, (_, i) =>
      node(`file ${i}`, { unified_diff: `@@ -1,60 +1,60 @@\n${lines}` }),
    )
    const html = await page(toReport(node('root', { details })))
    expectWellFormed(html)
    const texts = html.match(/>[^<]/g)?.length ?? 0
    const nodes = [...tags(html)].filter(([, slash]) => slash === '').length + texts
    expect(nodes).toBeGreaterThan(15_000)
    expect(nodes).toBeLessThanOrEqual(20_000)
    for (const [summary] of html.matchAll(/<summary>.*?<\/summary>/gs))
      expect(summary).not.toMatch(/<(a|button) /)
    expect(html).toMatch(/more files are not on this page/)
  })

  it.each(seeds(12, 60))('is well-formed for a random report: seed %i', async (seed) => {
    const html = await page(toReport(randomTree(chance(seed))))
    expectWellFormed(html)
    const links = [...html.matchAll(/href="#([^"]*)"/g)].map((match) => match[1])
    const ids = new Set([...html.matchAll(/ id="([^"]*)"/g)].map((match) => match[1]))
    expect(links.filter((id) => !ids.has(id))).toEqual([])
  })

  it('contains no element or attribute from a package', async () => {
    const evil = '"><script>alert(1)</script><img src=x onerror=alert(1)>\u202e'
    const tree = node('root', {
      details: [
        {
          ...node(evil),
          source2: `${evil}2`,
          comments: [evil],
          unified_diff: `@@ -1 +1 @@\n-${evil}\n+${evil} ${evil}\n`,
        },
      ],
    })
    const html = await page(toReport(tree), {
      title: evil,
      sources: { source1: evil, source2: evil },
      url: () => evil,
    })
    expectWellFormed(html)
    expect(tags(html).filter((tag) => ['script', 'img'].includes(tag[2] as string))).toEqual([])
    expect(html).not.toContain('\u202e')
    expect(html.match(/<script>/g)?.length).toBe(1)
  })

  it.each([
    ['https://e.org/a.css?b&c', '<link rel="stylesheet" href="https://e.org/a.css?b&amp;c">'],
    ['/static/a.css', '<link rel="stylesheet" href="/static/a.css">'],
    ['a/b:c.css', '<link rel="stylesheet" href="a/b:c.css">'],
    ['//e.org/a.css', '<link rel="stylesheet" href="//e.org/a.css">'],
    ['"><script>', '<link rel="stylesheet" href="&quot;&gt;&lt;script&gt;">'],
    ['javascript:alert(1)', null],
    ['data:text/css,*{}', null],
    [' javascript:alert(1)', null],
    ['java\nscript:alert(1)', null],
    ['', null],
  ])('links the stylesheet %j before its own, or not at all', async (cssUrl, want) => {
    const html = await page(report('@@ -1 +1 @@\n-a\n+b\n'), { title: 't', cssUrl })
    const link = /<link[^\n]*>/.exec(html)
    expect(link?.[0] ?? null).toBe(want)
    if (link) expect(link.index).toBeLessThan(html.indexOf('<style>'))
  })

  it('loads nothing from elsewhere', async () => {
    const html = await page(report('@@ -1 +1 @@\n-a\n+b\n'))
    expect(html).not.toMatch(/src=|@import|url\(|https?:\/\//)
  })

  it('shows the given names of the root', async () => {
    const html = await page(report('@@ -1 +1 @@\n-a\n+b\n'), {
      title: 't',
      sources: { source1: 'a <1>', source2: 'b' },
    })
    expect(html).toContain('<span class="source">a &lt;1&gt;</span> vs.')
  })

  it('says that nothing differs', async () => {
    expect(await page(toReport(node('root')))).toContain('<p>No differences.</p>')
  })

  it('marks what changed within a line', async () => {
    const html = await page(report('@@ -1 +1 @@\n-one two three\n+one 2 three\n'))
    expect(html).toContain('<del>two</del>')
    expect(html).toContain('<ins>2</ins>')
  })

  it('links to the parts that it omits', async () => {
    const url = (from: string | null) => `/rest/${from}`
    const context = Array.from({ length: 200 }, (_, i) => ` c ${i}\n`).join('')
    const long = `@@ -1 +1 @@\n-${'x'.repeat(20_000)}\n+b\n`
    const tree = node('root', {
      details: [
        node('many lines', { unified_diff: `@@ -1,201 +1,200 @@\n${context}-gone\n` }),
        node('a long line', { unified_diff: long }),
      ],
    })
    const html = await page(toReport(tree), { title: 't', url, compareUrl: '/compare/a/b&c' })
    expect(html).toContain('<a href="/compare/a/b&amp;c">')
    expect(html).toContain('<a href="/rest/1.0.128" data-rest="rows">1 removed and 0 added lines more</a>')
    expect(html).toContain('<a href="/rest/2.0.0-16384" data-rest="line">… 3,616 more characters</a>')
    const without = await page(toReport(tree))
    expect(without).toContain('<td colspan="4">1 removed and 0 added lines more</td>')
    expect(without).not.toContain('data-rest="')
  })

  it('has everything if it is to be whole', async () => {
    const lines = (side: string) =>
      Array.from({ length: 3000 }, (_, at) => `${side}line ${at} ${side}\n`).join('')
    const many = toReport(
      node('root', {
        details: Array.from({ length: 20 }, (_, at) =>
          node(`n${at}`, { unified_diff: `@@ -1,3000 +1,3000 @@\n${lines('-')}${lines('+')}` }),
        ),
      }),
    )
    const html = await page(many, { ...plain, isWhole: true, limitBytes: 1000 })
    expect(html.match(/2999/g)).toHaveLength(20 * 4)
    expect(html).not.toMatch(/lines more|more files|class="ondemand/)
  })

  it('keeps its size limit: later nodes have only headings, then they are only counted', async () => {
    const diff = `@@ -1,100 +1,0 @@\n${'-a line of some length\n'.repeat(100)}`
    const details = Array.from({ length: 400 }, (_, i) => node(`file ${i}`, { unified_diff: diff }))
    const limitBytes = 200_000
    const html = await page(toReport(node('root', { details })), {
      title: 't',
      limitBytes,
      url: (from) => `/n/${from}`,
    })
    expectWellFormed(html)
    expect(html.length).toBeLessThan(limitBytes * 1.1)
    const tables = html.match(/<table/g)?.length ?? 0
    const headings = html.match(/class="diffheader"/g)?.length ?? 0
    expect(tables).toBeGreaterThan(3)
    expect(headings).toBeGreaterThan(tables + 20)
    expect(html).toContain(`${401 - headings} more files are not on this page</a>`)
  })

  it('is well-formed with 500 levels', async () => {
    let tree = node('leaf', { unified_diff: '@@ -1 +1 @@\n-a\n+b\n' })
    for (let depth = 0; depth < 499; depth += 1) tree = node(`level ${depth}`, { details: [tree] })
    expectWellFormed(await page(toReport(tree)))
  })
})
