/**
 * How much smaller are stored reports, and what does it cost to write and read them?
 *
 * Method: the reports of `report.ts`, each as the plain file and as Differ stores it. Writing is measured once.
 * Indexing, the first page and memory are measured in new processes (those of `report.ts`), the formats in this
 * process, beside a thread that decompresses, as in the service; plain and compressed take turns, five rounds each,
 * the result is the median. `html` is the page as it opens.
 * `as stored` is the JSON that a client which accepts zstd gets: the stored blocks, with the names of the two runs
 * replaced. Memory is the most that text, Markdown and JSON, one after the other, add to a new process.
 *
 * How to read the results: all files together, with their indexes, should have at most an eighth of the plain
 * reports' size. A first page should take at most twice as long as from the plain file, text, Markdown and HTML at
 * most 1.25 times, and JSON as stored at most as long as plain JSON. Writing should take at most 15 % of the time that
 * diffoscope needs for the report, and memory should be the same.
 *
 * `npm run bench stored [FILE.json …]` measures the given reports instead.
 */
import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { compressIfLarge } from '../src/diff/content/compress-file.ts'
import { readyDecodeThread, startDecodeThread } from '../src/diff/content/decode-thread.ts'
import { diffoscopeHtml } from '../src/diff/rendering/diffoscope/diffoscope-html.ts'
import { compressedDiffoscopeJson, diffoscopeJson } from '../src/diff/rendering/diffoscope/diffoscope-json.ts'
import { diffoscopeMarkdown } from '../src/diff/rendering/diffoscope/diffoscope-markdown.ts'
import { diffoscopeText } from '../src/diff/rendering/diffoscope/diffoscope-text.ts'
import { ensureIndex, openReport } from '../src/diff/report/open-report.ts'
import type { Report } from '../src/diff/report/types.ts'
import { benchReports } from './kit/reports.ts'
import { median } from './kit/stats.ts'

const ROUNDS = 5
const SOURCES = { source1: 'old version 1 (main)', source2: 'new version 2 (campaign)' }
const FORMATS: Readonly<Record<string, (report: Report) => AsyncIterable<Uint8Array>>> = {
  text: diffoscopeText,
  markdown: diffoscopeMarkdown,
  html: (report) => diffoscopeHtml(report, { title: 'a report' }),
  json: (report) => diffoscopeJson(report, { sources: SOURCES }),
}

const dir = await mkdtemp(join(tmpdir(), 'differ-bench-'))
const mb = (bytes: number) => `${(bytes / 1e6).toFixed(2)} MB`
let [plainBytes, storedBytes] = [0, 0]
startDecodeThread()
while (!readyDecodeThread()) await sleep(10)
try {
  for (const { name, path, sizeBytes } of await benchReports(process.argv.slice(2)))
    await measure(name, path, sizeBytes)
  console.log(
    `all: ${mb(plainBytes)} plain, ${mb(storedBytes)} stored with indexes: 1/${(plainBytes / storedBytes).toFixed(1)}`,
  )
} finally {
  await rm(dir, { recursive: true, force: true })
}

async function measure(name: string, plain: string, sizeBytes: number): Promise<void> {
  const link = join(dir, `${name}.json`)
  execFileSync('cp', [plain, link])
  const startMs = performance.now()
  const stored = await compressIfLarge(link)
  const writeMs = performance.now() - startMs
  const indexes = { plain: join(dir, `${name}.plain.index`), stored: join(dir, `${name}.stored.index`) }
  await ensureIndex(plain, indexes.plain)
  await ensureIndex(stored, indexes.stored)
  const [{ size }, { size: indexSize }] = [await stat(stored), await stat(indexes.stored)]
  plainBytes += sizeBytes
  storedBytes += size + indexSize
  console.log(
    `${name}: ${mb(sizeBytes)} → ${mb(size)} + index ${mb(indexSize)}: 1/${(sizeBytes / (size + indexSize)).toFixed(1)}; ` +
      `written in ${writeMs.toFixed(0)} ms, ${(sizeBytes / 1000 / writeMs).toFixed(0)} MB/s`,
  )
  const pages = await pairOfMedians(
    async () => inProcess('page', plain, indexes.plain).ms,
    async () => inProcess('page', stored, indexes.stored).ms,
  )
  print('first page', pages)
  const built = await pairOfMedians(
    async () => inProcess('index', plain, `${indexes.plain}.new`).ms,
    async () => inProcess('index', stored, `${indexes.stored}.new`).ms,
  )
  print('index', built)
  const [added, addedStored] = await pairOfMedians(
    async () => inProcess('memory', plain, indexes.plain).bytes,
    async () => inProcess('memory', stored, indexes.stored).bytes,
  )
  console.log(`  memory         +${mb(added)} plain, +${mb(addedStored)} stored`)
  const [report, compressed] = [
    await openReport(plain, indexes.plain),
    await openReport(stored, indexes.stored),
  ]
  for (const [format, render] of Object.entries(FORMATS)) {
    const whole = (one: Report) => async () => timed(() => render(one))
    print(format, await pairOfMedians(whole(report), whole(compressed)))
  }
  if (stored !== link) {
    const asStored = () => timed(() => compressedDiffoscopeJson(compressed, { sources: SOURCES }))
    const asPlain = () => timed(() => diffoscopeJson(report, { sources: SOURCES }))
    print('json as stored', await pairOfMedians(asPlain, asStored))
  }
  await Promise.all([report.close(), compressed.close()])
}

function print(what: string, [plainMs, storedMs]: readonly [number, number]): void {
  const ratio = (plainMs / storedMs).toFixed(2)
  console.log(
    `  ${what.padEnd(15)}${plainMs.toFixed(1)} ms plain, ${storedMs.toFixed(1)} ms stored: ${ratio}× its speed`,
  )
}

async function timed(render: () => AsyncIterable<Uint8Array>): Promise<number> {
  const startMs = performance.now()
  for await (const _ of render());
  return performance.now() - startMs
}

async function pairOfMedians(
  one: () => Promise<number>,
  other: () => Promise<number>,
): Promise<readonly [number, number]> {
  const times: [number[], number[]] = [[], []]
  for (let round = 0; round < ROUNDS; round++) {
    times[0].push(await one())
    times[1].push(await other())
  }
  return [median(times[0]), median(times[1])]
}

/** What a task of `report.ts` measures in a new process: milliseconds, or bytes of memory. */
function inProcess(
  task: 'page' | 'index' | 'memory',
  report: string,
  index: string,
): { ms: number; bytes: number } {
  const script = fileURLToPath(new URL('./report.ts', import.meta.url))
  const args = ['--import', 'tsx', script, `--task=${task}`, report, index]
  if (task === 'index') execFileSync('rm', ['-f', index])
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }))
}
