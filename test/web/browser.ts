/** Debian's Chromium on the built page, by the hands of a test. Whatever a page complains of, and whatever it asks of somebody else, is noted. */
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, type CDPSession, chromium, type Page } from 'playwright-core'

/** Debian's. */
const CHROMIUM = '/usr/bin/chromium'
const BUILT = join(import.meta.dirname, '../../dist/web/index.html')
/** Two processors may be busy with other tests: what is waited for comes, but not at once. */
const PATIENCE_MS = 30_000
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

export const hasChromium = existsSync(CHROMIUM)

export interface TestBrowser {
  readonly context: BrowserContext
  /** A new page at an address. Everything that it asks has to be of that origin. */
  open(address: string): Promise<Page>
  /** Closes all pages. @returns errors and warnings of theirs, and their requests to others */
  endPages(): Promise<string[]>
  close(): Promise<void>
}

export async function startBrowser(): Promise<TestBrowser> {
  if (!existsSync(BUILT))
    throw new Error('dist/web is missing: the page has to be built first (npm run build)')
  const profile = await mkdtemp(join(tmpdir(), 'differ-chromium-'))
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: CHROMIUM,
    headless: true,
    viewport: { width: 1280, height: 800 },
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
  let complaints: string[] = []
  return {
    context,
    async open(address) {
      const page = await context.newPage()
      const { origin } = new URL(address)
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
      })
      page.on('pageerror', (error) => complaints.push(String(error)))
      page.on('request', (request) => {
        if (new URL(request.url()).origin !== origin) complaints.push(`asked ${request.url()}`)
      })
      await page.goto(address)
      return page
    },
    async endPages() {
      // The first one is the browser's own, which keeps it open.
      for (const page of context.pages().slice(1)) await page.close()
      const noted = complaints
      complaints = []
      return noted
    },
    async close() {
      await context.close()
      await rm(profile, { recursive: true, force: true })
    },
  }
}

/** The page as browsers' own tools see it. */
export function debug(page: Page): Promise<CDPSession> {
  return page.context().newCDPSession(page)
}

/** What axe finds against WCAG 2.2 AA, and what it advises besides. It comes in as a debugger's code does, for which the page's policy does not have to be lifted. */
export async function axeFindings(page: Page): Promise<string[]> {
  const session = await debug(page)
  try {
    await session.send('Runtime.evaluate', { expression: readFileSync(AXE, 'utf8') })
    const { result, exceptionDetails } = await session.send('Runtime.evaluate', {
      expression: `axe.run(document, { runOnly: ${JSON.stringify(WCAG)}, resultTypes: ['violations'] }).then(({ violations }) =>
        violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => id + ' ' + target.join(' ') + ': ' + failureSummary)))`,
      awaitPromise: true,
      returnByValue: true,
    })
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
    return result.value as string[]
  } finally {
    await session.detach()
  }
}

/** How much wider than the window the page itself is, in pixels. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate(() => {
    const root = document.documentElement
    const boxes = [root, document.body, document.querySelector('main') as HTMLElement]
    return Math.max(...boxes.map((box) => box.scrollWidth - root.clientWidth))
  })
}
