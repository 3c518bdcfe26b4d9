/**
 * How fast is a report indexed, read and rendered, and does its size matter?
 *
 * Method: the reports compare the two newest versions of packages of very different size that this machine's
 * archive offers. The real diffoscope makes each of them once. The largest report consists of ten copies of
 * the second largest and is longer than Node.js' longest string. Indexing and the first page are measured in
 * new processes, from the moment when the modules are loaded; memory is what is added to that of the process
 * at this moment. Each format is rendered five times in one process, as in a service; the result is the
 * median. For comparison, `diffoscope --load-existing-diff` is run three times as a whole process; the result
 * is the median.
 *
 * How to read the results: `index` should be at least 300 MB/s for large reports, and take less than 64 MB.
 * `page` (open a report, read 50 nodes, 50 hunks and 100 lines) should take less than 10 ms for every report.
 * `×` is how many times faster than diffoscope a format is. `delay` is the longest time for which indexing
 * blocked the event loop.
 *
 * `npm run bench report [FILE.json …]` measures the given reports instead.
 */
import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { loadZstd } from '../src/diff/content/zstd.ts'
import { diffoscopeJson } from '../src/diff/rendering/diffoscope/diffoscope-json.ts'
import { diffoscopeMarkdown } from '../src/diff/rendering/diffoscope/diffoscope-markdown.ts'
import { diffoscopeText } from '../src/diff/rendering/diffoscope/diffoscope-text.ts'
import { ensureIndex, openReport } from '../src/diff/report/open-report.ts'
import { benchReports, toolMs } from './kit/reports.ts'
import { median } from './kit/stats.ts'

const FORMATS = { text: diffoscopeText, markdown: diffoscopeMarkdown, json: diffoscopeJson }

/** What a child process measures, by the name of the task. Times are in milliseconds. */
const tasks: Record<string, (report: string, index: string) => Promise<unknown>> = {
  async index(report, index) {
    const rssBefore = process.memoryUsage().rss
    const delay = monitorEventLoopDelay({ resolution: 1 })
    delay.enable()
    const startMs = performance.now()
    await ensureIndex(report, index)
    const ms = performance.now() - startMs
    delay.disable()
    return { ms, bytes: process.resourceUsage().maxRSS * 1024 - rssBefore, delayMs: delay.max / 1e6 }
  },
  async page(path, index) {
    // As a service does at its start.
    await loadZstd()
    const startMs = performance.now()
    const report = await openReport(path, index)
    const nodes = await report.nodes(Math.floor(report.counts.nodes / 2), 50)
    const changed = nodes.find(({ diff }) => diff !== null && diff.hunks > 0)
    const hunks = changed ? await report.hunks(changed.ordinal, 0, 50) : []
    if (hunks[0]) for await (const _ of report.lines(hunks[0], { count: 100 }));
    const ms = performance.now() - startMs
    await report.close()
    return { ms }
  },
  async memory(path, index) {
    await loadZstd()
    const report = await openReport(path, index)
    const rssBefore = process.memoryUsage().rss
    for (const format of Object.values(FORMATS)) for await (const _ of format(report));
    await report.close()
    return { bytes: process.resourceUsage().maxRSS * 1024 - rssBefore }
  },
  async formats(path, index) {
    const report = await openReport(path, index)
    const result: Record<string, { ms: number; firstMs: number }> = {}
    for (const [name, format] of Object.entries(FORMATS)) {
      const times: number[] = []
      const firstTimes: number[] = []
      for (let round = 0; round < 5; round++) {
        const startMs = performance.now()
        let bytes = 0
        for await (const chunk of format(report)) {
          if (bytes === 0) firstTimes.push(performance.now() - startMs)
          bytes += chunk.length
        }
        times.push(performance.now() - startMs)
      }
      result[name] = { ms: median(times), firstMs: firstTimes[0] ?? 0 }
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
    const factor = tool === null ? '' : `, diffoscope ${tool.toFixed(0)} ms: ${(tool / ms).toFixed(1)}×`
    console.log(
      `  ${name} ${ms.toFixed(0)} ms (first bytes of the first time: ${firstMs.toFixed(1)} ms)${factor}`,
    )
  }
}

/** Runs a task in a new process. */
function inProcess<T>(name: string, report: string, index: string): T {
  const script = fileURLToPath(import.meta.url)
  const args = ['--import', 'tsx', script, `--task=${name}`, report, index]
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as T
}
