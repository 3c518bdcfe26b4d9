/**
 * How does the page feel, in a real browser, on packages and reports of any size?
 *
 * Method: the built service on a real PostgreSQL, and Debian's Chromium with an empty profile for each part, on the same two processors, in a window of
 * 1440 × 900 pixels. Times are from the start of the navigation, or from the click, until the element is in the document, in the next frame.
 * - `summary`: from a click in the list of runs until names, versions and sizes and until the verdict, of a summary that must be made (the first click)
 *   and of one that is cached.
 * - `views`: each view as the first page, with an empty cache.
 * - `reports`: the first paint and the first lines with an empty cache; the middle from dragging the scroll bar until lines are there; then it scrolls for
 *   three seconds, 100 pixels each frame. Yardstick: the same of a page with 3,000 lines and nothing else.
 * - `leak`: 200 navigations between the list and the views of a comparison.
 * - `slow`: an empty cache on a line of 400 kbit/s, with 400 ms until the first byte of each response.
 *
 * Reading: asked is a first paint under 400 ms, first lines under 750 ms, a verdict 300 ms after a click, frames of 17 ms (p99), no task over 50 ms, layout
 * shifts under 0.05, no growth over 200 navigations, on the slow line a verdict within 2.5 s, and at most 90 KB of compressed script.
 *
 * `npm run bench web [-- --part=NAME]`; `--keep` leaves the service running, for people to look.
 */
import type { CDPSession, Page } from 'playwright-core'
import {
  collectedIn,
  forgetCollected,
  inBrowser,
  leftovers,
  SLOW_LINE,
  untilThere,
  type Visit,
  visits,
} from './kit/browser.ts'
import { twoVersions } from './kit/packages.ts'
import { benchReports } from './kit/reports.ts'
import { type BenchPair, type BenchService, startBenchService } from './kit/service.ts'
import { median, share } from './kit/stats.ts'

const PACKAGES = ['nginx-common', 'curl', 'sudo', 'libssl3', 'git', 'libc6']
const SCROLL_MS = 3000
const JUMPS = 50
const CLICKS = 5
const NAVIGATIONS = 200

const LIST = '.runs tbody tr'
const VERDICT = '.verdict-text'
/** The packages of both runs, while there is no verdict. */
const NAMES = '.reading ~ *'
const LINES = '.document .line'

/** The other views of a comparison, and what is there when they have loaded. */
const VIEWS = [
  ['files', '.card .line'],
  ['packages', '.packages'],
  ['diffoscope&noise=1', LINES],
  ['diffoscope&noise=1&lines=split', '.document .row'],
] as const

/** Keys that lead from the list to three views and back, and what is there then. */
const TOUR = [
  ['Enter', VERDICT],
  ['5', LINES],
  ['4', '.packages'],
  ['g', `${LIST} a.compare`],
] as const

const args = process.argv.slice(2)
const reports = await benchReports(args.filter((arg) => !arg.startsWith('--')))
const packages = await packagesOf([...new Set([...PACKAGES, ...reports.map(({ name }) => name)])])
const service = await startBenchService([
  ...reports.map(({ name, path }): BenchPair => {
    const files = packages.get(name)
    return { name, report: path, ...(files && { packages: files }) }
  }),
  ...[...packages].flatMap(([name, files]) =>
    reports.some((report) => report.name === name) ? [] : [{ name, packages: files }],
  ),
])
try {
  if (args.includes('--keep')) {
    for (const name of packages.keys()) console.log(urlOf(service, name))
    await new Promise((stopped) => process.once('SIGINT', stopped))
  } else {
    const parts = {
      summary: measureSummaries,
      views: measureViews,
      reports: measureReports,
      leak: measureLeak,
      slow: measureSlowLine,
    }
    for (const [name, part] of Object.entries(parts))
      if (!args.some((arg) => arg.startsWith('--part=')) || args.includes(`--part=${name}`)) await part()
  }
} finally {
  await service.stop()
}

async function packagesOf(names: readonly string[]) {
  const found = new Map<string, NonNullable<Awaited<ReturnType<typeof twoVersions>>>>()
  for (const name of names) {
    const files = await twoVersions(name)
    if (files) found.set(name, files)
  }
  return found
}

function urlOf({ url }: BenchService, name: string, query = ''): string {
  return `${url}/compare/${name}-old/${name}-new${query}`
}

async function measureSummaries() {
  await inBrowser(async (page, debug) => {
    for (const [what, url, selector] of [
      ['list', `${service.url}/?control=1`, LIST],
      ['queue', `${service.url}/queue`, '.job, .empty'],
    ] as const)
      console.log(`${what}: ${described(await visits(page, debug, url, selector))}`)
    const sizes = await page.evaluate(() =>
      (performance.getEntriesByType('resource') as PerformanceResourceTiming[])
        .filter(({ name }) => /\.(js|css)$/.test(name))
        .map(({ name, encodedBodySize }) => `${name.split('.').at(-1)} ${encodedBodySize} bytes`),
    )
    console.log(`compressed: ${sizes.join(', ')}`)
    for (const name of packages.keys()) {
      const first = await click(page, debug, name)
      const later: number[] = []
      for (let i = 0; i < CLICKS; i += 1) later.push((await click(page, debug, name)).verdictMs)
      const visit = await visits(page, debug, urlOf(service, name), VERDICT)
      console.log(
        `${name}, after a click: names ${first.namesMs} ms, verdict ${first.verdictMs} ms, cached p50 ${median(later)} ms, worst ${Math.max(...later)} ms; ` +
          `as the first page: ${described(visit)}`,
      )
    }
  })
}

