/**
 * How does the page feel, in a real browser, on reports of any size?
 *
 * Method: the built service on a real PostgreSQL with a filled cache, and Debian's Chromium with an empty profile for each report, on the same two processors.
 * *First view* is from the start of the navigation until the first line of the report is painted, *first list* the same for the list of runs. *Middle* is from
 * dragging the scroll bar to the middle until lines are there. Then it is scrolled for three seconds by the wheel, 100 pixels each frame: the times between frames, and how
 * long the page's own thread was held up at most. *Memory* is the page's JavaScript heap after a collection, at first and after 100 jumps to anywhere.
 * Yardstick: the same of a page with the first 300 lines and nothing else, which scrolls natively.
 *
 * Reading: asked is a first view under 1 s, and that a report of 580 MB feels like one of 20 KB.
 *
 * `npm run bench web`; `--keep` leaves the service running, for people to look.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, type CDPSession, chromium, type Page } from 'playwright-core'
import { benchReports } from './kit/reports.ts'
import { startBenchService } from './kit/service.ts'
import { median, share } from './kit/stats.ts'

const SCROLL_MS = 3000
const JUMPS = 100
const ROUNDS = 3

const args = process.argv.slice(2)
const reports = await benchReports(args.filter((arg) => !arg.startsWith('--')))
const service = await startBenchService(reports.map(({ name, path }) => ({ name, report: path })))
try {
  if (args.includes('--keep')) {
    for (const { name } of reports) console.log(`${service.url}/compare/${name}-old/${name}-new`)
    await new Promise((told) => process.once('SIGINT', told))
  } else {
    await inBrowser(async (page) => {
      const list = await firstViews(page, service.url, '.runs tbody tr')
      console.log(`list of runs, first view: ${list} ms`)
    })
    await inBrowser(yardstick)
    for (const { name, sizeBytes } of reports) {
      const address = `${service.url}/compare/${name}-old/${name}-new?view=diffoscope`
      // Indexes are made once, by whoever comes first.
      await fetch(`${service.url}/diffoscope/${name}-old/${name}-new`, {
        headers: { accept: 'text/plain' },
      }).then((answer) => answer.body?.cancel())
      await inBrowser((page, debug) => measure(page, debug, name, sizeBytes, address))
    }
  }
} finally {
  await service.stop()
}

async function inBrowser(work: (page: Page, debug: CDPSession) => Promise<void>): Promise<void> {
  const profile = await mkdtemp(join(tmpdir(), 'differ-bench-chromium-'))
  let context: BrowserContext | null = null
  try {
    context = await chromium.launchPersistentContext(profile, {
      executablePath: '/usr/bin/chromium',
      headless: true,
      viewport: { width: 1280, height: 800 },
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--js-flags=--expose-gc',
      ],
    })
    const page = await context.newPage()
    await work(page, await context.newCDPSession(page))
  } finally {
    await context?.close()
    await rm(profile, { recursive: true, force: true })
  }
}

/** The median of visits with an empty cache, in milliseconds. */
async function firstViews(page: Page, address: string, what: string): Promise<number> {
  const times: number[] = []
  const debug = await page.context().newCDPSession(page)
  for (let round = 0; round < ROUNDS; round += 1) {
    await page.goto('about:blank')
    await debug.send('Network.clearBrowserCache')
    await page.goto(address, { waitUntil: 'commit' })
    times.push(
      await page
        .waitForFunction((selector) => document.querySelector(selector) !== null && performance.now(), what, {
          polling: 'raf',
        })
        .then((handle) => handle.jsonValue() as Promise<number>),
    )
  }
  return Math.round(median(times))
}

async function measure(page: Page, debug: CDPSession, name: string, sizeBytes: number, address: string) {
  const first = await firstViews(page, address, '.document .line')
  const before = await heap(debug)
  const middle = await jump(page, 0.5)
  const frames = await wheel(page)
  const jumps: number[] = []
  for (let i = 0; i < JUMPS; i += 1) jumps.push(await jump(page, ((i * 37) % 100) / 100))
  const after = await heap(debug)
  console.log(
    `${name}, ${(sizeBytes / 1e6).toFixed(2)} MB: first view ${first} ms, middle ${middle} ms (anywhere p50 ${Math.round(median(jumps))}, worst ${Math.round(Math.max(...jumps))}); ${frames}; heap ${before} → ${after} MB, ${await page.locator('.document *').count()} elements`,
  )
}

async function yardstick(page: Page) {
  const lines = Array.from({ length: 300 }, (_, i) => `<div>${`line ${i} `.repeat(10)}</div>`).join('')
  await page.setContent(
    `<div class=document style="height:600px;overflow:auto;font:13px/20px monospace">${lines.repeat(10)}</div>`,
  )
  console.log(`plain page: ${await wheel(page)}`)
}

/** Milliseconds until lines are seen where the scroll bar was dragged to. */
async function jump(page: Page, to: number): Promise<number> {
  const took = await page.evaluate(async (part) => {
    const view = document.querySelector('.document') as HTMLElement
    const start = performance.now()
    view.scrollTop = part * (view.scrollHeight - view.clientHeight)
    const box = view.getBoundingClientRect()
    for (;;) {
      await new Promise(requestAnimationFrame)
      const seen = document.elementFromPoint(box.left + 200, box.top + box.height / 2)
      if (seen?.closest('.line, .row, .head, .hunk-head') || performance.now() - start > 10_000)
        return performance.now() - start
    }
  }, to)
  return Math.round(took)
}

/** Scrolls by the wheel, and says how evenly frames came. */
async function wheel(page: Page): Promise<string> {
  const { frames, longest } = await page.evaluate(async (forMs) => {
    const view = document.querySelector('.document') as HTMLElement
    const frames: number[] = []
    let longest = 0
    const observer = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) longest = Math.max(longest, duration)
    })
    observer.observe({ type: 'longtask' })
    const end = performance.now() + forMs
    for (let last = performance.now(); last < end; ) {
      view.scrollBy(0, 100)
      const now = (await new Promise(requestAnimationFrame)) as number
      frames.push(now - last)
      last = now
    }
    observer.disconnect()
    return { frames: frames.slice(2), longest }
  }, SCROLL_MS)
  const at = (part: number) => share(frames, part).toFixed(0)
  return `frames p50 ${at(0.5)}, p99 ${at(0.99)}, worst ${at(1)} ms, longest task ${Math.round(longest)} ms`
}

async function heap(debug: CDPSession): Promise<string> {
  await debug.send('HeapProfiler.enable')
  await debug.send('HeapProfiler.collectGarbage')
  const { usedSize } = await debug.send('Runtime.getHeapUsage')
  return (usedSize / 1e6).toFixed(1)
}
