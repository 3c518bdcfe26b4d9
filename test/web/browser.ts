/** Tests of the web page in Debian's Chromium: each file has one service and one browser. */
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest'
import { CHROMIUM_OPTIONS, hasChromium } from '../fixtures/chromium.ts'
import type { TestService } from '../fixtures/service.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
/** For any wait, in milliseconds: other tests may run on the same machine. */
const TIMEOUT_MS = 40_000

/** What is used of axe-core, which is loaded into the page. */
interface Axe {
  run(options: { runOnly: (typeof CHECKS)['light' | 'dark'] }): Promise<{ violations: Violation[] }>
}
interface Violation {
  readonly id: string
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[]
}

export interface WindowSize {
  readonly width: number
  readonly height: number
}

/** A service, and a browser that shows its pages. Both are there while the tests run. */
export interface Site {
  readonly service: TestService
  readonly context: BrowserContext
  /** Opens a path of the service, or a URL, with an empty local storage. The page is closed after the test. */
  open(pathOrUrl: string, size?: WindowSize): Promise<Page>
  /** The current test causes complaints like this one. */
  expectComplaint(pattern: RegExp): void
}

/**
 * Tests in a browser, which are skipped without Chromium. After each test, its pages are closed, and no page may have logged
 * an error or a warning, broken its content security policy, or sent a request to another host.
 * @param start of the service, which is closed after the tests
 */
export function describeInBrowser(
  title: string,
  start: () => Promise<TestService>,
  tests: (site: Site) => void,
): void {
  describe.skipIf(!hasChromium)(`${title} (skipped without Chromium)`, () => {
    let service: TestService | undefined
    let browser: Browser | undefined
    let expected: RegExp[] = []
    const started = <T>(what: T | undefined): T => {
      if (what === undefined) throw new Error('the service and the browser start before the first test')
      return what
    }
    beforeAll(async () => {
      service = await start()
      browser = await startBrowser()
    })
    afterAll(async () => {
      await browser?.close()
      await service?.close()
    })
    afterEach(async () => {
      const complaints = (await browser?.finish()) ?? []
      const patterns = expected
      expected = []
      expect(complaints.filter((text) => !patterns.some((pattern) => pattern.test(text)))).toEqual([])
    })
    tests({
      get service() {
        return started(service)
      },
      get context() {
        return started(browser).context
      },
      open: (pathOrUrl, size) => started(browser).open(new URL(pathOrUrl, started(service).url).href, size),
      expectComplaint: (pattern) => {
        expected.push(pattern)
      },
    })
  })
}

interface Browser {
  readonly context: BrowserContext
  open(url: string, size?: WindowSize): Promise<Page>
  /** Closes all pages. @returns what they complained about */
  finish(): Promise<string[]>
  close(): Promise<void>
}

async function startBrowser(): Promise<Browser> {
  const profile = await mkdtemp(join(tmpdir(), 'differ-chromium-'))
  const context = await chromium.launchPersistentContext(profile, {
    ...CHROMIUM_OPTIONS,
    // One process draws all pages, so scripts are compiled once. Benchmarks measure a page in a new one.
    args: [...CHROMIUM_OPTIONS.args, '--renderer-process-limit=1'],
    viewport: { width: 1280, height: 800 },
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  context.setDefaultTimeout(TIMEOUT_MS)
  const complaints: string[] = []
  const opened = new Set<Page>()
  return {
    context,
    async open(url, size) {
      const page = await context.newPage()
      opened.add(page)
      if (size) await page.setViewportSize(size)
      const { origin } = new URL(url)
      collectComplaints(page, origin, complaints)
      await forgetPreferences(page, origin)
      await page.goto(url)
      return page
    },
    async finish() {
      for (const page of opened) await page.close()
      opened.clear()
      return complaints.splice(0)
    },
    async close() {
      await context.close()
      await rm(profile, { recursive: true, force: true })
    },
  }
}

/** Collects errors and warnings of a page, and its requests to other hosts than its service. */
function collectComplaints(page: Page, origin: string, complaints: string[]): void {
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== origin) complaints.push(`requested ${request.url()}`)
  })
}

/** Removes what another test has preferred or viewed. */
async function forgetPreferences(page: Page, origin: string): Promise<void> {
  const debug = await page.context().newCDPSession(page)
  await debug.send('Storage.clearDataForOrigin', { origin, storageTypes: 'local_storage' })
  await debug.detach()
}

/** What axe checks in each theme: everything in one, and in the other what depends on colours. */
const CHECKS = {
  light: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  dark: { type: 'rule', values: ['color-contrast', 'link-in-text-block'] },
} as const

/** Expects that axe finds no violation of WCAG 2.2 AA and of its best practices, in both themes. */
export async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(AXE)
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    const violations = await page.evaluate(async (runOnly) => {
      const { axe } = window as unknown as { axe: Axe }
      const { violations } = await axe.run({ runOnly })
      return violations.map(({ id, nodes }) => ({
        id,
        nodes: nodes.slice(0, 3).map(({ html, failureSummary }) => `${html.slice(0, 200)} ${failureSummary}`),
      }))
    }, CHECKS[colorScheme])
    expect(violations, colorScheme).toEqual([])
  }
  await page.emulateMedia({ colorScheme: null })
}

/** The URL as the page has it. Playwright's `page.url()` learns of a change later. */
export async function urlOf(page: Page): Promise<URL> {
  return new URL(await page.evaluate(() => location.href))
}

/** The query parameters of the URL. */
export async function queryOf(page: Page): Promise<Record<string, string>> {
  return Object.fromEntries((await urlOf(page)).searchParams)
}

/** Waits until the URL has a position in a report. */
export async function atPosition(page: Page, position: string): Promise<void> {
  await page.waitForFunction((at) => new URL(location.href).searchParams.get('at') === at, position)
}

/** Waits until the visible part of a report is drawn and loaded. */
export async function loaded(page: Page): Promise<void> {
  // The scroll event comes in the next frame, the drawing in the one after it.
  await page.evaluate(
    () => new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(() => next(true)))),
  )
  await page.locator('.list-item-nodes, .list-item-hunks, .coming').first().waitFor({ state: 'detached' })
}

/** Bytes of the page's JavaScript objects, without garbage. */
export async function heapOf(page: Page): Promise<number> {
  const debug = await page.context().newCDPSession(page)
  try {
    await debug.send('HeapProfiler.enable')
    await debug.send('HeapProfiler.collectGarbage')
    return (await debug.send('Runtime.getHeapUsage')).usedSize
  } finally {
    await debug.detach()
  }
}

/** The visible lines of a report, top to bottom. */
export async function linesInView(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const view = document.querySelector('.document') as HTMLElement
    const { top, bottom } = view.getBoundingClientRect()
    return [...view.querySelectorAll<HTMLElement>('.line .text, .row .half')]
      .filter((line) => {
        const box = line.getBoundingClientRect()
        return box.bottom > top && box.top < bottom
      })
      .sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top)
      .map((line) => line.textContent ?? '')
  })
}
