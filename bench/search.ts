/**
 * How fast is a report searched, and when are the first hits there?
 *
 * Method: the reports of `bench/report.ts`. Each search runs page by page in the process that serves searches, as in the service, until the
 * report has been searched to its end; the reports are indexed before. *nothing* has no match, so it reads everything; *ignoring case* and the
 * patterns likewise: each match of *pattern* contains one of two texts, those of *pattern without texts* none that are known. *first hits* is the
 * time to the first page of 20 hits of a text that is near the end of the report. Each search runs five times; the result is the median.
 * Yardsticks: `grep -c` for the same text in the JSON, and reading the file.
 *
 * How to read the results: searching for nothing should take less than 0.3 s for 60 MB, and 2.5 s for 580 MB.
 *
 * `npm run bench search [FILE.json …]`
 */
import { spawnSync } from 'node:child_process'
import { createReadStream } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { JobProcesses } from '../src/diff/processes/job-processes.ts'
import { openReport } from '../src/diff/report/open-report.ts'
import { type FoundPage, ReportSearches, type SearchRequest } from '../src/diff/search/report-searches.ts'
import type { Run } from '../src/model.ts'
import { benchReports } from './kit/reports.ts'
import { median } from './kit/stats.ts'

const ROUNDS = 5
const NOTHING = 'this is nowhere'
const QUERY = { text: NOTHING, isPattern: false, ignoreCase: false, side: 'BOTH', first: 20 } as const
const RUN: Run = {
  ...{
    id: 'bench',
    codebase: 'bench',
    campaign: 'bench',
    source: null,
    version: null,
    resultCode: 'success',
  },
  ...{ startTime: null, finishTime: null, revision: null, mainBranchRevision: null, changeSet: null },
}

const dir = await mkdtemp(join(tmpdir(), 'differ-bench-'))
const threads = new JobProcesses(new URL('../src/diff/job-process.mjs', import.meta.url))
const searches = new ReportSearches(threads)
try {
  for (const { name, path, sizeBytes } of await benchReports(process.argv.slice(2)))
    await measure(name, path, sizeBytes)
} finally {
  await threads.close()
  await rm(dir, { recursive: true, force: true })
}

async function measure(name: string, path: string, sizeBytes: number): Promise<void> {
  const indexPath = join(dir, name)
  const report = await openReport(path, `${indexPath}.index`)
  const { digest } = report
  const text = await lateText(report)
  await report.close()
  const { mtimeMs } = await stat(path)
  const entry = {
    ...({ kind: 'diffoscope', oldId: 'bench', newId: 'bench', path, indexPath, renderingsDir: dir } as const),
    ...{
      ...{ key: 'key', stampPath: '', accessTimePath: '' },
      fallbackIndexPath: null,
      sizeBytes,
      modifiedMs: mtimeMs,
      verified: true,
      origin: {},
      sharedVersion: null,
    },
  }
  const runs = { pair: { old: RUN, new: RUN }, file: null }
  const searched = { entry, ...runs, digest, options: { filterBoring: false } }
  const page = (request: SearchRequest) => searches.page(searched, request, {})
  const whole = async (query: Partial<SearchRequest>) => {
    for (let after: string | null = null; ; ) {
      const { hasNextPage, endCursor }: FoundPage = await page({ ...QUERY, ...query, after })
      if (!hasNextPage) return
      after = endCursor
    }
  }
  const first = async () => {
    for (let after: string | null = null; ; ) {
      const found: FoundPage = await page({ ...QUERY, text, after })
      if (found.hits.length > 0 || !found.hasNextPage) return
      after = found.endCursor
    }
  }
  // Starts the thread.
  await page({ ...QUERY, after: null })
  const times = {
    nothing: await medianMs(() => whole({})),
    'ignoring case': await medianMs(() => whole({ text: NOTHING.toUpperCase(), ignoreCase: true })),
    pattern: await medianMs(() => whole({ text: 'n[o]w[h]ere|\\bnoth[i]ng\\d', isPattern: true })),
    'pattern ignoring case': await medianMs(() =>
      whole({ text: 'n[o]w[h]ere|\\bnoth[i]ng\\d', isPattern: true, ignoreCase: true }),
    ),
    'pattern without texts': await medianMs(() =>
      whole({ text: '\\b[a-f]{2}\\d[^ -~][g-z]{3}\\d[A-Z]{2}', isPattern: true }),
    ),
    'first hits': await medianMs(first),
    grep: await medianMs(async () => void spawnSync('grep', ['-c', NOTHING, path])),
    reading: await medianMs(async () => {
      for await (const _ of createReadStream(path, { highWaterMark: 1 << 20 }));
    }),
  }
  const shown = Object.entries(times).map(([what, ms]) => `${what} ${ms.toFixed(0)} ms`)
  console.log(`${name}, ${(sizeBytes / 1e6).toFixed(1)} MB: ${shown.join(', ')}`)
}

/** The text of a line near the end of a report. */
async function lateText(report: Awaited<ReturnType<typeof openReport>>): Promise<string> {
  for (let node = report.counts.nodes - 1; node > 0; node -= 1) {
    const [hunk] = await report.hunks(node, 0, 1)
    if (!hunk) continue
    for await (const [line] of report.lines(hunk, { count: 1 })) return line?.text.slice(0, 60) || ' '
  }
  return ' '
}

async function medianMs(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    const started = performance.now()
    await work()
    times.push(performance.now() - started)
  }
  return median(times)
}
