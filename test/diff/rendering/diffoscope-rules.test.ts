/**
 * Rules of the formats, tested with handmade reports; text and Markdown are compared with diffoscope's
 * output.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { diffoscopeJson } from '../../../src/diff/rendering/diffoscope/diffoscope-json.ts'
import { diffoscopeMarkdown } from '../../../src/diff/rendering/diffoscope/diffoscope-markdown.ts'
import { diffoscopeText } from '../../../src/diff/rendering/diffoscope/diffoscope-text.ts'
import {
  chance,
  collect,
  node,
  randomTree,
  type Tree,
  toReport,
  withReport,
  writeOddly,
} from '../report/model.ts'

const FORMATS = { text: diffoscopeText, markdown: diffoscopeMarkdown, json: diffoscopeJson }

const render = (format: keyof typeof FORMATS, tree: Tree, sources?: { source1: string; source2: string }) =>
  withReport(toReport(tree), async (report) =>
    (await collect(FORMATS[format](report, sources && { sources }))).toString(),
  )

/** diffoscope's output for a report. */
async function diffoscope(format: 'text' | 'markdown', tree: Tree): Promise<string> {
  return withReport(toReport(tree), async (_, path) => {
    const env = { ...process.env, LC_ALL: 'C.UTF-8' }
    const { status, stdout, stderr } = spawnSync(
      'diffoscope',
      ['--load-existing-diff', path, `--${format}`, '-'],
      { env, maxBuffer: 1 << 28 },
    )
    if (status !== 1) throw new Error(String(stderr))
    return String(stdout)
  })
}

const within = (...details: Tree[]): Tree => ({ ...node('old'), source2: 'new', details })
const blanks = ' \t\r\u000b\u000c\u001c\u001f\u0085\u00a0\u1680\u2000\u200a\u2028\u2029\u202f\u205f\u3000'

const TREES: Record<string, Tree> = {
  'a root alone': within(),
  'a root with equal sources': node('same', { comments: ['c'] }),
  'a root with a diff, comments and children': {
    ...within(node('a', { unified_diff: '+a\n' })),
    unified_diff: '@@ -1 +1 @@\n-x\n+y\n',
    comments: ['one', 'two\nlines\n\n', '', '  blanks  ', '\n'],
  },
  'children under a node with a diff': within(
    node('a', { unified_diff: '+a\n', details: [{ ...node('b', { unified_diff: '+b\n' }), source2: 'c' }] }),
  ),
  'diffs of white space': within(
    node('a', { unified_diff: '' }),
    node('b', { unified_diff: ' ' }),
    node('c', { unified_diff: '\n\n' }),
    node('d', { unified_diff: blanks }),
  ),
  'white space at the ends': within(
    node(` a${blanks}`, { comments: [` b${blanks}`], unified_diff: `\n  x${blanks}\n\n \n` }),
  ),
  'characters that only look like white space': within(
    node('a\u200b', { comments: ['b\u180e'], unified_diff: 'x\ufeff\n' }),
  ),
  'names with line feeds': within({ ...node('a\nb'), source2: '' }, { ...node(''), source2: '\n' }),
  'a diff longer than a read buffer': within(
    node('a', { unified_diff: `@@\n${'+some line\n'.repeat(90_000)}${' \n'.repeat(200_000)}` }),
  ),
  'twelve levels': nested(12),
}

function nested(levels: number): Tree {
  let tree = node('leaf')
  for (let at = 0; at < levels; at += 1) {
    const inner = Object.assign(tree, { source1: `l${at}`, source2: at % 2 ? `l${at}` : 'r' })
    tree = within(Object.assign(inner, { unified_diff: '+x\n' }))
  }
  return tree
}

describe("text and Markdown equal diffoscope's output", () => {
  it.each(Object.entries(TREES))('for %s', async (_, tree) => {
    expect(await render('text', tree)).toBe(await diffoscope('text', tree))
    expect(await render('markdown', tree)).toBe(await diffoscope('markdown', tree))
  })
})

