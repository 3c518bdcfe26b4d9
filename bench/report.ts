/**
 * How fast is a stored report indexed, read and written, and does its size matter?
 *
 * Method: real pairs of packages of very different size (the two newest versions that the archive of this machine offers), compared once by the real
 * diffoscope; the largest report is the second largest ten times over, longer than Node.js's longest string. Each figure on indexing and on the first page
 * comes from a fresh process (milliseconds since its modules were loaded; memory over what it had then); the formats run five times in one process, as in a
 * service, and the median counts. Beside them the yardstick: `diffoscope --load-existing-diff`, a whole process, median of three.
 *
 * Reading: `index` should be 300 MB/s and more on large reports and its memory under 64 MB. `page` (opening, 50 nodes, 50 hunks,
 * 100 lines) should be under 10 ms and much the same for all. `×` is how many times faster than the tool; `delay` the longest time that the event loop was held
 * up while indexing.
 *
 * `npm run bench report [FILE.json …]` measures given reports instead.
 */
import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { diffoscopeJson } from '../src/diff/rendering/diffoscope/diffoscope-json.ts'
import { diffoscopeMarkdown } from '../src/diff/rendering/diffoscope/diffoscope-markdown.ts'
import { diffoscopeText } from '../src/diff/rendering/diffoscope/diffoscope-text.ts'
import { ensureIndex, openReport } from '../src/diff/report/open-report.ts'
import { benchReports, toolMs } from './kit/reports.ts'
import { median } from './kit/stats.ts'

const FORMATS = { text: diffoscopeText, markdown: diffoscopeMarkdown, json: diffoscopeJson }

const tasks: Record<string, (report: string, index: string) => Promise<unknown>> = {
  async index(report, index) {
    const before = process.memoryUsage().rss
    const delay = monitorEventLoopDelay({ resolution: 1 })
    delay.enable()
    const start = performance.now()
    await ensureIndex(report, index)
    const ms = performance.now() - start
    delay.disable()
    return { ms, bytes: process.resourceUsage().maxRSS * 1024 - before, delayMs: delay.max / 1e6 }
  },
  async page(path, index) {
    const start = performance.now()
    const report = await openReport(path, index)
    const nodes = await report.nodes(Math.floor(report.counts.nodes / 2), 50)
    const changed = nodes.find(({ diff }) => diff !== null && diff.hunks > 0)
    const hunks = changed ? await report.hunks(changed.ordinal, 0, 50) : []
    if (hunks[0]) for await (const _ of report.lines(hunks[0], { count: 100 }));
    const ms = performance.now() - start
    await report.close()
    return { ms }
  },
  async formats(path, index) {
    const report = await openReport(path, index)
    const result: Record<string, { ms: number; firstMs: number }> = {}
    for (const [name, format] of Object.entries(FORMATS)) {
      const times: number[] = []
      const first: number[] = []
      for (let round = 0; round < 5; round++) {
        const start = performance.now()
        let bytes = 0
        for await (const chunk of format(report)) {
          if (bytes === 0) first.push(performance.now() - start)
          bytes += chunk.length
        }
        times.push(performance.now() - start)
      }
      result[name] = { ms: median(times), firstMs: first[0] ?? 0 }
    }
    await report.close()
    return result
  },
}

const [task, ...rest] = process.argv.slice(2)
if (task?.startsWith('--task=')) {
  const [report, index] = rest as [string, string]
  console.log(JSON.stringify(await tasks[task.slice(7)]?.(report, index)))
} else {
  const dir = await mkdtemp(join(tmpdir(), 'differ-bench-'))
  try {
    for (const { path } of await benchReports(process.argv.slice(2))) await measure(path, join(dir, 'index'))
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

async function measure(report: string, index: string): Promise<void> {
  const { size } = await stat(report)
  await rm(index, { force: true })
  const indexing = inProcess<{ ms: number; bytes: number; delayMs: number }>('index', report, index)
  const pages = [1, 2, 3, 4, 5].map(() => inProcess<{ ms: number }>('page', report, index).ms)
  const formats = inProcess<Record<string, { ms: number; firstMs: number }>>('formats', report, index)
  const mb = (bytes: number) => (bytes / 1e6).toFixed(1)
  console.log(`${basename(report)}: ${mb(size)} MB`)
  console.log(
    `  index ${indexing.ms.toFixed(0)} ms (${mb(size / (indexing.ms / 1000))} MB/s), +${mb(indexing.bytes)} MB, delay ${indexing.delayMs.toFixed(1)} ms; file ${mb((await stat(index)).size)} MB`,
  )
  console.log(`  page ${median(pages).toFixed(1)} ms`)
  for (const [name, { ms, firstMs }] of Object.entries(formats)) {
    const tool =
      name === 'json' ? null : median([1, 2, 3].map(() => toolMs(report, name as 'text' | 'markdown')))
    const times = tool === null ? '' : `, diffoscope ${tool.toFixed(0)} ms: ${(tool / ms).toFixed(1)}×`
    console.log(`  ${name} ${ms.toFixed(0)} ms (first bytes, when cold: ${firstMs.toFixed(1)} ms)${times}`)
  }
}

function inProcess<T>(name: string, report: string, index: string): T {
  const script = fileURLToPath(import.meta.url)
  const args = ['--import', 'tsx', script, `--task=${name}`, report, index]
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as T
}
