import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DebdiffOptions } from '../../../src/diff/rendering/debdiff/debdiff-writer.ts'
import { renderDebdiff } from '../../../src/diff/rendering/debdiff/render-debdiff.ts'
import type { Format } from '../../../src/diff/rendering/format.ts'
import { buildRun } from '../../fixtures/packages.ts'
import { countOf } from '../../fixtures/seeds.ts'

const examples = new URL('../../fixtures/legacy-examples/', import.meta.url)
const options: DebdiffOptions = {
  oldRunId: 'old-run',
  newRunId: 'new-run',
  oldVersion: '1.0-1~jan+unchanged1',
  newVersion: '1.0-2~jan+lint1',
  filterBoring: false,
}
const filtered = { ...options, filterBoring: true }

async function render(format: Format, input: Uint8Array | string, opts = options): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of renderDebdiff(format, Buffer.from(input), opts)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

async function rendered(format: Format, input: Uint8Array | string, opts = options): Promise<string> {
  return (await render(format, input, opts)).toString()
}

/** A debdiff with these lines in the control section of package p. */
function control(...lines: string[]): string {
  const title = 'Control files of package p: lines which differ (wdiff format)'
  return [title, '-'.repeat(title.length), ...lines, ''].join('\n')
}

describe("the legacy service's examples, byte for byte", () => {
  let input: Buffer
  beforeAll(async () => {
    input = await readFile(new URL('debdiff.txt', examples))
  })

  it.each([
    ['text', options, 'debdiff.txt'],
    ['text', filtered, 'debdiff.filtered.txt'],
    ['markdown', options, 'debdiff.md'],
    ['markdown', filtered, 'debdiff.filtered.md'],
    ['html', options, 'debdiff.html'],
    ['html', filtered, 'debdiff.filtered.html'],
  ] as const)('is rendered in %s (%#)', async (format, opts, expected) => {
    const want = await readFile(new URL(expected, examples), 'utf8')
    expect(await rendered(format, input, opts)).toBe(want)
  })

  it.each([
    [options, 'debdiff.txt'],
    [filtered, 'debdiff.filtered.txt'],
  ] as const)('has the runs and the text in json (%#)', async (opts, expected) => {
    expect(JSON.parse(await rendered('json', input, opts))).toEqual({
      old_run_id: 'old-run',
      new_run_id: 'new-run',
      old_version: options.oldVersion,
      new_version: options.newVersion,
      debdiff: await readFile(new URL(expected, examples), 'utf8'),
    })
  })
})

describe('with the real debdiff', () => {
  let dir: string
  const before = '1.0-1~jan+unchanged1'
  const after = '1.0-2~jan+lint1'

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'differ-debdiff-'))
    const alpha = (version: string, libc: string, scheme: string, line: string) => ({
      Depends: `beta (= ${version}), libc6 (>= ${libc}), zlib1g`,
      Homepage: `${scheme}://example.org/alpha`,
      Description: `first package\n with a ${line}`,
    })
    const beta = (version: string) => ({ Depends: `alpha (= ${version})`, Description: 'second package' })
    await buildRun(join(dir, 'old'), [
      {
        name: 'alpha',
        version: before,
        control: alpha(before, '2.34', 'http', 'second line'),
        files: { 'usr/share/alpha/a': 'a', 'usr/share/alpha/b': 'b' },
      },
      { name: 'beta', version: before, control: beta(before), files: { 'usr/share/beta/x': 'x' } },
      { name: 'delta', version: before, files: { 'usr/share/delta/d': 'd' } },
    ])
    await buildRun(join(dir, 'new'), [
      {
        name: 'alpha',
        version: after,
        control: alpha(after, '2.36', 'https', 'changed <b>line</b>'),
        files: { 'usr/share/alpha/a': 'a', 'usr/share/alpha/c': 'c' },
      },
      { name: 'beta', version: after, control: beta(after), files: { 'usr/share/beta/x': 'x' } },
      { name: 'gamma', version: after, files: { 'usr/share/gamma/g': 'g' } },
    ])
  })
  afterAll(() => rm(dir, { recursive: true, force: true }))

  async function debdiff(from: string[], to: string[]): Promise<Buffer> {
    const args = ['--noconf', '--from', ...from, '--to', ...to]
    return new Promise((resolve, reject) => {
      execFile('debdiff', args, { encoding: 'buffer' }, (error, stdout, stderr) =>
        error && error.code !== 1 ? reject(new Error(String(stderr))) : resolve(stdout),
      )
    })
  }
  const debs = async (run: string) =>
    (await readdir(join(dir, run))).sort().map((name) => join(dir, run, name))

  it('is what debdiff prints for such packages', async () => {
    const want = await readFile(new URL('debdiff.txt', examples), 'utf8')
    expect((await debdiff(await debs('old'), await debs('new'))).toString()).toBe(want)
  })

  it('has no differences with the filter if only a version changed', async () => {
    const pick = async (run: string) => (await debs(run)).filter((path) => path.includes('beta'))
    const versions = await debdiff(await pick('old'), await pick('new'))
    expect(await rendered('text', versions, filtered)).toBe(
      'File lists identical (after any substitutions)\n\n' +
        'No differences were encountered in the control files\n',
    )
  })
})