/** Milliseconds from a click in the list to the names of the packages, and to the verdict. */
async function click(page: Page, debug: CDPSession, name: string) {
  await page.goto(service.url)
  await page.locator(`a.compare[href*="/${name}-new"]`).waitFor()
  await page.waitForLoadState('networkidle')
  const start = await page.evaluate((run) => {
    const start = performance.now()
    document.querySelector<HTMLElement>(`a.compare[href*="/${run}-new"]`)?.click()
    return start
  }, name)
  const names = await untilThere(debug, `${NAMES}, ${VERDICT}`)
  const verdict = await untilThere(debug, VERDICT)
  return { namesMs: Math.round(names - start), verdictMs: Math.round(verdict - start) }
}

async function measureViews() {
  const [{ name } = { name: '' }] = reports
  // The summary, from which the files are known, is made for the first reader.
  await fetch(`${service.url}/summary/${name}-old/${name}-new`).then((response) => response.body?.cancel())
  await inBrowser(async (page, debug) => {
    for (const [view, what] of VIEWS) {
      const visit = await visits(page, debug, urlOf(service, name, `?view=${view}`), what)
      console.log(`${name}, ${view}: ${described(visit)}`)
    }
  })
}

function described({ paintMs, thereMs, shift, longestTaskMs }: Visit): string {
  return `first paint ${paintMs} ms, there ${thereMs} ms, layout shift ${shift.toFixed(3)}, longest task ${longestTaskMs} ms`
}

async function measureReports() {
  await inBrowser(async (page) => {
    const lines = Array.from({ length: 300 }, (_, i) => `<div>${`line ${i} `.repeat(10)}</div>`).join('')
    await page.setContent(
      `<div class=document style="height:600px;overflow:auto;font:13px/20px monospace">${lines.repeat(10)}</div>`,
    )
    console.log(`plain page: ${await scroll(page)}`)
  })
  for (const { name, sizeBytes } of reports) {
    // The index is made for the first reader.
    await fetch(`${service.url}/diffoscope/${name}-old/${name}-new`, {
      headers: { accept: 'text/plain' },
    }).then((response) => response.body?.cancel())
    await inBrowser((page, debug) => measureReport(page, debug, name, sizeBytes))
  }
}

async function measureReport(page: Page, debug: CDPSession, name: string, sizeBytes: number) {
  const visit = await visits(page, debug, urlOf(service, name, '?view=diffoscope&noise=1'), LINES)
  const before = await leftovers(debug)
  const middle = await jump(page, 0.5)
  const frames = await scroll(page)
  const jumps: number[] = []
  for (let i = 0; i < JUMPS; i += 1) jumps.push(await jump(page, ((i * 37) % 100) / 100))
  const after = await leftovers(debug)
  console.log(
    `${name}, ${(sizeBytes / 1e6).toFixed(2)} MB: ${described(visit)}; ` +
      `middle ${middle} ms, anywhere p50 ${median(jumps)}, worst ${Math.max(...jumps)} ms; ${frames}; ` +
      `heap ${before.heapMb} → ${after.heapMb} MB, ${await page.locator('.document *').count()} elements`,
  )
}

/** Milliseconds until lines are visible where the scroll bar was dragged to. */
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

/** Scrolls down, and says how evenly frames came. */
async function scroll(page: Page): Promise<string> {
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

async function measureLeak() {
  const [name = ''] = packages.keys()
  await inBrowser(async (page, debug) => {
    await page.goto(`${service.url}/?search=${name}`)
    await untilThere(debug, `${LIST} a.compare`)
    const go = async (navigations: number) => {
      for (let i = 0; i < navigations; i += 1) {
        const [key, what] = TOUR[i % TOUR.length] ?? TOUR[0]
        if (key === 'Enter') await page.locator('a.compare').first().focus()
        await page.keyboard.press(key)
        await untilThere(debug, what)
      }
    }
    await go(5 * TOUR.length)
    const before = await leftovers(debug)
    // To collect garbage, as that did, is a task of the page.
    await forgetCollected(page)
    await go(NAVIGATIONS)
    const { longestTaskMs, shift } = await collectedIn(page)
    const after = await leftovers(debug)
    console.log(
      `${NAVIGATIONS} navigations: heap ${before.heapMb} → ${after.heapMb} MB, nodes ${before.nodes} → ${after.nodes}, ` +
        `listeners ${before.listeners} → ${after.listeners}; longest task ${longestTaskMs} ms, layout shift in all ${shift.toFixed(3)}`,
    )
  })
}

async function measureSlowLine() {
  await inBrowser(async (page, debug) => {
    // The summary is made for the first reader.
    const [name = ''] = packages.keys()
    await page.goto(urlOf(service, name))
    await untilThere(debug, VERDICT)
    await debug.send('Network.enable')
    await debug.send('Network.emulateNetworkConditions', SLOW_LINE)
    for (const [what, url, selector] of [
      ['list', service.url, LIST],
      ['verdict', urlOf(service, name), VERDICT],
      ['lines of the whole report', urlOf(service, name, '?view=diffoscope&noise=1'), LINES],
    ] as const) {
      const { paintMs, thereMs } = await visits(page, debug, url, selector)
      console.log(`slow line, ${what}: first paint ${paintMs} ms, there ${thereMs} ms`)
    }
  })
}
