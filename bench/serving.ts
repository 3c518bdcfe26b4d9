/**
 * How fast are stored reports served over HTTP, how soon, and what becomes of others meanwhile?
 *
 * Method: the built service on a real PostgreSQL with a filled cache, a client that reads raw sockets, and the yardsticks, each in a process of its own. Reports as
 * in `report`. Yardsticks take turns with the service, in the same run: for JSON a bare `node:http` server that streams the same file; for text and Markdown
 * `diffoscope --load-existing-diff` as a whole process that prints to nowhere. Its HTML takes over a minute for 60 MB, so that is measured once, and only with `--html`. The median of
 * the rounds counts. First bytes come from a service that has just been started, with the indexes on disk, 15 times each; there every request has a query of its own, so that none is
 * answered from memory. Text and Markdown of large reports are kept on the disk when they are asked for again, all formats of small ones in memory at once: `text` is the first rendering,
 * `text again` one that is kept. Then the largest report is fetched in
 * four formats at once, while `/health` is asked every 10 ms: first with nothing kept, then again.
 *
 * Reading: asked are `×` of 0.8 for JSON, 4 (10 is the aim) for text and Markdown, 100 for HTML where the tool takes over 20 s (else under 1 s); first bytes
 * under 50 ms; beside four renderings under 100 MB more than the idle service has, `/health` within 20 ms (p99) and 50 ms (worst).
 *
 * `npm run bench serving [--html] [--part=speed|first-bytes|memory] [FILE.json …]`: given reports instead, a part only.
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
/** Renderings of these formats are kept on the disk, of reports of 4 MB and more. */
const KEPT_FORMATS: readonly Format[] = ['text', 'markdown']
/** Of smaller ones all are kept in memory. */
const SMALL_BYTES = 200e3
/** Reports of this size get fewer rounds. */
const LARGE_BYTES = 200e6

const args = process.argv.slice(2)
const withHtmlTool = args.includes('--html')
const reports = await benchReports(args.filter((arg) => !arg.startsWith('--')))
const part = args.find((arg) => arg.startsWith('--part='))?.slice('--part='.length)
const does = (name: 'speed' | 'first-bytes' | 'memory') => part === undefined || part === name
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
  if (does('speed')) for (const report of reports) await compareSpeed(report)
  await service.restart()
  if (does('first-bytes')) for (const report of reports) await firstBytes(report)
  await service.restart()
  if (does('memory')) {
    await service.forgetRenderings()
    await besideOthers(reports.at(-1) as BenchReport)
    for (const format of KEPT_FORMATS) await downloader.fetch(request(reports.at(-1) as BenchReport, format))
    await service.restart()
    await besideOthers(reports.at(-1) as BenchReport, ', kept where they are kept')
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

/** Each round has a pair of its own of the same report. */
function pairOf({ name }: BenchReport, round: number): string {
  return `${name}-${round}`
}

interface Asked {
  /** Default: the first. */
  readonly round?: number
  readonly filtered?: boolean
  /** A query that no other request has: nothing kept in memory answers it. */
  readonly isUnique?: boolean
}

function request(report: BenchReport, format: Format, { round = 0, filtered, isUnique }: Asked = {}) {
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
  const yardsticks: Record<Format, () => Promise<number> | number> = {
    json: () => fetchMs({ url: bare.url, accept: FORMATS.json }),
    text: () => toolMs(report.path, 'text'),
    markdown: () => toolMs(report.path, 'markdown'),
    html: () => toolMs(report.path, 'html'),
  }
  for (const format of Object.keys(FORMATS) as Format[]) {
    const hasYardstick = format !== 'html' || (withHtmlTool && report.sizeBytes < LARGE_BYTES)
    const [ours, theirs, again]: [number[], number[], number[]] = [[], [], []]
    for (let round = 0; round < roundsOf(report); round++) {
      if (hasYardstick && (format !== 'html' || round === 0)) theirs.push(await yardsticks[format]())
      // A pair that nobody has asked for: made, made and kept, read.
      const ask = () => fetchMs(request(report, format, { round }))
      ours.push(await ask())
      if (isSmall(report)) again.push(await ask())
      else if (KEPT_FORMATS.includes(format)) {
        await ask()
        again.push(await ask())
      }
    }
    const yardstick = format === 'json' ? 'bare server' : 'diffoscope'
    console.log(`  ${format} ${beside(ours, theirs, yardstick)}`)
    if (again.length > 0) console.log(`  ${format} again ${beside(again, theirs, yardstick)}`)
  }
  bare.stop()
}

function beside(ours: readonly number[], theirs: readonly number[], yardstick: string): string {
  if (theirs.length === 0) return ms(median(ours))
  const ratio = (of: (times: readonly number[]) => number) => `${(of(theirs) / of(ours)).toFixed(2)}×`
  return `${ms(median(ours))}, ${yardstick} ${ms(median(theirs))}: ${ratio(median)} (best: ${ratio((times) => Math.min(...times))})`
}

async function fetchMs(download: { url: string; accept: string }): Promise<number> {
  const [downloaded] = await downloader.fetch(download)
  return downloaded.ms
}

async function firstBytes(report: BenchReport): Promise<void> {
  console.log(`${report.name}, first bytes: median and worst of ${FIRST_BYTES}, in ms; filtered`)
  for (const format of Object.keys(FORMATS) as Format[]) {
    const figures: string[] = []
    for (const filtered of [false, true]) {
      const times: number[] = []
      for (let at = 0; at < FIRST_BYTES; at++) {
        const [downloaded] = await downloader.fetch({
          ...request(report, format, { filtered, isUnique: true }),
          firstByteOnly: true,
        })
        times.push(downloaded.firstMs)
      }
      figures.push(`${median(times).toFixed(1)} ${Math.max(...times).toFixed(1)}`)
    }
    console.log(`  ${format}: ${figures.join('; ')}`)
  }
}

async function besideOthers(report: BenchReport, how = ''): Promise<void> {
  const agent = new Agent({ keepAlive: true })
  // Both have their code loaded once before anything counts.
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
  console.log(`${report.name}, four formats at once${how}: all there after ${ms(longest as number)}`)
  console.log(`  memory: ${mb(idle)} idle, +${mb(peak - idle)} at most`)
  console.log(
    `  /health, ${times.length} times: p50 ${share(times, 0.5).toFixed(1)}, p99 ${share(times, 0.99).toFixed(1)}, worst ${Math.max(...times).toFixed(1)} ms; longest hold-up of the event loop ${(delay * 1000).toFixed(1)} ms`,
  )
}

function health(agent: Agent): Promise<string> {
  return ask('/health', agent)
}

/** Seconds, since it was asked for the last time. */
async function eventLoopDelay(agent: Agent): Promise<number> {
  const line = /^nodejs_eventloop_lag_max_seconds (.+)$/m.exec(await ask('/metrics', agent))
  return Number(line?.[1])
}

function ask(path: string, agent: Agent): Promise<string> {
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
