/**
 * How fast, and how soon, are stored reports served over HTTP, and what does that cost other requests?
 *
 * Method: the built service on a real PostgreSQL with a filled cache, a client that reads raw sockets, and
 * the references, each in a separate process. The reports are those of the bench `report`. References
 * alternate with the service in the same run: for JSON a bare `node:http` server that streams the same file;
 * for text and Markdown a whole process of `diffoscope --load-existing-diff` whose output is discarded. Its
 * HTML takes over a minute for 60 MB, so it is measured once, and only with `--html`. Results are medians of
 * the rounds. First bytes are measured 15 times on a service that has just been started, with the indexes on
 * disk; each request has a different query, so that none is served from memory. Text and Markdown of large
 * reports are cached on disk at the second request, small renderings in memory at the first: `text` is the
 * first rendering, `text again` a cached one. Then the largest report is fetched in four formats at once,
 * while `/health` is requested every 10 ms: first without cached renderings, then with them.
 *
 * Requirements: `×` of 0.8 for JSON, 4 (10 is the aim) for text and Markdown, 100 for HTML where the tool
 * takes over 20 s (else under 1 s); first bytes within 50 ms; beside four renderings less than 100 MB above
 * the idle service, `/health` within 20 ms (p99) and 50 ms (worst).
 *
 * `npm run bench serving [--html] [--part=speed|first-bytes|memory] [FILE.json …]`: other reports, or only
 * one part.
 */
import { Agent, get } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { startBareServer } from './kit/bare-server.ts'
import { startDownloader } from './kit/downloads.ts'
import { type BenchReport, benchReports, toolMs } from './kit/reports.ts'
import { residentBytes, startBenchService } from './kit/service.ts'
import { median, share } from './kit/stats.ts'

const FORMATS = {
  json: 'application/json',
  text: 'text/plain',
  markdown: 'text/markdown',
  html: 'text/html',
} as const
type Format = keyof typeof FORMATS
const FIRST_BYTES = 15
/** Formats whose renderings are cached on disk, for reports of 4 MB and more. */
const CACHED_FORMATS: readonly Format[] = ['text', 'markdown']
/** All renderings of smaller reports are cached in memory. */
const SMALL_BYTES = 200e3
/** Larger reports get fewer rounds. */
const LARGE_BYTES = 200e6

const args = process.argv.slice(2)
const withHtmlTool = args.includes('--html')
const reports = await benchReports(args.filter((arg) => !arg.startsWith('--')))
const part = args.find((arg) => arg.startsWith('--part='))?.slice('--part='.length)
const isSelected = (name: 'speed' | 'first-bytes' | 'memory') => part === undefined || part === name
const downloader = startDownloader()
const service = await startBenchService(
  reports.flatMap((report) =>
    Array.from({ length: roundsOf(report) }, (_, round) => ({
      name: pairOf(report, round),
      report: report.path,
    })),
  ),
)
let queries = 0
try {
  for (const report of reports) await makeIndexes(report)
  if (isSelected('speed')) for (const report of reports) await compareSpeed(report)
  await service.restart()
  if (isSelected('first-bytes')) for (const report of reports) await firstBytes(report)
  await service.restart()
  if (isSelected('memory')) {
    await service.forgetRenderings()
    const largest = reports.at(-1) as BenchReport
    await measureOthers(largest)
    for (const format of CACHED_FORMATS) await downloader.fetch(request(largest, format))
    await service.restart()
    await measureOthers(largest, ', with cached renderings')
  }
} finally {
  downloader.stop()
  await service.stop()
}

function isSmall({ sizeBytes }: BenchReport): boolean {
  return sizeBytes < SMALL_BYTES
}

function roundsOf(report: BenchReport): number {
  return isSmall(report) ? 25 : report.sizeBytes > LARGE_BYTES ? 3 : 5
}

/** Each round has its own pair of runs with the same report. */
function pairOf({ name }: BenchReport, round: number): string {
  return `${name}-${round}`
}

interface RequestOptions {
  /** Default: the first. */
  readonly round?: number
  readonly filtered?: boolean
  /** Adds a query that no other request has, so that the response is not cached in memory. */
  readonly isUnique?: boolean
}

function request(
  report: BenchReport,
  format: Format,
  { round = 0, filtered, isUnique }: RequestOptions = {},
) {
  const pair = pairOf(report, round)
  const query = `${isUnique ? `css_url=/${queries++}.css&` : ''}${filtered ? 'filter_boring' : ''}`
  return { url: `${service.url}/diffoscope/${pair}-old/${pair}-new?${query}`, accept: FORMATS[format] }
}

async function makeIndexes(report: BenchReport): Promise<void> {
  for (let round = 0; round < roundsOf(report); round++)
    await downloader.fetch({ ...request(report, 'json', { round, isUnique: true }), firstByteOnly: true })
  await downloader.fetch({ ...request(report, 'json', { filtered: true }), firstByteOnly: true })
}