describe('a random tree', () => {
  /** Replaces lone surrogates, on which diffoscope fails. */
  const withoutSurrogates = (tree: Tree): Tree =>
    JSON.parse(
      JSON.stringify(tree).replace(/\\\\|\\ud[89a-f][0-9a-f]{2}/gi, (sequence) =>
        sequence === '\\\\' ? sequence : '?',
      ),
    ) as Tree
  it.each(Array.from({ length: 8 }, (_, seed) => seed + 100))(
    "is rendered as text with diffoscope's bytes (%i)",
    async (seed) => {
      const tree = withoutSurrogates(randomTree(chance(seed)))
      expect(await render('text', tree)).toBe(await diffoscope('text', tree))
    },
  )
  it.each(Array.from({ length: 20 }, (_, seed) => seed + 200))(
    'is unchanged as JSON, in whatever form it was written (%i)',
    async (seed) => {
      const next = chance(seed)
      const written = writeOddly({ 'diffoscope-json-version': 1, ...randomTree(next) }, next)
      await withReport(written, async (report) => {
        expect((await collect(diffoscopeJson(report))).toString()).toBe(written)
        const sources = { source1: 'é "old"', source2: 'new\\' }
        const set = (await collect(diffoscopeJson(report, { sources }))).toString()
        expect(JSON.parse(set)).toEqual({ ...JSON.parse(written), ...sources })
      })
    },
  )
})

describe('the root with other names', () => {
  const tree = within(node('a', { unified_diff: '+a\n' }))
  const sources = { source1: 'hello version 1 (main)', source2: 'hello version 2 (fixes)' }
  it.each([
    ['text', /^--- hello version 1 \(main\)\n\+\+\+ hello version 2 \(fixes\)\n├── a\n/],
    ['markdown', /^# Comparing `hello version 1 \(main\)` & `hello version 2 \(fixes\)`\n\n## a\n/],
    ['json', /"source1": "hello version 1 \(main\)"|"source1":"hello version 1 \(main\)"/],
  ] as const)('is rendered in %s', async (format, expected) => {
    expect(await render(format, tree, sources)).toMatch(expected)
  })
})

describe('Markdown of hostile text', () => {
  const fenceOf = async (diff: string) => {
    const markdown = await render('markdown', within(node('x', { unified_diff: diff })))
    const [, opening, content, closing] = /^(`+)diff\n([\s\S]*?)\n(`+)\n\n$/m.exec(markdown) ?? []
    return { opening, content, closing }
  }
  it.each<[string, string, number]>([
    ['no backticks', '+x\n', 3],
    ['backticks after a sign', '+```\n-````\n', 3],
    ['backticks within a line', ' x ``````\n', 3],
    ['two backticks', '``\n', 3],
    ['three backticks', '```\n', 4],
    ['a context line of three', ' ```\n', 4],
    ['seven after three spaces', '+a\n   ```````\n', 8],
    ['backticks after four spaces, which are code', '    `````\n', 3],
    ['backticks after a carriage return', '+a\r`````\n', 6],
    ['the longest of several', ' ```\n `````\n ````\n', 6],
    ['a run longer than a read buffer', `+a\n ${'`'.repeat(1_500_000)}\n+b\n`, 1_500_001],
  ])('has a fence longer than %s', async (_, diff, length) => {
    const { opening, content, closing } = await fenceOf(diff)
    expect(opening?.length).toBe(length)
    expect(closing).toBe(opening)
    expect(content).toBe(diff.trimEnd())
  })
  it('has no markup in titles and comments', async () => {
    const tree = { ...within(node('<b>', { comments: ['<script>alert(1)</script>'] })), source1: '<i>' }
    expect(await render('markdown', tree)).toBe(
      '# Comparing `&lt;i>` & `new`\n\n## &lt;b>\n\n * *&lt;script>alert(1)&lt;/script>*\n\n',
    )
  })
})

describe('every format', () => {
  it('writes lone surrogates as U+FFFD and pairs unchanged', async () => {
    const tree = node('a\ud800', { comments: ['\udc00'], unified_diff: '+\ud83d\ude00 \ud83d \ude00\n' })
    expect(await render('text', tree)).toBe('--- a\ufffd\n+++ a\ufffd\n│┄ \ufffd\n+😀 \ufffd \ufffd\n')
    expect(await render('markdown', tree)).toContain('+😀 \ufffd \ufffd\n')
  })
  it.each(Object.entries(FORMATS))('stops when the reader stops: %s', async (_, format) => {
    const tree = node('x', { unified_diff: '+line\n'.repeat(2_000_000) })
    await withReport(toReport(tree), async (report) => {
      let bytes = 0
      for await (const chunk of format(report)) {
        bytes += chunk.length
        if (bytes > 100_000) break
      }
      expect(bytes).toBeLessThan(1_000_000)
    })
  })
})

it('is compared with an installed diffoscope', () => {
  expect(execFileSync('diffoscope', ['--version']).toString()).toMatch(/^diffoscope \d+/)
})
