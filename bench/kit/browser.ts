/** Debian's Chromium, and what it says about the page in it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, type CDPSession, chromium, type Page } from 'playwright-core'
import { CHROMIUM_OPTIONS } from '../../test/fixtures/chromium.ts'
import { median } from './stats.ts'

/** A slow line: 400 kbit/s, and 400 ms until the first byte of each response. */
export const SLOW_LINE = {
  offline: false,
  latency: 400,
  downloadThroughput: 50_000,
  uploadThroughput: 50_000,
} as const

const ROUNDS = 5

/** What the script below collects in the page. */
interface Collected {
  collected: { shift: number; longestTask: number }
}

export interface Visit {
  /** From the start of the navigation until the first text is painted, in milliseconds. */
  readonly paintMs: number
  /** Until the element was there. */
  readonly thereMs: number
  /** Sum of the layout shifts. */
  readonly shift: number
  readonly longestTaskMs: number
}

/** Calls `work` with a page of a browser that has an empty profile. */
export async function inBrowser(work: (page: Page, debug: CDPSession) => Promise<void>): Promise<void> {
  const profile = await mkdtemp(join(tmpdir(), 'differ-bench-chromium-'))
  let context: BrowserContext | null = null
  try {
    context = await chromium.launchPersistentContext(profile, {
      ...CHROMIUM_OPTIONS,
      viewport: { width: 1440, height: 900 },
    })
    const page = await context.newPage()
    await page.addInitScript(() => {
      const collected = { shift: 0, longestTask: 0 }
      ;(window as unknown as Collected).collected = collected
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries())
          collected.shift += (entry as unknown as { value: number }).value
      }).observe({ type: 'layout-shift', buffered: true })
      new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries())
          collected.longestTask = Math.max(collected.longestTask, duration)
      }).observe({ type: 'longtask', buffered: true })
    })
    await work(page, await context.newCDPSession(page))
  } finally {
    await context?.close()
    await rm(profile, { recursive: true, force: true })
  }
}

/** The medians of visits with an empty cache; of shifts the worst. @param what a selector */
export async function visits(page: Page, debug: CDPSession, url: string, what: string): Promise<Visit> {
  const all: Visit[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    await page.goto('about:blank')
    await debug.send('Network.clearBrowserCache')
    await page.goto(url, { waitUntil: 'commit' })
    const thereMs = await untilThere(debug, what)
    const paintMs = await untilFrame(
      debug,
      "performance.getEntriesByName('first-contentful-paint')[0]?.startTime",
    )
    // What moves the lines comes after them.
    await page.waitForLoadState('networkidle')
    all.push({ paintMs, thereMs, ...(await collectedIn(page)) })
  }
  return {
    paintMs: Math.round(median(all.map(({ paintMs }) => paintMs))),
    thereMs: Math.round(median(all.map(({ thereMs }) => thereMs))),
    shift: Math.max(...all.map(({ shift }) => shift)),
    longestTaskMs: median(all.map(({ longestTaskMs }) => longestTaskMs)),
  }
}

/** Milliseconds since the navigation began, in the frame in which an element is there. */
export function untilThere(debug: CDPSession, what: string): Promise<number> {
  return untilFrame(debug, `document.querySelector(${JSON.stringify(what)}) && performance.now()`)
}

/** The value of an expression, in the first frame in which it has one. Playwright's own waiting would be a long task of the page. */
async function untilFrame(debug: CDPSession, expression: string): Promise<number> {
  const look = `const look = () => { const value = ${expression}; value ? done(value) : requestAnimationFrame(look) }`
  const { result } = await debug.send('Runtime.evaluate', {
    expression: `new Promise((done) => { ${look}; look() })`,
    awaitPromise: true,
    returnByValue: true,
  })
  return result.value as number
}

export async function collectedIn(page: Page): Promise<Pick<Visit, 'shift' | 'longestTaskMs'>> {
  const { shift, longestTask } = await page.evaluate(() => (window as unknown as Collected).collected)
  return { shift, longestTaskMs: Math.round(longestTask) }
}

/** Begins to collect anew, after what has ended so far has been reported. */
export async function forgetCollected(page: Page): Promise<void> {
  await page.evaluate(async () => {
    for (let frame = 0; frame < 5; frame += 1) await new Promise(requestAnimationFrame)
    Object.assign((window as unknown as Collected).collected, { shift: 0, longestTask: 0 })
  })
}

/** After a collection of garbage. */
export async function leftovers(
  debug: CDPSession,
): Promise<{ heapMb: string; nodes: number; listeners: number }> {
  await debug.send('HeapProfiler.enable')
  await debug.send('HeapProfiler.collectGarbage')
  await debug.send('Performance.enable')
  const { metrics } = await debug.send('Performance.getMetrics')
  const value = (wanted: string) => metrics.find(({ name }) => name === wanted)?.value ?? 0
  return {
    heapMb: (value('JSHeapUsedSize') / 1e6).toFixed(2),
    nodes: value('Nodes'),
    listeners: value('JSEventListeners'),
  }
}
