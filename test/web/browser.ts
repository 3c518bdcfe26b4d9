/** Debian's Chromium with the web page, and everything it complains about. */
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

export interface Browser {
  readonly context: BrowserContext
  /** Errors and warnings of pages, and their requests to other hosts than their service. */
  readonly complaints: string[]
  /** Opens a URL. @param size of the window */
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
  context.setDefaultTimeout(TIMEOUT_MS)
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
        if (new URL(request.url()).origin !== new URL(url).origin)
          complaints.push(`requested ${request.url()}`)
      })
      // What another test has preferred or viewed.
      const debug = await context.newCDPSession(page)
      await debug.send('Storage.clearDataForOrigin', {
        origin: new URL(url).origin,
        storageTypes: 'local_storage',
      })
      await debug.detach()
      await page.goto(url)
      return page
    },
    async close() {
      await context.close()
      await rm(profile, { recursive: true, force: true })
    },
  }
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
