/**
 * The omitted parts of a page in a real browser: a script loads them into the page; without scripts they are
 * linked.
 */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { diffoscopeHtml } from '../../../src/diff/rendering/diffoscope/diffoscope-html.ts'
import { CHROMIUM_OPTIONS, hasChromium } from '../../fixtures/chromium.ts'
import { collect, node, toReport, withReport } from '../report/model.ts'

const changed = (count: number) => {
  const side = (mark: string) => Array.from({ length: count }, (_, i) => `${mark}line ${i}\n`).join('')
  return `@@ -1,${count} +1,${count} @@\n${side('-')}${side('+')}`
}
const LONG_LINE = 'long '.repeat(60_000)
const folder = (name: string) =>
  node(name, {
    details: Array.from({ length: 40 }, (_, i) => node(`${name}/${i}`, { unified_diff: changed(60) })),
  })
const REPORT = toReport(
  node('root', {
    details: [
      node('rows', { unified_diff: changed(3000) }),
      node('line', { unified_diff: `@@ -1 +1 @@\n-${LONG_LINE}\n+short\n` }),
      ...['one', 'two', 'three'].map(folder),
    ],
  }),
)

describe.skipIf(!hasChromium)('in Chromium (skipped without it)', () => {
  let server: Server
  let base: string
  let browser: Browser
  /** Errors and warnings on the console. */
  const consoleErrors: string[] = []

  beforeAll(async () => {
    server = createServer((request, response) => {
      const from = new URL(request.url ?? '', 'http://page').searchParams.get('from') ?? undefined
      const url = (position: string | null) => `/below/page${position === null ? '' : `?from=${position}`}`
      withReport(REPORT, async (report) => {
        const html = await collect(
          diffoscopeHtml(report, { title: 'a title', url, from, limitBytes: 300_000 }),
        )
        response.setHeader('content-type', 'text/html; charset=utf-8').end(html)
      }).catch(() => response.writeHead(404).end())
    })
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/below/page`
    browser = await chromium.launch(CHROMIUM_OPTIONS)
  })

  afterAll(async () => {
    await browser?.close()
    await new Promise((closed) => server.close(closed))
  })

  async function open(path: string, javaScriptEnabled = true): Promise<Page> {
    const page = await (await browser.newContext({ javaScriptEnabled })).newPage()
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') consoleErrors.push(message.text())
    })
    page.on('pageerror', (error) => consoleErrors.push(String(error)))
    // Browsers request an icon by themselves.
    await page.route('**/favicon.ico', (route) => route.fulfill({ status: 204 }))
    await page.goto(base + path)
    return page
  }

  const buttonBeside = (rest: string) => `a[data-rest="${rest}"] + button`

  it('loads omitted rows, text, nodes and tables into the page', async () => {
    const page = await open('')
    for (let rows = 128; rows < 3000; ) {
      await page.locator('#n1').locator(buttonBeside('rows')).click()
      await page.waitForFunction(
        (before) => document.querySelectorAll('#n1 tr.diffchanged').length > before,
        rows,
      )
      rows = await page.locator('#n1 tr.diffchanged').count()
    }
    const numbers = await page.locator('#n1 tr.diffchanged td.diffline:first-child').allInnerTexts()
    expect(numbers.map(Number)).toEqual(Array.from({ length: 3000 }, (_, i) => i + 1))
    expect(await page.locator('#n1').locator(buttonBeside('rows')).count()).toBe(0)

    const line = page.locator('#n2 tr.diffchanged td.diffpresent').first()
    while ((await line.locator('button').count()) > 0) {
      const before = (await line.textContent())?.length ?? 0
      await line.locator('button').click()
      await page.waitForFunction(
        (length) => (document.querySelector('#n2 td.diffpresent')?.textContent?.length ?? 0) > length + 1000,
        before,
      )
    }
    expect((await line.textContent()) === LONG_LINE.replaceAll(' ', '·')).toBe(true)

    const nodes = page.locator(buttonBeside('nodes'))
    while ((await nodes.count()) > 0) {
      const before = await page.locator('.difference').count()
      await nodes.click()
      await page.waitForFunction((count) => document.querySelectorAll('.difference').length > count, before)
    }
    const ids = await page.locator('.difference').evaluateAll((all) => all.map((element) => element.id))
    expect(ids).toEqual(['top', ...Array.from({ length: 125 }, (_, i) => `n${i + 1}`)])
    const parents = await page
      .locator('.difference .difference .difference')
      .evaluateAll((all) => all.map((element) => element.parentElement?.closest('.difference')?.id))
    expect(parents).toEqual(['n3', 'n44', 'n85'].flatMap((id) => Array.from({ length: 40 }, () => id)))

    const tables = page.locator(buttonBeside('table'))
    const folded = await tables.count()
    expect(folded).toBeGreaterThan(0)
    await tables.first().click()
    await page.waitForFunction(
      (count) => document.querySelectorAll('a[data-rest="table"]').length === count,
      folded - 1,
    )
    expect(consoleErrors).toEqual([])
  })

  it('says that loading failed, and tries again', async () => {
    const page = await open('')
    const button = page.locator('#n1').locator(buttonBeside('rows'))
    await page.route('**/page?from=*', (route) => route.fulfill({ status: 503 }), { times: 1 })
    await button.click()
    await page.waitForFunction(() => document.body.textContent?.includes('Not loaded; try again'))
    await button.click()
    await page.waitForFunction(() => document.querySelectorAll('#n1 tr.diffchanged').length > 128)
    // The browser reports the failed response.
    expect(consoleErrors.splice(0)).toEqual([expect.stringContaining('503')])
  })

  it('links to separate pages, and back, without scripts', async () => {
    const page = await open('', false)
    expect(await page.locator('button.load').count()).toBe(0)
    for (let pages = 0; pages < 3; pages += 1) await page.locator('a[data-rest="rows"]').first().click()
    expect(await page.title()).toBe('a title, continued')
    expect(await page.locator('td.diffline').first().innerText()).toMatch(/^2127\s*$/)
    await page.getByRole('link', { name: 'Back to the report' }).click()
    expect(page.url()).toBe(`${base}#n1`)
    await page.locator('a[data-rest="line"]').click()
    await page.locator('a[data-rest="line"]').click()
    await page.getByRole('link', { name: 'begins on another page' }).click()
    expect(await page.locator('main p').innerText()).toMatch(/^Characters 1 to 131,072 of a line/)
    expect(consoleErrors).toEqual([])
  })
})