async function compareSpeed(report: BenchReport): Promise<void> {
  console.log(`${report.name}: ${(report.sizeBytes / 1e6).toFixed(2)} MB`)
  const bare = await startBareServer({ file: report.path })
  const references: Record<Format, () => Promise<number> | number> = {
    json: () => fetchMs({ url: bare.url, accept: FORMATS.json }),
    text: () => toolMs(report.path, 'text'),
    markdown: () => toolMs(report.path, 'markdown'),
    html: () => toolMs(report.path, 'html'),
  }
  for (const format of Object.keys(FORMATS) as Format[]) {
    const hasReference = format !== 'html' || (withHtmlTool && report.sizeBytes < LARGE_BYTES)
    const [times, referenceTimes, timesAgain]: [number[], number[], number[]] = [[], [], []]
    for (let round = 0; round < roundsOf(report); round++) {
      if (hasReference && (format !== 'html' || round === 0)) referenceTimes.push(await references[format]())
      // The first request of a pair makes the rendering, the second one caches it, the third one reads it.
      const fetchRound = () => fetchMs(request(report, format, { round }))
      times.push(await fetchRound())
      if (isSmall(report)) timesAgain.push(await fetchRound())
      else if (CACHED_FORMATS.includes(format)) {
        await fetchRound()
        timesAgain.push(await fetchRound())
      }
    }
    const name = format === 'json' ? 'bare server' : 'diffoscope'
    console.log(`  ${format} ${compared(times, referenceTimes, name)}`)
    if (timesAgain.length > 0) console.log(`  ${format} again ${compared(timesAgain, referenceTimes, name)}`)
  }
  bare.stop()
}

function compared(times: readonly number[], referenceTimes: readonly number[], name: string): string {
  if (referenceTimes.length === 0) return ms(median(times))
  const ratio = (of: (values: readonly number[]) => number) =>
    `${(of(referenceTimes) / of(times)).toFixed(2)}×`
  return `${ms(median(times))}, ${name} ${ms(median(referenceTimes))}: ${ratio(median)} (best: ${ratio((values) => Math.min(...values))})`
}

async function fetchMs(download: { url: string; accept: string }): Promise<number> {
  const [downloaded] = await downloader.fetch(download)
  return downloaded.ms
}

async function firstBytes(report: BenchReport): Promise<void> {
  console.log(`${report.name}, first bytes: median and worst of ${FIRST_BYTES}, in ms; filtered`)
  for (const format of Object.keys(FORMATS) as Format[]) {
    const results: string[] = []
    for (const filtered of [false, true]) {
      const times: number[] = []
      for (let at = 0; at < FIRST_BYTES; at++) {
        const [downloaded] = await downloader.fetch({
          ...request(report, format, { filtered, isUnique: true }),
          firstByteOnly: true,
        })
        times.push(downloaded.firstMs)
      }
      results.push(`${median(times).toFixed(1)} ${Math.max(...times).toFixed(1)}`)
    }
    console.log(`  ${format}: ${results.join('; ')}`)
  }
}

async function measureOthers(report: BenchReport, how = ''): Promise<void> {
  const agent = new Agent({ keepAlive: true })
  // Loads the code of both before anything is measured.
  await Promise.all([eventLoopDelay(agent), health(agent)])
  await sleep(2000)
  const idle = residentBytes(service.pid)
  await eventLoopDelay(agent)
  let peak = 0
  const times: number[] = []
  let fetching = true
  const fetched = downloader
    .fetch(...(Object.keys(FORMATS) as Format[]).map((format) => request(report, format)))
    .finally(() => (fetching = false))
  while (fetching) {
    const start = performance.now()
    await health(agent)
    times.push(performance.now() - start)
    peak = Math.max(peak, residentBytes(service.pid))
    await sleep(10)
  }
  const all = await fetched
  const delay = await eventLoopDelay(agent)
  agent.destroy()
  const [longest] = all.map((each) => each.ms).sort((a, b) => b - a)
  console.log(`${report.name}, four formats at once${how}: complete after ${ms(longest as number)}`)
  console.log(`  memory: ${mb(idle)} idle, +${mb(peak - idle)} at most`)
  console.log(
    `  /health, ${times.length} times: p50 ${share(times, 0.5).toFixed(1)}, p99 ${share(times, 0.99).toFixed(1)}, worst ${Math.max(...times).toFixed(1)} ms; longest delay of the event loop ${(delay * 1000).toFixed(1)} ms`,
  )
}

function health(agent: Agent): Promise<string> {
  return fetchText('/health', agent)
}

/** The longest delay since the last call, in seconds. */
async function eventLoopDelay(agent: Agent): Promise<number> {
  const line = /^nodejs_eventloop_lag_max_seconds (.+)$/m.exec(await fetchText('/metrics', agent))
  return Number(line?.[1])
}

function fetchText(path: string, agent: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    get(service.url + path, { agent }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk) => (text += chunk))
      response.on('end', () => resolve(text))
    }).on('error', reject)
  })
}

function ms(value: number): string {
  return value < 10 ? `${value.toFixed(1)} ms` : `${value.toFixed(0)} ms`
}

function mb(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`
}
