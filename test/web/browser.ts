/** Debian's Chromium with the page in it, and all that it complains of. */
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import { expect } from 'vitest'

const CHROMIUM = '/usr/bin/chromium'
export const hasChromium = existsSync(CHROMIUM)
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
/** For anything to be seen, in milliseconds: other tests run beside. */
const PATIENCE_MS = 40_000

export interface Browser {
  readonly context: BrowserContext
  /** What pages have complained of, and what they asked of others than their own service. */
  readonly complaints: string[]
  /** Opens an address. @param size of the view */
  open(url: string, size?: { width: number; height: number }): Promise<Page>
  close(): Promise<void>
}

export async function startBrowser(): Promise<Browser> {
  const profile = await mkdtemp(join(tmpdir(), 'differ-chromium-'))
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: CHROMIUM,
    headless: true,
    viewport: { width: 1280, height: 800 },
    permissions: ['clipboard-read', 'clipboard-write'],
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
  context.setDefaultTimeout(PATIENCE_MS)
  const complaints: string[] = []
  return {
    context,
    complaints,
    async open(url, size) {
      const page = await context.newPage()
      if (size) await page.setViewportSize(size)
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
      })
      page.on('pageerror', (error) => complaints.push(String(error)))
      page.on('request', (request) => {
        if (new URL(request.url()).origin !== new URL(url).origin) complaints.push(`asked ${request.url()}`)
      })
      await page.goto(url)
      return page
    },
    async close() {
      await context.close()
      await rm(profile, { recursive: true, force: true })
    },
  }
}

/** What axe finds against WCAG 2.2 AA and its own good practice, in light and in dark. */
export async function expectAccessible(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await page.evaluate(AXE)
    const found = await page.evaluate(async () => {
      const axe = (window as unknown as { axe: { run(options: object): Promise<any> } }).axe
      const { violations } = await axe.run({
        runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
      })
      return violations.map((violation: any) => ({
        id: violation.id,
        nodes: violation.nodes
          .slice(0, 3)
          .map((node: any) => `${node.html.slice(0, 200)} ${node.failureSummary}`),
      }))
    })
    expect(found, colorScheme).toEqual([])
  }
  await page.emulateMedia({ colorScheme: null })
}

/** The address, as the page itself has it: Playwright's `page.url()` hears of a change some time after it. */
export async function addressOf(page: Page): Promise<URL> {
  return new URL(await page.evaluate(() => location.href))
}

/** What the address bar's query says. */
export async function queryOf(page: Page): Promise<Record<string, string>> {
  return Object.fromEntries((await addressOf(page)).searchParams)
}

/** Waits until the report is at a place, as the address bar has it. */
export async function atPlace(page: Page, place: string): Promise<void> {
  await page.waitForFunction((at) => new URL(location.href).searchParams.get('at') === at, place)
}

/** Waits until what was scrolled to has been drawn and loaded. */
export async function filled(page: Page): Promise<void> {
  // Scrolling is told of in the next frame, and drawn in the one behind it.
  await page.evaluate(
    () => new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(() => next(true)))),
  )
  await page.locator('.leaf-nodes, .leaf-hunks, .coming').first().waitFor({ state: 'detached' })
}

/** Lines of the report that are in view, as they are read. */
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
