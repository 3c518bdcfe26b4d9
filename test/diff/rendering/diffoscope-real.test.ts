/**
 * Compares every format with the output of the real diffoscope, for reports that it made. If programs of its
 * comparators are not installed, the reports are poorer but just as useful here.
 */
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { diffoscopeHtml } from '../../../src/diff/rendering/diffoscope/diffoscope-html.ts'
import { diffoscopeJson } from '../../../src/diff/rendering/diffoscope/diffoscope-json.ts'
import { diffoscopeMarkdown } from '../../../src/diff/rendering/diffoscope/diffoscope-markdown.ts'
import { diffoscopeText } from '../../../src/diff/rendering/diffoscope/diffoscope-text.ts'
import { collect, withReport } from '../report/model.ts'
import { expectSameLines } from './html-lines.ts'
import { KINDS } from './kinds.ts'

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'differ-real-'))
})
afterAll(() => rm(dir, { recursive: true, force: true }))

/** Runs diffoscope and returns its output. Its exit code 1 means that there are differences. */
function diffoscope(...args: string[]): Promise<Buffer> {
  const options = {
    cwd: dir,
    encoding: 'buffer',
    maxBuffer: 1 << 28,
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
  } as const
  return new Promise((resolve, reject) => {
    execFile('diffoscope', args, options, (error, stdout, stderr) => {
      if (error && error.code !== 1) reject(new Error(String(stderr)))
      else resolve(stdout)
    })
  })
}

/** Compares the two sides of a kind; returns the path of the report. */
async function realReport(kind: string, ...options: string[]): Promise<string> {
  const work = await mkdtemp(join(dir, 'case-'))
  const side = async (name: 'old' | 'new') => {
    await KINDS[kind]?.(name === 'old' ? 0 : 1, join(work, name))
    const entry = join(work, (await readdir(work)).find((found) => found.startsWith(name)) as string)
    return kind === 'a Debian package' ? join(entry, (await readdir(entry))[0] as string) : entry
  }
  const report = join(work, 'report.json')
  const args = [`--json=${report}`, '--exclude-directory-metadata=yes', ...options]
  await diffoscope(...args, await side('old'), await side('new'))
  return report
}

describe.concurrent('a report that diffoscope made of', () => {
  const cases: [string, string, ...string[]][] = [
    ...Object.keys(KINDS).map((kind): [string, string] => [kind, kind]),
    ['long blocks with lines left out', 'long blocks', '--max-diff-block-lines-saved=50'],
    ['the beginning of the input', 'long blocks', '--max-diff-input-lines=70'],
    ['entries on one side, in full', 'directories with one-sided entries', '--new-file'],
  ]
  it.each(cases)("%s is rendered with diffoscope's bytes", async (_, kind, ...options) => {
    const path = await realReport(kind, ...options)
    const content = await readFile(path)
    const formats = ['text', 'markdown', 'html']
    const outputs = formats.flatMap((format) => [`--${format}`, `${path}.${format}`])
    await diffoscope('--load-existing-diff', path, ...outputs)
    const [text, markdown, html] = await Promise.all(
      formats.map((format) => readFile(`${path}.${format}`, 'utf8')),
    )
    await withReport(content, async (report) => {
      expect((await collect(diffoscopeText(report))).toString()).toBe(text)
      const rendered = (await collect(diffoscopeMarkdown(report))).toString()
      if (BREAKS_OUT.has(kind)) expect(outsideFences(rendered)).not.toContain('<')
      else expect(rendered).toBe(markdown)
      expect((await collect(diffoscopeJson(report))).equals(content)).toBe(true)
      const page = (await collect(diffoscopeHtml(report, { title: 'a title' }))).toString()
      expectSameLines(page, html as string)
      expect(report.counts.nodes).toBeGreaterThan(0)
      expect(report.counts.hunks).toBeGreaterThan(0)
    })
  })
})

/**
 * Kinds with names that become markup in diffoscope's Markdown. For all others Differ's bytes are the same.
 */
const BREAKS_OUT: ReadonlySet<string> = new Set(['names with odd characters'])

function outsideFences(markdown: string): string {
  return markdown.replace(/^(`{3,})diff\n[\s\S]*?\n\1$/gm, '')
}