describe('hostile and damaged text', () => {
  it('adds no element to HTML', async () => {
    const html = await rendered('html', control('X: [-<script>&amp;-] {+</pre><img src=x onerror=y>+}'))
    expect(html).toContain('&lt;script&gt;&amp;amp;')
    expect(html.match(/<[^>]*>/g)?.join('')).toBe(
      '<h4></h4><ul><li><pre><span style="color:red;font-weight:bold"></span>' +
        '<span style="color:green;font-weight:bold"></span></pre></li></ul>',
    )
  })

  it.each([
    ['an address', 'X: [-a-] {+https://e.org+}', '* X: [-a-] {+https&#8203;://e.org+}'],
    ['a tag', 'X: {+<script>+}', '* X: {+&lt;script>+}'],
    ['an inline link', 'X: {+[a](//e.org)+}', '* X: {+[a]&#8203;(//e.org)+}'],
    ['a link definition', ' [a]: //e.org', '*  [a]&#8203;: //e.org'],
    ['a terminal escape', 'X: {+\x1b[31m+}', '* X: {+\\x1b[31m+}'],
    ['a direction mark', 'X: {+\u202egnp.exe+}', '* X: {+\\u202egnp.exe+}'],
  ])('is inert in Markdown: %s', async (_, line, want) => {
    expect((await rendered('markdown', control(line))).split('\n')[1]).toBe(want)
  })

  it('has invalid UTF-8 replaced', async () => {
    const bytes = Buffer.from(control('X: J\xe9r\xf4me {+B+}'), 'latin1')
    for (const format of ['html', 'markdown', 'json'] as const) {
      expect(await rendered(format, bytes)).toContain('X: J\ufffdr\ufffdme ')
    }
    expect(await rendered('text', bytes, filtered)).toBe(control('X: J\ufffdr\ufffdme {+B+}'))
  })

  it('is not changed by the slicing of a very long line', async () => {
    const text = `X: {+${'😀://é]('.repeat(60_000)}+}`
    const json = JSON.parse(await rendered('json', control(text))) as { debdiff: string }
    expect(json.debdiff).toBe(control(text))
    const markdown = await rendered('markdown', control(text))
    expect(markdown).not.toMatch(/[^;]:\/\/|\]\(/)
  })
})

it('renders very many files in every format without blocking the event loop', async () => {
  const title = 'Files in second set of .debs but not in first'
  const files = Array.from(
    { length: countOf(30_000, 300_000) },
    (_, i) => `-rw-r--r--  root/root   /usr/share/p/file-${i}`,
  )
  const fields = Array.from({ length: 20_000 }, (_, i) => `F${i}: [-1 <a>-] {+2 <b>+}`)
  const bytes = Buffer.from(
    `${title}\n${'-'.repeat(title.length)}\n${files.join('\n')}\n\n${control(...fields)}`,
  )
  for (const format of ['text', 'html', 'markdown', 'json'] as const) {
    // The event loop gets a turn for every so many bytes, however long they take on this machine.
    let turns = 0
    let isOver = false
    const others = (async () => {
      for (; !isOver; turns += 1) await setImmediate()
    })()
    let length = 0
    try {
      for await (const chunk of renderDebdiff(format, bytes, filtered)) length += chunk.length
    } finally {
      isOver = true
      await others
    }
    expect(length).toBeGreaterThan(bytes.length - 100)
    expect(length / turns, format).toBeLessThan(250_000)
  }
})
