/**
 * Reads a report in every way and prints the results. huge.test.ts runs it as a process with a small heap.
 */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { diffoscopeJson } from '../../../src/diff/rendering/diffoscope/diffoscope-json.ts'
import { diffoscopeMarkdown } from '../../../src/diff/rendering/diffoscope/diffoscope-markdown.ts'
import { diffoscopeText } from '../../../src/diff/rendering/diffoscope/diffoscope-text.ts'
import { openReport } from '../../../src/diff/report/open-report.ts'
import { inspectReport } from '../../../src/diff/report/scan/inspect.ts'
import type { ReportHunk } from '../../../src/diff/report/types.ts'

const [path, index] = process.argv.slice(2) as [string, string]

async function digest(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of stream) hash.update(chunk)
  return hash.digest('hex')
}

const { nodes } = await inspectReport(path)
const report = await openReport(path, index)
const [hunk] = (await report.hunks(1, 0, 1)) as [ReportHunk]
const last = []
for await (const batch of report.lines(hunk, { from: hunk.lines - 1 })) last.push(...batch)
const [text, markdown, json] = await Promise.all(
  [diffoscopeText, diffoscopeMarkdown, diffoscopeJson].map((format) => digest(format(report))),
)
await report.close()
// Not `resourceUsage().maxRSS`: Linux lets a new program inherit that peak from the process that started it.
const status = await readFile('/proc/self/status', 'utf8')
const peakBytes = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024
console.log(JSON.stringify({ nodes, counts: report.counts, last, text, markdown, json, peakBytes }))
